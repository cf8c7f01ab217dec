/**
 * On which hop the WAL that a standby lacks is stuck.
 *
 * @module
 */
import { furthestLsn, type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";
import type { LagStage } from "../../domain/standby.ts";
import { ownFacts, ownReceived, type StandbySituation } from "./situation.ts";

/** A hop and the position up to which WAL has passed it. */
type Hop = readonly [stage: LagStage, passed: Lsn | null];

/**
 * The hop that holds most of what a standby lacks.
 *
 * transport: the primary has written it, and it was not sent, or what was sent cannot be told; write: sent, not
 * written by the standby (the network is part of it, as in `write_lag`); flush: written, not flushed; replay:
 * flushed, not applied. Its own word counts before its row at the upstream, which is up to a status interval old.
 * While WAL flows to it, what it had received is compared with where the primary was then, not with where it is now:
 * what was written since it was read is not stuck anywhere.
 *
 * @param situation The standby.
 * @param isFed Whether WAL flows to it: what was sent into a link that is dead has not gone anywhere.
 * @returns null when it lacks nothing, or that is not known.
 */
export function deriveStage(situation: StandbySituation, isFed: boolean): LagStage | null {
  const { sender, lag, lastPosition, latest, signs } = situation;
  if (lag.bytes === 0) return null;
  const own = ownFacts(situation.own);
  const received = own === null ? null : furthestLsn(ownReceived(situation.own), latest?.received);
  const replayed = own === null
    ? sender?.replayPosition ?? lastPosition
    : furthestLsn(own.server?.replayPosition, latest?.replayed) ?? sender?.replayPosition ?? lastPosition;
  const flushed = atLeast(
    own === null
      ? sender?.flushPosition
      : furthestLsn(own.receiver?.flushedPosition ?? own.server?.receivePosition, latest?.received) ??
        sender?.flushPosition,
    replayed,
  );
  const written = atLeast(received ?? sender?.writePosition ?? signs.received, flushed ?? replayed);
  const primaryPosition = (isFed ? situation.primaryPositionThen : null) ?? situation.primaryPosition;
  // Its row may be of a later moment than its own word.
  const end = isFed && own !== null && situation.primaryPositionThen !== null
    ? furthestLsn(primaryPosition, written)
    : furthestLsn(primaryPosition, sender?.serverPosition, sender?.sentPosition, written);
  const sent = isFed && sender !== null ? atMost(atLeast(sender.sentPosition, written), end) : null;
  const hops: readonly Hop[] = [
    ["transport", sent ?? written ?? flushed ?? replayed],
    ["write", written],
    ["flush", flushed],
    ["replay", replayed],
  ];
  let ahead = end;
  let most: { readonly stage: LagStage; readonly bytes: number } | null = null;
  for (const [stage, passed] of hops) {
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

/** What comes later on the way cannot be ahead of what comes before; null when that is not known. */
function atLeast(passed: Lsn | null | undefined, later: Lsn | null): Lsn | null {
  return passed === null || passed === undefined ? null : furthestLsn(passed, later);
}
