import type { StandbyView } from "../../domain/standby.ts";
import type { ClusterContext } from "../cluster_context.ts";
import { CATCH_UP_WINDOW_SECONDS, deriveCatchUpForecast } from "../lag/forecasts.ts";
import { deriveUpstreamLag } from "../lag/upstream_lag.ts";
import type { StandbyContext } from "../standby_context.ts";
import { deriveCatchUp } from "./catch_up.ts";
import { deriveReason } from "./standby_reason.ts";

/** Everything published of one standby: its lag, its reason, and whether and when it catches up. */
export function deriveStandbyView(standby: StandbyContext, cluster: ClusterContext): StandbyView {
  const { name, own, lag, connected, applied } = standby;
  const explanation = deriveReason(standby);
  const catchUp = deriveCatchUp(standby);
  return {
    name,
    configured: own !== null,
    cluster: cluster.name,
    systemIdentifier: cluster.systemIdentifier,
    clusterKey: cluster.key,
    sender: standby.sender,
    upstream: standby.lastUpstream,
    upstreamUp: upstreamUpOf(standby, cluster),
    connected,
    connectedChangedAt: standby.connectedChangedAt,
    lag,
    upstreamLagSeconds: upstreamLagOf(standby, cluster),
    lastPosition: applied?.position ?? null,
    ...explanation,
    catchUp: catchUp?.verdict ?? null,
    catchUpText: catchUp?.text ?? "",
    ...deriveCatchUpForecast({
      lagBytes: lag.bytes,
      lagSeconds: lag.seconds,
      reason: explanation.reason,
      replayBytesPerSecond: standby.replay?.bytesPerSecond(CATCH_UP_WINDOW_SECONDS) ?? null,
      walBytesPerSecond: standby.primaryMemory?.wal.bytesPerSecond(CATCH_UP_WINDOW_SECONDS) ?? null,
    }),
  };
}

/**
 * Whether the server that it is to receive from responds: the standby that it last received from, otherwise the primary
 * of its cluster. After a failover that is the new primary, also for a standby that still follows the old one.
 */
function upstreamUpOf(
  { lastUpstream }: StandbyContext,
  { index, primary }: ClusterContext,
): boolean | null {
  const last = index.named(lastUpstream);
  return (last?.role === "standby" ? last : primary)?.up ?? null;
}

/** Seconds behind its upstream standby; null unless it cascades. */
function upstreamLagOf(
  { applied, isApplying, lastUpstream }: StandbyContext,
  { index, memories, at }: ClusterContext,
): number | null {
  const upstream = index.named(lastUpstream);
  if (upstream?.role !== "standby" || applied === null) return null;
  return deriveUpstreamLag(memories.of(upstream.server).replay, { applied, isFresh: isApplying, at });
}
