/**
 * The lag of a cascading standby behind its upstream standby.
 *
 * @module
 */
import type { PositionHistory } from "./position_history.ts";
import type { TimelinePosition } from "../memory/server_memory.ts";

/** An upstream last read longer than this before the standby cannot be compared with it, seconds. */
const UPSTREAM_SILENCE_SECONDS = 30;

/**
 * Seconds since the upstream's replay went past what the cascading standby has applied: how much later a query on it
 * sees the same data.
 *
 * This is not the difference of their lags behind the primary: that would not grow while the replay of both is stuck.
 *
 * @param upstream Where the upstream's replay was.
 * @param options What the standby has applied, whether it still applies, and the moment.
 * @returns null when the upstream's history does not reach back to that position or ends too early.
 */
export function deriveUpstreamLag(
  upstream: PositionHistory,
  { applied, isFresh, at }: {
    readonly applied: TimelinePosition;
    readonly isFresh: boolean;
    readonly at: number;
  },
): number | null {
  const now = isFresh ? applied.at : at;
  const { newest } = upstream;
  if (newest === null || now - newest.at > UPSTREAM_SILENCE_SECONDS) return null;
  const passedAt = upstream.passedAt(applied.position);
  if (passedAt === null) return null;
  return Math.max(0, now - passedAt);
}
