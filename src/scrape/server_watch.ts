/**
 * Watches one server: one open session, one snapshot.
 *
 * @module
 */
import type { Collector } from "../collectors/collector.ts";
import type { ServerFact } from "../domain/facts.ts";
import type { CollectorRun, ServerErrorKind, ServerSnapshot, ServerTrouble } from "../domain/view.ts";
import { RepeatedDeadline, startDeadline } from "../domain/deadline.ts";
import { errorMessage } from "../domain/thrown.ts";
import { PostgresError } from "../postgres/errors.ts";
import { type KeeperOptions, SessionKeeper, URGENT_RECONNECT_SECONDS } from "../postgres/keeper.ts";
import { loginTurns } from "../postgres/login_turns.ts";
import type { Session } from "../postgres/session.ts";
import { queryPermitted } from "./permitted_query.ts";
import { type PolledPosition, positionStatement } from "./position_sample.ts";
import { readServer, type ReadServerOptions, serverFactOf } from "./read_server.ts";
import type { CollectorResult } from "./run_collectors.ts";

/** What a watch needs. */
export interface ServerWatchOptions
  extends
    Pick<KeeperOptions, "clock" | "random" | "readTextFile">,
    Pick<ReadServerOptions, "server" | "collectors"> {
  /** Deadline of a collection, seconds. */
  readonly deadlineSeconds: number;
  /** Called with every new snapshot. */
  readonly onSnapshot: (snapshot: ServerSnapshot) => void;
}

/** A server that is lost counts as a primary of a moment ago for this long, seconds. */
const FORMER_PRIMARY_SECONDS = 60;

/** Share of the deadline used as statement timeout: the server cancels the statement and the session survives. */
const STATEMENT_SHARE = 0.75;

/** Watches one server. */
export class ServerWatch {
  #options: ServerWatchOptions;
  readonly #keeper: SessionKeeper;
  readonly #stop = new AbortController();
  readonly #errors = new Map<ServerErrorKind, number>();
  #identity: { readonly session: Session; readonly fact: ServerFact } | null = null;
  #snapshot: ServerSnapshot;
  #collecting: Promise<void> | null = null;
  #sampling = false;
  #links: { readonly session: Session; readonly pids: string } | null = null;
  #samples: { readonly session: Session; readonly deadline: RepeatedDeadline } | null = null;
  #collectedAt: number | null = null;

  /** Does not connect yet. */
  constructor(options: ServerWatchOptions) {
    this.#options = options;
    const { server, clock, random, deadlineSeconds, readTextFile } = options;
    const { host, hostAddress, port } = server.target;
    this.#keeper = new SessionKeeper({
      target: server.target,
      server: server.name,
      statementTimeoutSeconds: deadlineSeconds * STATEMENT_SHARE,
      lockTimeoutSeconds: deadlineSeconds / 4,
      clock,
      random,
      readTextFile,
      isUrgent: () => this.isUrgent,
    });
    this.#snapshot = {
      server: server.name,
      cluster: server.cluster,
      address: { host, hostAddress, port },
      up: false,
      trouble: null,
      role: null,
      readAt: null,
      facts: {},
      runs: [],
      connectDurationSeconds: null,
      collectionDurationSeconds: 0,
    };
  }

  /** The latest snapshot. */
  get snapshot(): ServerSnapshot {
    return this.#snapshot;
  }

  /** When the latest collection ended, successful or not: our monotonic seconds; null before the first. */
  get collectedAt(): number | null {
    return this.#collectedAt;
  }

  /** Aborts when the watch is closed. */
  get closed(): AbortSignal {
    return this.#stop.signal;
  }

  /** Connections opened so far. */
  get connects(): number {
    return this.#keeper.connects;
  }

  /** Errors so far, by kind. */
  get errors(): ReadonlyMap<ServerErrorKind, number> {
    return this.#errors;
  }

  /** Whether a session is open. */
  get connected(): boolean {
    return this.#keeper.current !== null;
  }

  /** Whether a collection would find an open session or try to open one. */
  get mayTry(): boolean {
    return this.#keeper.mayTry;
  }

  /** When the latest attempt to connect began: our monotonic seconds; -Infinity before the first. */
  get triedAt(): number {
    return this.#keeper.triedAt;
  }

  /** Whether it is lost and was a primary until a moment ago: it may write again at any time. */
  get isUrgent(): boolean {
    const { role, heardAt = -Infinity } = this.#snapshot;
    return !this.connected && role === "primary" &&
      this.#options.clock.monotonic() - heardAt < FORMER_PRIMARY_SECONDS;
  }

  /** The longest time between two turns of its loop, seconds. */
  get longestWaitSeconds(): number {
    return this.isUrgent ? URGENT_RECONNECT_SECONDS : Infinity;
  }

  /** Collects at once, also between two attempts to connect. */
  collectAtOnce(): Promise<void> {
    this.#keeper.hurry();
    return this.collect();
  }

  /** Replaces the collectors from the next collection on; the session stays open. */
  setCollectors(collectors: readonly Collector[]): void {
    this.#options = { ...this.#options, collectors };
  }

  /**
   * Collects everything once; calls in the meantime join it. Never rejects, never takes longer than the deadline, after
   * its turn to log in has come.
   */
  collect(): Promise<void> {
    this.#collecting ??= this.#collect().finally(() => this.#collecting = null);
    return this.#collecting;
  }

  /**
   * Reads the WAL position on the open session: the lag clock needs it of the primary; of a standby it shows how far it
   * has replayed, and until when it was a standby.
   *
   * @returns The position; null when no session is open, or a collection is running, which reads it as well.
   */
  async samplePosition(): Promise<PolledPosition | null> {
    const session = this.#keeper.current;
    if (this.#collecting || this.#sampling || !session || !this.#snapshot.up) return null;
    this.#sampling = true;
    const deadline = this.#deadlineOfSamples(session);
    using _time = deadline.start();
    try {
      const sentAt = this.#options.clock.monotonic();
      const { user } = this.#options.server.target;
      const options = { signal: deadline.signal, user, needs: ["pg_is_in_recovery"] };
      const statement = positionStatement(this.#snapshot.facts);
      const { rows } = await queryPermitted(session, statement.sql, options);
      const at = (sentAt + this.#options.clock.monotonic()) / 2;
      const { links: pids, ...sample } = statement.decode(rows);
      // In another role it is collected at once; until then it was not heard in the role that the snapshot shows.
      if (sample.inRecovery === (this.#snapshot.role === "standby")) {
        this.#snapshot = { ...this.#snapshot, heardAt: at };
      }
      const { position } = sample;
      if (position === null) return null;
      const before = this.#links;
      this.#links = { session, pids };
      // On a new session the links may have changed since the collection that opened it.
      const linksChanged = before?.session !== session || before.pids !== pids;
      return { ...sample, position, linksChanged, at };
    } catch (error) {
      // A lost session is reported here, as the next collection would only see a new login. It will find any other error.
      if (session.closed && !this.#stop.signal.aborted && !this.#collecting) {
        this.#publishTrouble(error, this.#options.clock.monotonic());
      }
      return null;
    } finally {
      this.#sampling = false;
    }
  }

  /** Closes the session, at once when the signal aborts. */
  async close(signal: AbortSignal): Promise<void> {
    this.#stop.abort(new Error("The exporter is stopping"));
    await this.#collecting;
    await this.#keeper.close(signal);
  }

  /** One for all samples of a session. */
  #deadlineOfSamples(session: Session): RepeatedDeadline {
    if (this.#samples?.session !== session) {
      this.#samples?.deadline[Symbol.dispose]();
      const { deadlineSeconds, clock } = this.#options;
      this.#samples = {
        session,
        deadline: new RepeatedDeadline(deadlineSeconds, { clock, outer: this.#stop.signal }),
      };
    }
    return this.#samples.deadline;
  }

  #deadline() {
    return startDeadline(this.#options.deadlineSeconds, {
      clock: this.#options.clock,
      outer: this.#stop.signal,
    });
  }

  async #collect(): Promise<void> {
    const { connected, mayTry } = this;
    // Waiting for a turn is no fault of the server: its deadline begins afterwards.
    using _turn = connected || !mayTry ? null : await loginTurns.take({ hasFailed: this.#keeper.hasFailed });
    const startedAt = this.#options.clock.monotonic();
    using deadline = this.#deadline();
    try {
      const session = await this.#keeper.session(deadline.signal);
      const known = this.#identity?.session === session ? this.#identity.fact : null;
      const results = this.#identified(
        await readServer(session, { ...this.#options, signal: deadline.signal, known }),
      );
      this.#identity = { session, fact: serverFactOf(results) };
      this.#publishResults(results, startedAt);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#keeper.drop();
      this.#publishTrouble(error, startedAt);
    }
    this.#collectedAt = this.#options.clock.monotonic();
  }

  /** The results, with the identifier that was read of this postmaster before the login lost the privilege. */
  #identified(results: readonly CollectorResult[]): readonly CollectorResult[] {
    const before = this.#snapshot.facts.server?.[0];
    return results.map((result) => {
      const [fact] = result.facts.server ?? [];
      return fact?.systemIdentifier !== null || fact.startUnixSeconds === null ||
          fact.startUnixSeconds !== before?.startUnixSeconds
        ? result
        : { ...result, facts: { server: [{ ...fact, systemIdentifier: before.systemIdentifier }] } };
    });
  }

  #publishResults(results: readonly CollectorResult[], startedAt: number): void {
    for (const { error } of results) this.#count(error);
    const facts = Object.assign({}, ...results.map((result) => result.facts));
    const { clock } = this.#options;
    const now = clock.monotonic();
    const readAt = readAtOf(results);
    const fact = serverFactOf(results);
    // With several hosts, the one that the session is connected to.
    const endpoint = this.#keeper.current?.endpoint;
    this.#publish({
      ...this.#snapshot,
      up: true,
      trouble: null,
      role: fact.inRecovery ? "standby" : "primary",
      ...endpoint === undefined ? {} : { address: endpoint },
      readAt,
      primarySince: fact.inRecovery ? null : this.#sinceWhenPrimary(fact) ?? readAt,
      ...readAt === null
        ? {}
        : { heardAt: readAt, clockOffsetSeconds: fact.clockUnixSeconds - (clock.wall() - (now - readAt)) },
      facts,
      runs: results.map((result) => result.run),
      connectDurationSeconds: this.#keeper.connectDurationSeconds,
      collectionDurationSeconds: now - startedAt,
    });
  }

  /** When it was first read as a primary, if it still writes the same timeline. */
  #sinceWhenPrimary({ timeline }: ServerFact): number | null {
    const { primarySince = null, facts } = this.#snapshot;
    return facts.server?.[0]?.timeline === timeline ? primarySince : null;
  }

  #publishTrouble(error: unknown, startedAt: number): void {
    this.#count(error);
    const trouble = troubleOf(error, this.#options.server.name);
    const durationSeconds = this.#options.clock.monotonic() - startedAt;
    const runs = this.#options.collectors.map((collector): CollectorRun => ({
      collector: collector.name,
      outcome: "failed",
      reason: trouble.message,
      durationSeconds,
    }));
    this.#publish({
      ...this.#snapshot,
      up: false,
      trouble,
      runs,
      collectionDurationSeconds: durationSeconds,
    });
  }

  #publish(snapshot: ServerSnapshot): void {
    this.#snapshot = snapshot;
    this.#options.onSnapshot(snapshot);
  }

  #count(error: unknown): void {
    if (error === null) return;
    const kind = error instanceof PostgresError ? error.kind : "protocol";
    this.#errors.set(kind, (this.#errors.get(kind) ?? 0) + 1);
  }
}

/** The `server` collector is sent first and answered first; the middle of its run is when the facts were read. */
function readAtOf(results: readonly CollectorResult[]): number | null {
  const own = results.find(({ run }) => run.collector === "server");
  return own ? own.startedAt + own.run.durationSeconds / 2 : null;
}

function troubleOf(error: unknown, server: string): ServerTrouble {
  if (error instanceof PostgresError) return error.trouble;
  const message = `Cannot use the answer of server "${server}": ${errorMessage(error)}`;
  return { kind: "protocol", step: "query", sqlstate: null, message };
}
