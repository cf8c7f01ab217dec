/**
 * What is known of one standby, configured or only seen from its upstream.
 *
 * @module
 */
import type { SenderFact } from "./facts.ts";
import type { Lsn } from "./lsn.ts";
import type { StandbyLag } from "./lag.ts";

/** What a standby is doing, or what holds it back; exactly one applies. */
export const STANDBY_REASONS = [
  "streaming", // receives and applies
  "idle", // receives, has applied everything, and the primary writes nothing
  "paused", // replay is paused
  "delayed", // recovery_min_apply_delay holds it back on purpose
  "conflict", // replay waits for a query on the standby
  "archive", // restores from the archive, without a receiver
  "disconnected", // runs, but neither streams nor restores from an archive
  "half_open", // the connection looks open, but nothing arrives any more
  "unreachable", // the exporter cannot reach it, and its upstream has no connection of it
  "starting", // reports that it is starting up
  "stranded", // on a timeline that its cluster has left
  "lost", // needs WAL that its upstream no longer has
] as const;

/** One of {@linkcode STANDBY_REASONS}. */
export type StandbyReason = typeof STANDBY_REASONS[number];

/** Stages that WAL passes on its way to a standby; one of them holds its backlog. */
export const LAG_STAGES = ["transport", "write", "flush", "replay"] as const;

/** One of {@linkcode LAG_STAGES}. */
export type LagStage = typeof LAG_STAGES[number];

/** Whether a standby can still catch up, and how. */
export const CATCH_UP_VERDICTS = ["streaming", "needs_archive", "must_rebuild"] as const;

/** One of {@linkcode CATCH_UP_VERDICTS}. */
export type CatchUpVerdict = typeof CATCH_UP_VERDICTS[number];

/** How a sender row was joined to the server it feeds, strongest first. */
export type JoinedBy =
  | "slot"
  | "application_name"
  | "cluster_name"
  | "address"
  | "receiver"
  | "only_candidate"; // nothing else can belong to it, while it cannot be asked

/** Who follows whom. */
export interface Edge {
  /** Name of the server that sends. */
  readonly upstream: string;
  /** Name of the standby that receives. */
  readonly downstream: string;
  /** What joined them. */
  readonly by: JoinedBy;
}

/** One standby. */
export interface StandbyView {
  /** Name of the configured server; else application name of its sender row (with `#2` behind twins). */
  readonly name: string;
  /** Whether it is a configured server. */
  readonly configured: boolean;
  /** Cluster name given by the user; "" when none. */
  readonly cluster: string;
  /** `system_identifier` of its cluster. */
  readonly systemIdentifier: string;
  /** Its cluster, see `ClusterStatus.key`. */
  readonly clusterKey: string;
  /** Its row at its upstream at the latest collection; null when there is none, or the upstream was unreachable. */
  readonly sender: SenderFact | null;
  /** Name of the server it receives from, or last received from; null when never known. */
  readonly upstream: string | null;
  /** Whether the server that it is to receive from responds, see `upstreamUpOf`; null when that is unknown. */
  readonly upstreamUp: boolean | null;
  /** Whether it receives WAL by streaming; null when unknown. */
  readonly connected: boolean | null;
  /** When `connected` last changed: our monotonic seconds; null when it has not changed since first seen. */
  readonly connectedChangedAt: number | null;
  /** Its lag against the primary of its cluster. */
  readonly lag: StandbyLag;
  /** Seconds behind its own upstream, when that is another standby; null when unknown or not cascading. */
  readonly upstreamLagSeconds: number | null;
  /** The furthest position it is known to have applied; null when never known. */
  readonly lastPosition: Lsn | null;
  /** What it is doing, or what holds it back; null when unknown. */
  readonly reason: StandbyReason | null;
  /** The reason in one sentence; "" when unknown. */
  readonly reasonText: string;
  /** Stage that holds its backlog; null when it has caught up, or that is unknown. */
  readonly stage: LagStage | null;
  /** Whether it can still catch up; null when unknown. */
  readonly catchUp: CatchUpVerdict | null;
  /** Why, in one sentence; "" when unknown. */
  readonly catchUpText: string;
  /** Seconds until it has caught up at the current rates, 0 when it has; null when falling behind or unknown. */
  readonly catchUpSeconds: number | null;
  /** Whether it has a backlog and replays more slowly than the primary writes; null when unknown. */
  readonly fallingBehind: boolean | null;
}

/** When a slot is lost, at the current WAL rate. */
export interface SlotForecast {
  /** Server that has the slot. */
  readonly server: string;
  /** The slot. */
  readonly slot: string;
  /** Seconds until then, 0 when it is lost. A slot without a limit, or without WAL growth, has no forecast. */
  readonly lostInSeconds: number;
}

/** Key of a standby among those of all clusters: names are unique within a cluster only. */
export function standbyKey(standby: Pick<StandbyView, "name" | "clusterKey">): string {
  return `${standby.clusterKey}/${standby.name}`;
}

/** Key of a standby among all series: what its labels `instance` and `cluster` say. */
export function seriesKey({ name, cluster }: Pick<StandbyView, "name" | "cluster">): string {
  return `${cluster}/${name}`;
}

/**
 * `sync_state` of a standby: as its upstream reports, unless the standby itself reports that it receives nothing.
 *
 * @returns null without a row, or without the right to read it.
 */
export function syncStateOf({ sender, connected }: Pick<StandbyView, "sender" | "connected">): string | null {
  return connected === false ? null : sender?.syncState ?? null;
}
