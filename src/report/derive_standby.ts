import type { LagSamples } from "../domain/lag.ts";
import { formatLsn, type Lsn } from "../domain/lsn.ts";
import { seriesKey, standbyKey, type StandbyView, syncStateOf } from "../domain/standby.ts";
import type { ServerView } from "../domain/view.ts";
import { serverFact } from "../cluster/topology/identity.ts";
import type { ReportEdge, ReportStandby } from "./model.ts";
import { type ReportContext, toUnixSeconds } from "./report_context.ts";
import { judgeStandby } from "./status.ts";

/**
 * One standby.
 *
 * @param standby What is known of it.
 * @param context Its cluster.
 */
export function deriveStandby(standby: StandbyView, context: ReportContext): ReportStandby {
  const { lag } = standby;
  const known = {
    name: standby.name,
    configured: standby.configured,
    upstream: standby.upstream,
    connected: standby.connected,
    connected_since_unix_seconds: standby.connected === true
      ? toUnixSeconds(standby.connectedChangedAt, context)
      : null,
    ...reportedByItself(ownServer(standby, context)),
    replay_lsn: format(standby.lastPosition),
    lag_seconds: lag.seconds,
    lag_bytes: lag.bytes,
    lag_source: lag.source,
    lag_unknown_reason: lag.unknownReason,
    lag_unknown_because: lag.unknownBecause,
    upstream_lag_seconds: standby.upstreamLagSeconds,
    reason: standby.reason,
    reason_text: standby.reasonText,
    stage: standby.stage,
    catch_up: standby.catchUp,
    catch_up_text: standby.catchUpText,
    catch_up_seconds: standby.catchUpSeconds,
    falling_behind: standby.fallingBehind,
    sync_state: syncStateOf(standby),
    lag_history: (context.view.lagHistory.get(standbyKey(standby)) ?? []).map((point) => ({
      unix_seconds: toUnixSeconds(point.at, context),
      lag_seconds: point.seconds,
      lag_bytes: point.bytes,
    })),
    lag_last_hour: deriveLagHour(context.view.lagSamples.get(seriesKey(standby))),
  };
  const { status, reasons } = judgeStandby(known, context.thresholds);
  return { ...known, status, status_reasons: reasons };
}

/**
 * The edges of a cluster: current ones, and the last known ones of disconnected standbys.
 *
 * @param standbys The standbys of one cluster.
 * @param context The cluster.
 */
export function deriveReportEdges(
  standbys: readonly ReportStandby[],
  { view }: ReportContext,
): readonly ReportEdge[] {
  return standbys.flatMap((standby): readonly ReportEdge[] => {
    const { upstream, name } = standby;
    if (upstream === null) return [];
    const edge = view.edges.find((each) => each.upstream === upstream && each.downstream === name);
    return [{
      upstream,
      downstream: name,
      joined_by: edge?.by ?? null,
      connected: standby.connected,
      lag_seconds: standby.lag_seconds,
      lag_bytes: standby.lag_bytes,
      status: standby.status,
    }];
  });
}

/** Samples of the last hour; null when none was taken. */
export function deriveLagHour(sampled: LagSamples | undefined): ReportStandby["lag_last_hour"] {
  if (sampled === undefined) return null;
  const { within, beyond, unknown } = sampled.lastHour;
  const samples = within + beyond + unknown;
  return samples === 0
    ? null
    : { samples, within_warning_ratio: within / samples, unknown_ratio: unknown / samples };
}

type ReportedByItself = Pick<
  ReportStandby,
  | "receive_lsn"
  | "last_replay_unix_seconds"
  | "replay_bytes_per_second"
  | "replay_paused"
  | "apply_delay_seconds"
  | "conflicts"
  | "total_conflicts"
>;

/** What the standby itself reported, when it is a configured server. */
function reportedByItself(server: ServerView | null): ReportedByItself {
  const fact = server === null ? null : serverFact(server);
  const recovery = server?.facts.recovery?.[0];
  const conflicts = server?.facts.conflicts;
  return {
    receive_lsn: format(receivedBy(server)),
    last_replay_unix_seconds: fact?.lastReplayedTransactionUnixSeconds ?? null,
    replay_bytes_per_second: server?.replayBytesPerSecond ?? null,
    replay_paused: server?.up && recovery?.pauseState ? recovery.pauseState === "paused" : null,
    apply_delay_seconds: recovery?.applyDelaySeconds ?? null,
    conflicts: conflicts === undefined
      ? null
      : Object.fromEntries(conflicts.map(({ cause, total }) => [cause, total])),
    total_conflicts: conflicts?.reduce((sum, { total }) => sum + total, 0) ?? null,
  };
}

/** Samples between collections count while it streams; when the archive is ahead, only the last collection is right. */
function receivedBy(server: ServerView | null): Lsn | null {
  const fact = server === null ? null : serverFact(server);
  const received = fact?.receivePosition ?? null;
  if (server === null || received === null || received < (fact?.replayPosition ?? received)) return received;
  return server.walEnd ?? received;
}

function ownServer(standby: StandbyView, { servers }: ReportContext): ServerView | null {
  return standby.configured ? servers.find(({ server }) => server === standby.name) ?? null : null;
}

function format(position: Lsn | null): string | null {
  return position === null ? null : formatLsn(position);
}
