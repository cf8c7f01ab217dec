/**
 * The lag of one standby from the best available source, or why it is unknown.
 *
 * The rules, most important first: a number is published only when it is known; 0 only when the standby had applied
 * everything that a primary, read at about the same time, had written; a source other than the lag clock is named.
 *
 * @module
 */
import type { SenderFact, ServerFact } from "../../domain/facts.ts";
import { type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";
import type { LagSource, LagUnknownReason, LagWithoutPrimary, StandbyLag } from "../../domain/lag.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import type { TimelinePosition } from "../memory/server_memory.ts";
import type { StandbyPlace } from "../topology/standby_place.ts";
import type { NoReference, Reference } from "./reference_primary.ts";
import type { LagClock } from "./lag_clock.ts";
import type { PositionSample } from "./position_history.ts";

/** A primary last read longer ago than this cannot show that a standby has caught up, seconds. */
export const PRIMARY_SILENCE_SECONDS = 5;

/** A primary read this much later than the standby must be at least as far, seconds. */
const DIVERGED_AFTER_SECONDS = 3;

/**
 * Size of a page of WAL (`wal_block_size`), bytes. A primary that crashed may have sent a part of a record, and recovery
 * writes a checkpoint: a server with less than a page more has no more to show.
 */
const WAL_PAGE_BYTES = 8192;

/** What the lag of a standby is derived from. */
export interface LagInput extends StandbyPlace {
  /** Name of the server, or the one given to a standby that nobody configured. */
  readonly name: string;
  /** Its row of the `server` collector; null when it was unreachable at the latest collection. */
  readonly fact: ServerFact | null;
  /** The furthest position it is known to have applied, with the moment of reading; null when unknown. */
  readonly applied: TimelinePosition | null;
  /** The reading before that; null when unknown. */
  readonly appliedBefore: TimelinePosition | null;
  /** Whether it presumably still applies WAL: then its lag is that of the moment of reading. */
  readonly isApplying: boolean;
  /** What it is measured against, or why there is nothing. */
  readonly reference: Reference | NoReference;
}

/**
 * Derives how far behind a standby can be while no primary responds.
 *
 * A primary that the exporter does not reach may still write. What it writes reaches other servers, or nobody: a standby
 * is behind at most since it was last known to have all WAL.
 *
 * @param lag Its lag.
 * @param options What it has applied; the furthest position known of any server of its cluster; the newest position of its
 * primary; the moment, our monotonic seconds.
 */
export function deriveLagWithoutPrimary(
  { seconds, unknownReason }: StandbyLag,
  { applied, furthest, newest, at }: {
    readonly applied: Lsn | null;
    readonly furthest: Lsn | null;
    readonly newest: PositionSample | null;
    readonly at: number;
  },
): LagWithoutPrimary {
  const isComparable = unknownReason === "primary_unreachable" || unknownReason === "no_primary";
  return {
    atMostSeconds: seconds ?? (isComparable && newest !== null ? Math.max(0, at - newest.at) : Infinity),
    hasAllKnown: isComparable && applied !== null && furthest !== null &&
      lsnDistanceBytes(furthest, applied) < WAL_PAGE_BYTES,
  };
}

/**
 * Derives the lag of a standby.
 *
 * With the primary unreachable, a standby that has not applied everything the primary was last known to have written is
 * behind by a known time, and by at least the published bytes. The lag of one that has applied all of it is unknown,
 * reason `primary_unreachable`.
 *
 * @param standby The standby.
 * @param lagClock The lag clock of its cluster.
 * @param at The moment: our monotonic seconds.
 */
export function deriveStandbyLag(
  standby: LagInput,
  { lagClock, at }: { readonly lagClock: LagClock; readonly at: number },
): StandbyLag {
  const { name, applied, reference } = standby;
  if (applied === null) {
    return unknownLag(name, {
      reason: "never_seen",
      because: standby.own === null
        ? "Its upstream has reported no position of it"
        : "No position of it has been read, neither from itself nor from its upstream",
    });
  }
  if ("reason" in reference) return unknownLag(name, reference);
  if (hasDiverged(standby, { lagClock, reference })) {
    return unknownLag(name, {
      reason: "diverged",
      because:
        "It has applied WAL that the primary does not have: they have diverged, or the primary was restored",
    });
  }
  return measureStandbyLag(standby, { applied, reference, lagClock, at });
}

function measureStandbyLag(
  standby: LagInput,
  { applied, reference, lagClock, ...view }: {
    readonly applied: TimelinePosition;
    readonly reference: Reference;
    readonly lagClock: LagClock;
    readonly at: number;
  },
): StandbyLag {
  const { name } = standby;
  // The lag of a standby that still applies is that of the moment it was read; of any other it grows until now.
  const at = standby.isApplying ? applied.at : view.at;
  const reading = lagClock.lagOf({ timeline: reference.timeline, appliedPosition: applied.position, at });
  if (reading.newest === null || reading.bytes === null) {
    return unknownLag(name, {
      reason: reference.primary === null ? "no_primary" : "history_too_short",
      because: `No position of a primary on timeline ${reference.timeline} has been read yet`,
    });
  }
  if (reading.caughtUp) {
    if (applied.timeline !== null && applied.timeline < reference.timeline) {
      return unknownLag(name, {
        reason: "other_timeline",
        because: `It is on timeline ${applied.timeline}, beyond the end of timeline ${reference.timeline}: ` +
          `positions on different timelines cannot be compared there`,
      });
    }
    if (reference.primary === null || at - reading.newest.at > PRIMARY_SILENCE_SECONDS) {
      return unknownLag(name, {
        reason: "primary_unreachable",
        because:
          "It has applied everything the primary had written when last read, but the primary is unreachable now",
      });
    }
    return knownLag(name, { seconds: 0, bytes: 0, source: "clock" });
  }
  const { bytes } = reading;
  if (reading.seconds !== null) return knownLag(name, { seconds: reading.seconds, bytes, source: "clock" });
  const senderLag = lagBySender(standby.sender, { upstream: standby.upstream, reference });
  if (senderLag !== null) return knownLag(name, { seconds: senderLag, bytes, source: "sender" });
  const replayAge = lastReplayAgeSeconds(standby.fact);
  if (replayAge !== null && bytes > 0) {
    return knownLag(name, { seconds: replayAge, bytes, source: "replay_timestamp" });
  }
  return unknownLag(name, {
    reason: "history_too_short",
    because: "Its position is older than the first position that the exporter has read from the primary, " +
      "and neither the primary's replay_lag nor the last replayed transaction shows its age",
    bytes,
  });
}

/** A configured standby ahead of what its primary had written later has diverged from it. */
function hasDiverged(
  { own, appliedBefore: before }: LagInput,
  { lagClock, reference }: { readonly lagClock: LagClock; readonly reference: Reference },
): boolean {
  const newest = lagClock.historyOf(reference.timeline)?.newest ?? null;
  return own !== null && newest !== null && before !== null && before.timeline === reference.timeline &&
    newest.at - before.at > DIVERGED_AFTER_SECONDS && newest.position < before.position;
}

/**
 * The primary's `replay_lag` at the standby's last reply, plus the time since: when a receiver freezes or loses the
 * connection, the column keeps its last value. An upper bound while it is behind.
 */
function lagBySender(
  sender: SenderFact | null,
  { upstream, reference }: { readonly upstream: ServerSnapshot | null; readonly reference: Reference },
): number | null {
  if (sender === null || sender.replayLagSeconds === null || upstream?.server !== reference.primary) {
    return null;
  }
  return sender.replayLagSeconds + Math.max(0, sender.replyAgeSeconds ?? 0);
}

/**
 * The server's clock minus the time of the last replayed transaction: an upper bound of the lag of a standby that is
 * behind, on two hosts' clocks. A negative value means that the clocks differ, and is ignored.
 */
function lastReplayAgeSeconds(fact: ServerFact | null): number | null {
  if (fact === null || fact.lastReplayedTransactionUnixSeconds === null) return null;
  const age = fact.clockUnixSeconds - fact.lastReplayedTransactionUnixSeconds;
  return age >= 0 ? age : null;
}

function unknownLag(
  server: string,
  { reason, because, bytes = null }: {
    readonly reason: LagUnknownReason;
    readonly because: string;
    readonly bytes?: number | null;
  },
): StandbyLag {
  return { server, seconds: null, bytes, source: null, unknownReason: reason, unknownBecause: because };
}

/** The lag of a server whose cluster is unknown. */
export function lagWithoutCluster({ server, role }: ServerSnapshot): StandbyLag {
  if (role === null) {
    return unknownLag(server, { reason: "never_seen", because: "It has never been reached" });
  }
  return unknownLag(server, {
    reason: "identity_unknown",
    because: "Its system identifier is unknown, so the primary it follows is unknown too",
  });
}

function knownLag(
  server: string,
  known: { readonly seconds: number; readonly bytes: number; readonly source: LagSource },
): StandbyLag {
  return { server, ...known, unknownReason: null, unknownBecause: "" };
}
