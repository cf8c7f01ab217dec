/**
 * Whether a standby can still catch up: by streaming, with an archive, or only after a rebuild.
 *
 * Streaming starts at the beginning of the segment that the standby's position is in (`RequestXLogStreaming()`), so its
 * upstream must have that segment: a slot retains it, or it has not been removed yet. Segments are removed by number,
 * whatever their timeline (`RemoveOldXlogFiles()`), so the oldest name in the directory has the oldest number.
 *
 * @module
 */
import { formatLsn, furthestLsn, type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";
import { formatBytes } from "../../domain/quantities.ts";
import { isLostSlot } from "../../domain/slot.ts";
import type { CatchUpVerdict } from "../../domain/standby.ts";
import type { StandbyContext } from "../standby_context.ts";
import { receivedPosition, standsAtTarget } from "../topology/receiver_facts.ts";
import { mayRewind } from "../topology/stranded.ts";
import { upstreamName } from "./sentences.ts";
import { deriveSilence } from "./silence.ts";
import { parseWalSegment } from "./wal_file.ts";

/** A verdict and why. */
export interface CatchUp {
  /** Whether it can still catch up, and how. */
  readonly verdict: CatchUpVerdict;
  /** Why, one sentence for a person. */
  readonly text: string;
}

/**
 * Whether a standby can still catch up.
 *
 * Checked in this order: diverged; streaming; its slot is lost or retains what it needs; the WAL that its upstream has.
 *
 * @returns null when unknown: no upstream, no slot, and no right to read the WAL directory; also when it is paused at its
 * recovery target, as it is not meant to catch up.
 */
export function deriveCatchUp(standby: StandbyContext): CatchUp | null {
  const { stranded, lag, connected, slot } = standby;
  const from = upstreamName(standby);
  if (standsAtTarget(standby.own) && connected !== true) return null;
  if (stranded || lag.unknownReason === "diverged") {
    const because = stranded
      ? "It is on a timeline that its cluster has left"
      : "It has WAL that the primary does not have";
    const rewind = mayRewind(standby.own?.facts.settings?.[0] ?? null) === false ? "" : "use pg_rewind, or ";
    return { verdict: "must_rebuild", text: `${because}: ${rewind}rebuild it from a base backup` };
  }
  if (connected === true && deriveSilence(standby) === null) {
    return { verdict: "streaming", text: `It streams from ${from}` };
  }
  const needs = neededFrom(standby);
  const oldest = oldestPosition(standby);
  const isLost = slot !== null && isLostSlot(slot);
  if (isLost && (refusesLostSlots(standby) || needs === null || oldest === null || needs < oldest)) {
    return withoutWal(standby, `Slot "${slot.slot}" on ${from} has lost the WAL it needs`);
  }
  const restart = slot?.restartPosition ?? null;
  if (slot !== null && !isLost && restart !== null && (needs === null || restart <= needs)) {
    return { verdict: "streaming", text: `Slot "${slot.slot}" on ${from} retains the WAL it needs` };
  }
  if (needs === null || oldest === null) {
    // A connection, even a silent one, could only start with the WAL it needs.
    return connected === true ? { verdict: "streaming", text: `It is connected to ${from}` } : null;
  }
  if (needs >= oldest) {
    return {
      verdict: "streaming",
      text: `${from} has WAL from ${formatLsn(oldest)} on and it needs WAL from ${formatLsn(needs)} on` +
        (slot === null || isLost ? ", but no slot retains it" : ""),
    };
  }
  const gone = formatBytes(lsnDistanceBytes(oldest, needs));
  return withoutWal(
    standby,
    `It needs WAL from ${formatLsn(needs)} on, ${gone} before the oldest that ${from} has`,
  );
}

/**
 * Whether the server rejects streaming with a lost slot. Up to 17 it accepts a physical one: the standby gets the WAL that
 * has not been removed yet (tested on 13 to 18).
 */
function refusesLostSlots({ upstream }: StandbyContext): boolean {
  return (upstream?.facts.server?.[0]?.versionNum ?? Infinity) >= 180000;
}

/**
 * The position from which it needs WAL: its own report while it is reachable, else the furthest known. A slot's position
 * is what its standby has flushed, so an unreachable standby has at least that.
 */
function neededFrom({ own, observations, applied, slot }: StandbyContext): Lsn | null {
  const reported = receivedPosition(own);
  if (own?.up === true) return reported;
  return furthestLsn(observations.received, reported, applied?.position, slot?.restartPosition);
}

/** Where the oldest segment of the upstream begins; a stale value is a lower bound, as removed WAL does not return. */
function oldestPosition({ upstream }: StandbyContext): Lsn | null {
  const file = upstream?.facts.wal_directory?.[0]?.oldestFile;
  const segmentBytes = upstream?.facts.wal?.[0]?.segmentBytes;
  if (file === undefined || file === null || segmentBytes === undefined) return null;
  return parseWalSegment(file, segmentBytes)?.start ?? null;
}

function withoutWal({ own }: StandbyContext, because: string): CatchUp {
  const hasArchive = own?.facts.recovery?.[0]?.hasRestoreCommand;
  if (hasArchive === false) {
    return {
      verdict: "must_rebuild",
      text: `${because}, and it has no restore_command: rebuild it from a base backup`,
    };
  }
  return {
    verdict: "needs_archive",
    text: `${because}: ` +
      (hasArchive === true
        ? "its restore_command may find it in the archive"
        : "only an archive may have it; whether it has a restore_command is unknown"),
  };
}
