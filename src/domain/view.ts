/**
 * Everything known at one moment.
 *
 * @module
 */
import type { CollectorName, Facts } from "./facts.ts";
import type { ConsistencyResult } from "./consistency.ts";
import type { ClusterEvent } from "./event.ts";
import type { Finding } from "./finding.ts";
import type { LagPoint, StandbyLag } from "./lag.ts";
import type { Lsn } from "./lsn.ts";
import type { Role } from "./role.ts";
import type { Edge, SlotForecast, StandbyView } from "./standby.ts";

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
  /** From sending its statement until its rows were decoded, in seconds. */
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

/** Where a server is reached, as the user wrote it. */
export interface ServerAddress {
  /** Host name, address, or the directory of a Unix socket (begins with `/`). */
  readonly host: string;
  /** Address to connect to instead of resolving `host`; "" when unset. */
  readonly hostAddress: string;
  /** TCP port. */
  readonly port: number;
}

/** The latest knowledge of one server. */
export interface ServerSnapshot {
  /** Name given by the user; the `instance` label. */
  readonly server: string;
  /** Cluster name given by the user; "" when none. */
  readonly cluster: string;
  /** Where it is reached; absent when that is not told. */
  readonly address?: ServerAddress;
  /** Whether the latest collection reached it. */
  readonly up: boolean;
  /** Why not; null when up. */
  readonly trouble: ServerTrouble | null;
  /** Role at the latest successful collection; null when never reached. */
  readonly role: Role | null;
  /** When `facts` were read: our monotonic seconds; null when never reached. */
  readonly readAt: number | null;
  /** When it last said anything, position samples included: our monotonic seconds; absent when never. */
  readonly heardAt?: number;
  /** How far the server's clock was ahead of ours when `facts` were read, seconds; absent when never reached. */
  readonly clockOffsetSeconds?: number;
  /** Facts of the latest *successful* collection; `{}` when never reached. Stale when `up` is false. */
  readonly facts: Facts;
  /** Outcome of every enabled collector in the latest collection. */
  readonly runs: readonly CollectorRun[];
  /** Seconds the latest successful connect took; null when never. */
  readonly connectDurationSeconds: number | null;
  /** Duration of the latest collection, seconds. */
  readonly collectionDurationSeconds: number;
}

/** The lag of the slowest standby of a primary. */
export interface SlowestStandby {
  /** Seconds behind the primary; 0 when there is no standby or all have caught up, null when unknown. */
  readonly seconds: number | null;
  /** Bytes behind the primary; 0 when there is no standby or all have caught up, null when unknown. */
  readonly bytes: number | null;
}

/** Servers with one system identifier. */
export interface ClusterStatus {
  /** `system_identifier` they share. */
  readonly systemIdentifier: string;
  /** Name given by the user; "" when none. */
  readonly cluster: string;
  /** Names of its servers, in configured order. */
  readonly servers: readonly string[];
  /** Names of those that were not in recovery at the latest collection; two or more is a split brain. */
  readonly primaries: readonly string[];
  /** Standbys there should be. */
  readonly expectedStandbys: number;
  /** Standbys receiving WAL by streaming, configured or not, cascading ones too; null when no server told. */
  readonly connectedStandbys: number | null;
}

/** Everything known of all servers at one moment: what is published, shown and routed by. */
export interface View {
  /** When it was derived: our monotonic seconds. */
  readonly at: number;
  /** The latest knowledge of each configured server, in configured order. */
  readonly servers: readonly ServerSnapshot[];
  /** Lag of every configured server that is, or when last seen was, a standby; by server name. */
  readonly lags: ReadonlyMap<string, StandbyLag>;
  /**
   * Bytes per second by which the WAL of each server grew between its last two readings: written by a primary,
   * received (or restored) by a standby. A server is absent when that is unknown.
   */
  readonly walBytesPerSecond: ReadonlyMap<string, number>;
  /**
   * Where the WAL of each server ended when it last said so, position samples included: written by a primary, the
   * furthest of received and replayed by a standby. A server is absent when that was never read.
   */
  readonly walEnds?: ReadonlyMap<string, Lsn>;
  /** Bytes of WAL per second each standby replayed between its last two readings; absent when unknown. */
  readonly replayBytesPerSecond: ReadonlyMap<string, number>;
  /** Whether each standby receives WAL from an upstream; a standby is absent when nobody could tell. */
  readonly connected: ReadonlyMap<string, boolean>;
  /** Lag of the slowest standby of each primary that was reached. */
  readonly slowest: ReadonlyMap<string, SlowestStandby>;
  /** Classic health score of each configured server, 0 to 100. */
  readonly health: ReadonlyMap<string, number>;
  /** Clusters by system identifier, in configured order. */
  readonly clusters: readonly ClusterStatus[];
  /** Every standby: configured, streaming now, or remembered. */
  readonly standbys: readonly StandbyView[];
  /** Who follows whom now. */
  readonly edges: readonly Edge[];
  /** Servers on a timeline that their cluster has left, by name. */
  readonly stranded: readonly string[];
  /** Failovers seen since start, by system identifier. */
  readonly failovers: ReadonlyMap<string, number>;
  /** When slots are lost at the present rate. */
  readonly slotForecasts: readonly SlotForecast[];
  /** Diagnoses, worst first. */
  readonly findings: readonly Finding[];
  /** The latest events, oldest first. */
  readonly events: readonly ClusterEvent[];
  /**
   * The lag of every standby over the last hour, oldest first, thinned to a few hundred points; by
   * {@linkcode standbyKey}.
   */
  readonly lagHistory: ReadonlyMap<string, readonly LagPoint[]>;
  /** The latest consistency check of each table on each standby. */
  readonly consistency: readonly ConsistencyResult[];
}
