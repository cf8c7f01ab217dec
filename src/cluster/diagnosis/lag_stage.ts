/**
 * Which stage holds the WAL backlog of a standby.
 *
 * @module
 */
import { furthestLsn, type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";
import type { LagStage } from "../../domain/standby.ts";
import type { StandbyContext } from "../standby_context.ts";

/** A stage and the position up to which WAL has passed it. */
type StagePassed = readonly [stage: LagStage, passed: Lsn | null];

/**
 * The stage that holds most of a standby's backlog.
 *
 * transport: the primary has written it, and it was not sent, or what was sent is unknown; write: sent, not written by the
 * standby (the network is part of it, as in `write_lag`); flush: written, not flushed; replay: flushed, not applied. What
 * the standby reports counts before its row at the upstream, which is up to a status interval old. While WAL flows to it,
 * what it had received is compared with where the primary was then, not with where it is now: what was written since it
 * was read is not stuck anywhere.
 *
 * @param standby The standby.
 * @param isFed Whether WAL flows to it: what was sent into a dead connection has not gone anywhere.
 * @returns null when it has caught up, or that is unknown.
 */
export function deriveStage(standby: StandbyContext, isFed: boolean): LagStage | null {
  const { sender, lag, applied, observations, fact, received } = standby;
  if (lag.bytes === 0) return null;
  const replayed = standby.replayed ?? sender?.replayPosition ?? applied?.position ?? null;
  const flushed = atLeast(standby.flushed ?? sender?.flushPosition, replayed);
  const written = atLeast(received ?? sender?.writePosition ?? observations.received, flushed ?? replayed);
  const { primaryPositionThen } = standby;
  const primaryPosition = (isFed ? primaryPositionThen : null) ?? standby.primaryPosition;
  // Its row may be of a later moment than its own report.
  const end = isFed && fact !== null && primaryPositionThen !== null
    ? furthestLsn(primaryPosition, written)
    : furthestLsn(primaryPosition, sender?.serverPosition, sender?.sentPosition, written);
  const sent = isFed && sender !== null ? atMost(atLeast(sender.sentPosition, written), end) : null;
  const stages: readonly StagePassed[] = [
    ["transport", sent ?? written ?? flushed ?? replayed],
    ["write", written],
    ["flush", flushed],
    ["replay", replayed],
  ];
  let ahead = end;
  let most: { readonly stage: LagStage; readonly bytes: number } | null = null;
  for (const [stage, passed] of stages) {
    if (ahead === null || passed === null) continue;
    const bytes = lsnDistanceBytes(ahead, passed);
    if (bytes > (most?.bytes ?? 0)) most = { stage, bytes };
    ahead = passed;
  }
  return most?.stage ?? null;
}

/** What was sent cannot be more than there was. */
function atMost(sent: Lsn | null, end: Lsn | null): Lsn | null {
  return sent === null || end === null || sent <= end ? sent : end;
}

/** What comes later on the way cannot be ahead of what comes before; null when that is unknown. */
function atLeast(passed: Lsn | null | undefined, later: Lsn | null): Lsn | null {
  return passed === null || passed === undefined ? null : furthestLsn(passed, later);
}
