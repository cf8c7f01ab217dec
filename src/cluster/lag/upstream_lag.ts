/**
 * How far a cascading standby is behind the standby it receives from.
 *
 * @module
 */
import type { PositionHistory } from "./position_history.ts";
import type { TimelinePosition } from "../memory/server_memory.ts";

/** An upstream read this long before the standby says nothing of it, seconds. */
const UPSTREAM_SILENCE_SECONDS = 30;

/**
 * Seconds since the upstream's replay went past what the standby below it has applied: how much later a query on it
 * sees the same data. The upstream's positions come from its collections, so the error is one collection interval,
 * where that against the primary is one sample interval.
 *
 * Not the difference of the two lags against the primary: with the upstream's own replay at rest (paused, delayed)
 * that would stand still while the standby below it is stuck for hours.
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
