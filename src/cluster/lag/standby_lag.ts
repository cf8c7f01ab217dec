/**
 * The lag of one standby from the best source there is, or why it is not known.
 *
 * Rules, in this order of importance: a number is published only when it is known; 0 only when the standby had
 * everything that a primary, read at about the same time, had written; a source other than the lag clock is named.
 *
 * @module
 */
import type { SenderFact, ServerFact } from "../../domain/facts.ts";
import type { Lsn } from "../../domain/lsn.ts";
import type { LagSource, LagUnknownReason, StandbyLag } from "../../domain/lag.ts";
import type { LagClock } from "./lag_clock.ts";

/** The primary of this long ago says nothing of a standby read now, seconds. */
export const PRIMARY_SILENCE_SECONDS = 5;

/** The WAL a standby is measured against. */
export interface Reference {
  /** The timeline. */
  readonly timeline: number;
  /** The primary that writes it now; null when that is not reached, so that only the past is known. */
  readonly primary: string | null;
}

/** What is known of a standby's position. */
export interface Applied {
  /** The furthest position it is known to have applied. */
  readonly position: Lsn;
  /** When that was read: our monotonic seconds. */
  readonly at: number;
  /** The timeline it was on; null when unknown. */
  readonly timeline: number | null;
}

/** Everything that the lag of one standby is derived from. */
export interface StandbyLagInput {
  /** The standby's server name. */
  readonly server: string;
  /** `system_identifier` of its cluster. */
  readonly systemIdentifier: string;
  /** What it has applied. */
  readonly applied: Applied;
  /** Whether it still applies more, as far as we know: then lag is that of the moment of the reading. */
  readonly fresh: boolean;
  /** Its own facts when it was reached in the latest collection, else null. */
  readonly own: ServerFact | null;
  /** The row of its upstream primary when that was reached, else null. */
  readonly sender: SenderFact | null;
  /** What it is measured against. */
  readonly reference: Reference;
  /** The moment of the view: our monotonic seconds. */
  readonly at: number;
}

/**
 * A lag that is not known.
 *
 * @param server The standby's server name.
 * @param reason Why, of the closed set.
 * @param because Why, one sentence for a person.
 * @param bytes Bytes behind, when at least those are known.
 */
export function unknownLag(
  server: string,
  { reason, because, bytes = null }: {
    readonly reason: LagUnknownReason;
    readonly because: string;
    readonly bytes?: number | null;
  },
): StandbyLag {
  return { server, seconds: null, bytes, source: null, unknownReason: reason, unknownBecause: because };
}

/**
 * Derives the lag of a standby.
 *
 * With the primary unreachable, a standby that had not even applied what the primary was last known to have
 * written is behind by a known time, and by at least the bytes published. One that had applied all of it may be
 * anything behind: no value, reason `primary_unreachable`.
 *
 * @param clock The lag clock.
 * @param input What is known.
 */
export function deriveStandbyLag(clock: LagClock, input: StandbyLagInput): StandbyLag {
  const { server, applied, reference, systemIdentifier } = input;
  // A standby that still applies is judged at the moment it was read; one that does not falls behind until now.
  const at = input.fresh ? applied.at : input.at;
  const reading = clock.lagOf({
    systemIdentifier,
    timeline: reference.timeline,
    appliedPosition: applied.position,
    at,
  });
  if (reading.newest === null || reading.bytes === null) {
    return unknownLag(server, {
      reason: reference.primary === null ? "no_primary" : "history_too_short",
      because: `No position of a primary on timeline ${reference.timeline} has been read yet`,
    });
  }
  if (reading.caughtUp) {
    if (applied.timeline !== null && applied.timeline < reference.timeline) {
      return unknownLag(server, {
        reason: "other_timeline",
        because:
          `It is on timeline ${applied.timeline}, beyond all that timeline ${reference.timeline} holds: ` +
          `positions of two timelines cannot be compared there`,
      });
    }
    if (reference.primary === null || at - reading.newest.at > PRIMARY_SILENCE_SECONDS) {
      return unknownLag(server, {
        reason: "primary_unreachable",
        because:
          "It has applied all that the primary had written when last read, but the primary is not reached now",
      });
    }
    return known(server, { seconds: 0, bytes: 0, source: "clock" });
  }
  const { bytes } = reading;
  if (reading.seconds !== null) return known(server, { seconds: reading.seconds, bytes, source: "clock" });
  const senderLag = lagBySender(input.sender);
  if (senderLag !== null) return known(server, { seconds: senderLag, bytes, source: "sender" });
  const replayAge = lastReplayAgeSeconds(input.own);
  if (replayAge !== null && bytes > 0) {
    return known(server, { seconds: replayAge, bytes, source: "replay_timestamp" });
  }
  return unknownLag(server, {
    reason: "history_too_short",
    because: "Its position is older than the first position of the primary that this exporter has read, " +
      "and neither the primary's replay_lag nor the last replayed transaction tells its age",
    bytes,
  });
}

/**
 * The primary's `replay_lag` as of the standby's last reply, and the time since: a receiver that is frozen or cut off
 * without notice replies no more, and the column keeps what it said last. An upper bound, when it is behind.
 */
function lagBySender(sender: SenderFact | null): number | null {
  if (sender === null || sender.replayLagSeconds === null) return null;
  return sender.replayLagSeconds + Math.max(0, sender.replyAgeSeconds ?? 0);
}

/**
 * The server's clock minus the time of the last replayed transaction: an upper bound of the lag of a standby that
 * is behind, on two hosts' clocks. Negative means that these clocks differ, so it tells nothing.
 */
function lastReplayAgeSeconds(own: ServerFact | null): number | null {
  if (own === null || own.lastReplayedTransactionUnixSeconds === null) return null;
  const age = own.clockUnixSeconds - own.lastReplayedTransactionUnixSeconds;
  return age >= 0 ? age : null;
}

function known(
  server: string,
  { seconds, bytes, source }: {
    readonly seconds: number;
    readonly bytes: number;
    readonly source: LagSource;
  },
): StandbyLag {
  return { server, seconds, bytes, source, unknownReason: null, unknownBecause: "" };
}
