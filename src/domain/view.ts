/**
 * Everything known at one moment.
 *
 * @module
 */
import type { CollectorName, Facts } from "./facts.ts";
import type { Role } from "./role.ts";

/** How a collector ended: it had rows, had none, did not apply, or failed. */
export type Outcome = "ok" | "empty" | "skipped" | "failed";

/** What one collector did in one collection. */
export interface CollectorRun {
  /** The collector. */
  readonly collector: CollectorName;
  /** How it ended. */
  readonly outcome: Outcome;
  /** Why, when skipped or failed: one sentence for a person. "" otherwise. */
  readonly reason: string;
  /** From the start of the collection until its rows were decoded, in seconds. */
  readonly durationSeconds: number;
}

/** Kinds of trouble between us and a server. */
export type ServerErrorKind =
  | "unreachable" // no route, no such host, nothing answers
  | "refused" // nothing listens there, or pg_hba.conf refuses
  | "auth" // password or role wrong
  | "starting" // 57P03, the database system is starting up
  | "shutting_down" // 57P01/57P02
  | "too_many_connections" // 53300
  | "missing_right" // 42501
  | "timeout" // our deadline or the statement timeout
  | "protocol"; // anything the driver or the server says that we cannot use

/** Trouble with a server, in words. */
export interface ServerTrouble {
  /** The kind. */
  readonly kind: ServerErrorKind;
  /** The step that failed. */
  readonly step: "resolve" | "connect" | "authenticate" | "query" | "close";
  /** SQLSTATE; null when the server did not say one. */
  readonly sqlstate: string | null;
  /** What happened and what to do, without secrets. */
  readonly message: string;
}

/** The latest knowledge of one server. */
export interface ServerSnapshot {
  /** Name given by the user; the `instance` label. */
  readonly server: string;
  /** Cluster name given by the user; "" when none. */
  readonly cluster: string;
  /** Whether the latest collection reached it. */
  readonly up: boolean;
  /** Why not; null when up. */
  readonly trouble: ServerTrouble | null;
  /** Role at the latest successful collection; null when never reached. */
  readonly role: Role | null;
  /** When `facts` were read: our monotonic seconds; null when never reached. */
  readonly readAt: number | null;
  /** Facts of the latest *successful* collection; `{}` when never reached. Stale when `up` is false. */
  readonly facts: Facts;
  /** Outcome of every enabled collector in the latest collection. */
  readonly runs: readonly CollectorRun[];
  /** Seconds the latest successful connect took; null when never. */
  readonly connectDurationSeconds: number | null;
  /** Duration of the latest collection, seconds. */
  readonly collectionDurationSeconds: number;
}

/** Where a lag in seconds came from. */
export type LagSource = "clock" | "sender" | "replay_timestamp";

/** The lag of one standby, or why it is not known. */
export interface StandbyLag {
  /** The standby's server name. */
  readonly server: string;
  /** Seconds behind the primary; null when unknown. */
  readonly seconds: number | null;
  /** Bytes behind the primary; null when unknown. */
  readonly bytes: number | null;
  /** Source of `seconds`; null when unknown. */
  readonly source: LagSource | null;
  /** Why it is not known; "" when it is. */
  readonly unknownBecause: string;
}

/** Everything known of all servers at one moment: what is published, shown and routed by. */
export interface View {
  /** When it was derived: our monotonic seconds. */
  readonly at: number;
  /** The latest knowledge of each configured server, in configured order. */
  readonly servers: readonly ServerSnapshot[];
  /** Lag of every configured server that is, or when last seen was, a standby; by server name. */
  readonly lags: ReadonlyMap<string, StandbyLag>;
  /** WAL bytes per second each primary generated between its last two readings; a server is absent when unknown. */
  readonly walBytesPerSecond: ReadonlyMap<string, number>;
}
