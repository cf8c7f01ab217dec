/**
 * Logs each change of state once: a server that stays down gets one line, and a count when it is back.
 *
 * @module
 */
import type { Clock } from "../domain/clock.ts";
import type { Logger } from "../domain/log.ts";
import type { ClusterEvent, EventKind } from "../domain/event.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import type { Rejection } from "../metrics/gather.ts";

/** The state of a server that was last logged. */
interface LoggedState {
  readonly up: boolean | null;
  readonly trouble: string;
  readonly since: number;
  readonly failures: number;
  readonly collectors: ReadonlyMap<string, string>;
}

const NOT_LOGGED: LoggedState = { up: null, trouble: "", since: 0, failures: 0, collectors: new Map() };

/** The level of an event; null when the line about the server covers it. */
const EVENT_LEVELS: Readonly<Record<EventKind, "info" | "warn" | "error" | null>> = {
  attached: "info",
  detached: "warn",
  promoted: "warn",
  demoted: "warn",
  stranded: "error",
  slot_lost: "error",
  split_brain: "error",
  subscription_stopped: "warn",
  subscription_resumed: "info",
  reachable: null,
  unreachable: null,
};

/** Logs changes of servers, clusters and collectors. */
export class ChangeLog {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #known = new Map<string, LoggedState>();
  #rejected = "";

  /** Starts without any state. */
  constructor({ logger, clock }: { readonly logger: Logger; readonly clock: Clock }) {
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Logs how a new snapshot differs from the state logged before. */
  observe(snapshot: ServerSnapshot): void {
    const before = this.#known.get(snapshot.server) ?? NOT_LOGGED;
    this.#known.set(snapshot.server, snapshot.up ? this.#up(snapshot, before) : this.#down(snapshot, before));
  }

  /** Forgets a server that is no longer watched. */
  forget(server: string): void {
    this.#known.delete(server);
  }

  /** Logs the events of clusters, one line each. */
  logEvents(events: readonly ClusterEvent[]): void {
    for (const { kind, server, message } of events) {
      const level = EVENT_LEVELS[kind];
      if (level !== null) this.#logger[level](message, { event: kind, server });
    }
  }

  /** Logs rejected samples when they differ from those before. */
  rejected(rejections: readonly Rejection[]): void {
    const summary = rejections.map(({ family, reason }) => `${family}: ${reason}`).join("; ");
    if (summary !== "" && summary !== this.#rejected) {
      this.#logger.error("Left invalid samples out of the metrics; please report this bug", {
        rejected: summary,
      });
    }
    this.#rejected = summary;
  }

  #up(snapshot: ServerSnapshot, before: LoggedState): LoggedState {
    const { server, role } = snapshot;
    const now = this.#clock.monotonic();
    if (before.up === null) {
      const version = snapshot.facts.server?.[0]?.version ?? null;
      this.#logger.info("Watching server", { server, role, version });
    } else if (!before.up) {
      this.#logger.info("Server is reachable again", {
        server,
        role,
        after_seconds: Math.round((now - before.since) * 10) / 10,
        failures: before.failures,
      });
    }
    return {
      up: true,
      trouble: "",
      since: before.up === true ? before.since : now,
      failures: 0,
      collectors: this.#collectors(snapshot, before.collectors),
    };
  }

  #down(snapshot: ServerSnapshot, before: LoggedState): LoggedState {
    const trouble = snapshot.trouble;
    const key = `${trouble?.kind} ${trouble?.step}`;
    const isNew = before.up !== false || before.trouble !== key;
    if (isNew) {
      this.#logger.error(before.up === true ? "Lost connection to server" : "Cannot reach server", {
        server: snapshot.server,
        kind: trouble?.kind ?? null,
        step: trouble?.step ?? null,
        sqlstate: trouble?.sqlstate ?? null,
        error: trouble?.message ?? null,
      });
    }
    return {
      ...before,
      up: false,
      trouble: key,
      since: before.up === false ? before.since : this.#clock.monotonic(),
      failures: before.failures + 1,
    };
  }

  /** One line per collector that starts or stops failing; one for all collectors that lack the same right. */
  #collectors(snapshot: ServerSnapshot, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    const { server } = snapshot;
    const now = new Map<string, string>();
    const lacking = new Map<string, string[]>();
    for (const { collector, outcome, reason } of snapshot.runs) {
      if (outcome === "failed") {
        now.set(collector, "failed");
        if (before.get(collector) !== "failed") {
          this.#logger.warn("Collector failed", { server, collector, error: reason });
        }
      } else if (reason.includes("GRANT")) {
        now.set(collector, reason);
        if (before.get(collector) !== reason) {
          lacking.set(reason, [...(lacking.get(reason) ?? []), collector]);
        }
      } else if (before.get(collector) === "failed") {
        this.#logger.info("Collector works again", { server, collector });
      }
    }
    for (const [reason, collectors] of lacking) {
      this.#logger.warn(reason, { server, collectors: collectors.join(",") });
    }
    return now;
  }
}
