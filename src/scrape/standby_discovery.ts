/**
 * Discovers standbys that nobody configured and watches them for as long as they belong to a watched cluster.
 *
 * @module
 */
import type { ServerConfig } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import type { Logger } from "../domain/log.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import {
  type Candidate,
  candidatesOf,
  type CandidateVerdict,
  type JoinedClusters,
  judgeCandidate,
  reasonToEnd,
  type WatchedServer,
} from "./discovery.ts";
import type { Watch, WatchEntry, WatchList } from "./watch_list.ts";

/** Discovered servers at most. */
export const MOST_DISCOVERED = 50;
/** Addresses tried at once at most. */
const MOST_AT_ONCE = 8;
/** Retry interval after a first refusal, seconds; doubles with each further one. */
const FIRST_RETRY_SECONDS = 60;
/** Longest retry interval of an address, seconds. */
const LONGEST_RETRY_SECONDS = 3600;
/** Retry interval while a server is starting up, seconds. */
const STARTING_WAIT_SECONDS = 5;

/** What discovery needs. */
export interface StandbyDiscoveryOptions<W extends Watch> {
  /** The servers that are watched. */
  readonly list: WatchList<W>;
  /** Whether standbys of a cluster are discovered, by its name; all when absent. */
  readonly wants?: (cluster: string) => boolean;
  /** Sender rows of the watched servers, joined to them. */
  readonly senders: () => JoinedClusters;
  /** Time. */
  readonly clock: Clock;
  /** Log of what was discovered, and once of what cannot be watched. */
  readonly logger: Logger;
}

interface Refusal {
  readonly tries: number;
  readonly retryAt: number;
  readonly isLogged: boolean;
}

/** Keeps the discovered servers of a list of watches. */
export class StandbyDiscovery<W extends Watch> {
  readonly #options: StandbyDiscoveryOptions<W>;
  /** System identifier of the cluster that each discovered server was found in, by name. */
  readonly #identifiers = new Map<string, string>();
  readonly #refusals = new Map<string, Refusal>();
  #isFullLogged = false;

  /** Has found nothing yet. */
  constructor(options: StandbyDiscoveryOptions<W>) {
    this.#options = options;
  }

  /** Ends the watches that are no longer wanted, and tries the addresses of standbys that are not watched. */
  async step(): Promise<void> {
    const { list, clock } = this.#options;
    this.end();
    const now = clock.monotonic();
    const { wants = () => true } = this.#options;
    const candidates = candidatesOf(this.#options.senders(), this.#watched())
      .filter(({ cluster }) => wants(cluster));
    this.#forgetRefusals(candidates, now);
    const due = candidates.filter(({ key }) => (this.#refusals.get(key)?.retryAt ?? now) <= now);
    const room = MOST_DISCOVERED - list.entries.filter(({ isDiscovered }) => isDiscovered).length;
    // One that moved keeps its place on the list.
    const wanted = due.filter((each, index) =>
      index < room || each.rows.some(({ heldBy }) => heldBy !== null)
    );
    if (wanted.length < due.length) this.#logFull();
    await Promise.all(wanted.slice(0, MOST_AT_ONCE).map((candidate) => this.#try(candidate)));
  }

  /** Ends the watches that are no longer wanted. */
  end(): void {
    if (this.#identifiers.size === 0) return;
    const { list, clock, logger } = this.#options;
    const clusters = this.#options.senders();
    for (const entry of list.entries) {
      const { name } = entry.config;
      const systemIdentifier = this.#identifiers.get(name);
      if (!entry.isDiscovered || systemIdentifier === undefined) continue;
      const because = reasonToEnd({ ...watchedOf(entry), systemIdentifier }, {
        clusters,
        watched: this.#watched(),
        now: clock.monotonic(),
      });
      if (because === null) continue;
      this.#identifiers.delete(name);
      list.remove(name);
      logger.info("No longer watching a discovered standby", { server: name, reason: because });
    }
  }

  async #try(candidate: Candidate): Promise<void> {
    const { list } = this.#options;
    const probe = await this.#ask(candidate, `${candidate.target.host} port ${candidate.target.port}`);
    list.discard(probe.watch);
    if (list.isClosed) return;
    const proof = judgeCandidate(candidate, probe.watch.snapshot, this.#watched());
    if (proof.kind !== "watch") return this.#refuse(candidate, proof, probe.watch.snapshot);
    // Collected again under its final name, which is part of every snapshot.
    const { config, watch } = await this.#ask(candidate, proof.name);
    // Another address may have led to the same server meanwhile: nothing is awaited between judging and adding.
    const verdict = judgeCandidate(candidate, watch.snapshot, this.#watched());
    const isSame = verdict.kind === "watch" && verdict.name === config.name;
    if (!list.isClosed && isSame && this.#hasRoomFor(config)) return this.#add(candidate, config, watch);
    list.discard(watch);
    if (!list.isClosed && verdict.kind !== "watch") this.#refuse(candidate, verdict, watch.snapshot);
  }

  async #ask(
    candidate: Candidate,
    name: string,
  ): Promise<{ readonly config: ServerConfig; readonly watch: W }> {
    const config = { name, cluster: candidate.cluster, target: candidate.target };
    const watch = this.#options.list.open(config);
    await watch.collect();
    return { config, watch };
  }

  #add(candidate: Candidate, config: ServerConfig, watch: W): void {
    const { list, logger } = this.#options;
    this.#refusals.delete(candidate.key);
    this.#identifiers.set(config.name, candidate.systemIdentifier);
    const { host, port } = config.target;
    logger.info("Discovered a standby", { server: config.name, host, port, upstream: candidate.upstream });
    list.add(config, watch);
  }

  #hasRoomFor({ name }: ServerConfig): boolean {
    const discovered = this.#options.list.entries.filter(({ isDiscovered }) => isDiscovered);
    return discovered.length < MOST_DISCOVERED || discovered.some(({ config }) => config.name === name);
  }

  /** Logs once what cannot be watched; an address of a watched server only at debug level. */
  #refuse(
    candidate: Candidate,
    verdict: Exclude<CandidateVerdict, { kind: "watch" }>,
    answer: ServerSnapshot,
  ): void {
    const { clock, logger } = this.#options;
    const { key, upstream, target: { host, port }, rows } = candidate;
    const isStarting = answer.trouble?.kind === "starting";
    const { tries: before, isLogged } = this.#refusals.get(key) ?? { tries: 0, isLogged: false };
    const tries = isStarting ? before : before + 1;
    const wait = isStarting
      ? STARTING_WAIT_SECONDS
      : Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** Math.min(10, tries - 1));
    const isNews = verdict.kind === "refused" && !isStarting;
    this.#refusals.set(key, { tries, retryAt: clock.monotonic() + wait, isLogged: isLogged || isNews });
    const standby = rows.map(({ sender }) => sender.applicationName).join(",");
    const fields = { standby, host, port, upstream, reason: verdict.because };
    if (isNews && !isLogged) {
      logger.info("Cannot watch a discovered standby; retrying", fields);
    } else logger.debug("Not watching the server at the address of a standby", fields);
  }

  /** A former candidate is forgotten at its next retry, not before: a reconnect must not reset the interval. */
  #forgetRefusals(candidates: readonly Candidate[], now: number): void {
    const keys = new Set(candidates.map(({ key }) => key));
    for (const [key, { retryAt }] of this.#refusals) {
      if (!keys.has(key) && retryAt <= now) this.#refusals.delete(key);
    }
  }

  #logFull(): void {
    if (this.#isFullLogged) return;
    this.#isFullLogged = true;
    this.#options.logger.warn(
      `Watching ${MOST_DISCOVERED} discovered standbys, the maximum; add the others with --server`,
    );
  }

  #watched(): readonly WatchedServer[] {
    return this.#options.list.entries.map(watchedOf);
  }
}

function watchedOf<W extends Watch>({ config, isDiscovered, watch }: WatchEntry<W>): WatchedServer {
  return { config, isDiscovered, snapshot: watch.snapshot };
}
