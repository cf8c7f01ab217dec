/**
 * Everything known at one moment.
 *
 * @module
 */
import type { CollectorName, Facts, SenderFact } from "./facts.ts";
import type { DatabaseCatalogue } from "./catalogue.ts";
import type { ConsistencyResult } from "./consistency.ts";
import type { ClusterEvent } from "./event.ts";
import type { Finding } from "./finding.ts";
import type { LagPoint, LagSamples, StandbyLag } from "./lag.ts";
import type { Lsn } from "./lsn.ts";
import type { ClusterManager } from "./manager.ts";
import type { Role } from "./role.ts";
import type { SlotCopy } from "./slot_copy.ts";
import type { Edge, SlotForecast, StandbyView } from "./standby.ts";
import type { SubscriptionView } from "./subscription.ts";

/** How a collector ended: it read rows, read none, did not apply, or failed. */
export type Outcome = "ok" | "empty" | "skipped" | "failed";

/** What one collector did in one collection. */
export interface CollectorRun {
  /** The collector. */
  readonly collector: CollectorName;
  /** How it ended. */
  readonly outcome: Outcome;
  /** Why it was skipped or failed, or what it may not read, as a sentence. "" otherwise. */
  readonly reason: string;
  /** From sending its statement until its rows were decoded, in seconds. */
  readonly durationSeconds: number;
}

/** Why a server cannot be collected. */
export type ServerErrorKind =
  | "unreachable" // no route, no such host, no response
  | "refused" // nothing listens there, or pg_hba.conf refuses
  | "auth" // password or role wrong
  | "starting" // 57P03, the database system is starting up
  | "shutting_down" // 57P01/57P02
  | "too_many_connections" // 53300
  | "missing_right" // 42501
  | "timeout" // our deadline or the statement timeout
  | "protocol"; // any other error, or an unusable response

/** Why a server cannot be collected, with details. */
export interface ServerTrouble {
  /** The kind. */
  readonly kind: ServerErrorKind;
  /** The step that failed. */
  readonly step: "resolve" | "connect" | "authenticate" | "query" | "close";
  /** SQLSTATE; null when the server sent none. */
  readonly sqlstate: string | null;
  /** What happened and what to do, without secrets. */
  readonly message: string;
}

/** Address of a server, as the user wrote it. */
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
  /** Its address; absent when unknown. */
  readonly address?: ServerAddress;
  /** Whether the latest collection reached it. */
  readonly up: boolean;
  /** Why not; null when up. */
  readonly trouble: ServerTrouble | null;
  /** Role at the latest successful collection; null when there was none. */
  readonly role: Role | null;
  /** When `facts` were read: our monotonic seconds; null when never. */
  readonly readAt: number | null;
  /** When it last responded, position samples included: our monotonic seconds; absent when never. */
  readonly heardAt?: number;
  /**
   * When it was first read as the primary of its timeline: our monotonic seconds; null when it was last read as a standby;
   * absent when never read.
   */
  readonly primarySince?: number | null;
  /** How far the server's clock was ahead of ours when `facts` were read, seconds; absent when never read. */
  readonly clockOffsetSeconds?: number;
  /** Facts of the latest *successful* collection, `{}` when there was none. Stale when `up` is false. */
  readonly facts: Facts;
  /** Outcome of every enabled collector in the latest collection. */
  readonly runs: readonly CollectorRun[];
  /** Duration of the latest successful connect, seconds; null when there was none. */
  readonly connectDurationSeconds: number | null;
  /** Duration of the latest collection, seconds. */
  readonly collectionDurationSeconds: number;
}

/** A server of a cluster that discovery knows of, and that it cannot watch. */
export interface UnwatchedServer {
  /** The watched server that shows it. */
  readonly seenBy: string;
  /** Whether that one receives from it; otherwise it sends to it. */
  readonly isUpstream: boolean;
  /** Application names of its sender rows; empty for an upstream. */
  readonly names: readonly string[];
  /** The address where it was looked for; "" over a Unix socket. */
  readonly host: string;
  /** The ports that were tried; empty when none was known. */
  readonly ports: readonly number[];
  /** Why it is not watched, one sentence. */
  readonly because: string;
}

/** The lag of the slowest standby of a primary. */
export interface SlowestStandby {
  /** Seconds behind the primary; 0 when there is no standby or all have caught up, null when unknown. */
  readonly seconds: number | null;
  /** Bytes behind the primary; 0 when there is no standby or all have caught up, null when unknown. */
  readonly bytes: number | null;
}

/** One server at one moment: what it reported, and what is derived from all servers. */
export interface ServerView extends ServerSnapshot {
  /** Its cluster, see {@linkcode ClusterStatus.key}; null when that is unknown. */
  readonly clusterKey: string | null;
  /** Name of the watched server that is the same postmaster under another address; null when there is none. */
  readonly aliasOf: string | null;
  /** Its lag; null unless it is a standby, or was one when last seen. */
  readonly lag: StandbyLag | null;
  /** Whether it receives WAL by streaming; null when it is not a standby, or unknown. */
  readonly connected: boolean | null;
  /** Lag of its slowest standby; null unless it is a primary that is up. */
  readonly slowestStandby: SlowestStandby | null;
  /** Classic health score, 0 to 100. */
  readonly healthScore: number;
  /** Whether it is on a timeline that its cluster has left. */
  readonly isStranded: boolean;
  /** Who manages its cluster, or, while that is unknown, itself; null when there is no sign of anybody. */
  readonly manager: ClusterManager | null;
  /** Names of its inactive slots whose `restart_lsn` moved within the last minutes: another program keeps them. */
  readonly movedIdleSlots: ReadonlySet<string>;
  /**
   * Since when the consumer of each of its logical slots has WAL to confirm and has confirmed nothing: our monotonic
   * seconds; without those that have confirmed all.
   */
  readonly confirmedSince: ReadonlyMap<string, number>;
  /**
   * End of its WAL when last read, position samples included: what a primary has written, or a standby received or
   * replayed, whichever is further; null when never read.
   */
  readonly walEnd: Lsn | null;
  /**
   * Bytes per second by which its WAL grew between the last two collections: written by a primary, received (or
   * restored) by a standby; null when unknown.
   */
  readonly walBytesPerSecond: number | null;
  /** Bytes of WAL per second it replayed between the last two collections; null when unknown or not a standby. */
  readonly replayBytesPerSecond: number | null;
}

/** Servers that replicate physically with one another: one system identifier, within the border the user named. */
export interface ClusterStatus {
  /** Key of the cluster: its system identifier, after its name where it has one. */
  readonly key: string;
  /** `system_identifier` they share; "unknown" when the login may read it on none of them. */
  readonly systemIdentifier: string;
  /** Name given by the user; "" when none. */
  readonly cluster: string;
  /** Names of its servers, in configured order; a postmaster with several names appears once. */
  readonly servers: readonly string[];
  /** Names of those that were not in recovery at the latest collection; two or more is a split brain. */
  readonly primaries: readonly string[];
  /** Name of the primary, live or last known, see `choosePrimary`; null when there never was one. */
  readonly primary: string | null;
  /** Standbys that the cluster should have. */
  readonly expectedStandbys: number;
  /** Standbys receiving WAL by streaming, configured or not, cascading ones too; null when no server reported any. */
  readonly connectedStandbys: number | null;
  /** Number of its servers on a timeline that it has left. */
  readonly strandedServers: number;
  /** Failovers seen since start. */
  readonly failovers: number;
  /** Who manages the cluster; null when there is no sign of anybody. */
  readonly manager: ClusterManager | null;
  /** Name of the standby that each sender row feeds; rows that cannot be assigned to one are absent. */
  readonly feeds: ReadonlyMap<SenderFact, string>;
}

/** Everything known of all servers at one moment: what is published, shown and used for routing. */
export interface View {
  /** When it was derived: our monotonic seconds. */
  readonly at: number;
  /** Every configured server, in configured order. */
  readonly servers: readonly ServerView[];
  /** Clusters, in configured order. */
  readonly clusters: readonly ClusterStatus[];
  /** Every standby: configured, streaming now, or remembered. */
  readonly standbys: readonly StandbyView[];
  /** Who follows whom now. */
  readonly edges: readonly Edge[];
  /** Every subscription of a watched server. */
  readonly subscriptions: readonly SubscriptionView[];
  /** Every logical slot of a primary, as each watched standby of its cluster has it. */
  readonly slotCopies: readonly SlotCopy[];
  /** When slots are lost at the current rate. */
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
  /**
   * Samples of the lag of every standby and subscription, by {@linkcode seriesKey} or
   * {@linkcode subscriptionSamplesKey}. They are counted on: what is read later may be a second
   * newer than the view.
   */
  readonly lagSamples: ReadonlyMap<string, LagSamples>;
  /** The latest consistency check of each table on each standby and of each subscription. */
  readonly consistency: readonly ConsistencyResult[];
  /** Databases with publications or subscriptions, as last read; absent while there are none. */
  readonly catalogues?: readonly DatabaseCatalogue[];
  /** Servers that discovery cannot watch; absent without discovery. */
  readonly unwatched?: readonly UnwatchedServer[];
}
