/**
 * Whether a standby can still catch up: by streaming, with an archive, or only when it is built anew.
 *
 * Streaming starts at the beginning of the segment a standby stands in (`RequestXLogStreaming()`), so its upstream
 * must have that segment: a slot keeps it, or it has not been removed yet. Segments are removed by their number
 * whatever their timeline (`RemoveOldXlogFiles()`), so the oldest name in the directory is the oldest number.
 *
 * @module
 */
import { formatLsn, furthestLsn, type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";
import { formatBytes } from "../../domain/quantities.ts";
import type { SlotFact } from "../../domain/facts.ts";
import type { CatchUpVerdict } from "../../domain/standby.ts";
import { ownReceived, type StandbySituation, upstreamName } from "./situation.ts";
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
 * In this order: parted from its cluster; streaming; its slot lost or keeping what it needs; what its upstream has.
 *
 * @param situation The standby.
 * @returns null when nothing tells: no upstream, no slot and no right to see the WAL directory.
 */
export function deriveCatchUp(situation: StandbySituation): CatchUp | null {
  const { stranded, lag, connected, slot } = situation;
  const from = upstreamName(situation);
  if (stranded || lag.unknownReason === "diverged") {
    return {
      verdict: "must_rebuild",
      text: stranded
        ? "It is on a timeline that its cluster has left: use pg_rewind, or build it anew from a base backup"
        : "It has WAL that the primary does not have: use pg_rewind, or build it anew from a base backup",
    };
  }
  if (connected === true && deriveSilence(situation) === null) {
    return { verdict: "streaming", text: `It streams from ${from}` };
  }
  const needs = neededFrom(situation);
  const oldest = oldestPosition(situation);
  const isLost = slot !== null && isLostSlot(slot);
  if (isLost && (refusesLostSlots(situation) || needs === null || oldest === null || needs < oldest)) {
    return withoutWal(situation, `Slot "${slot.slot}" on ${from} has lost the WAL it needs`);
  }
  const restart = slot?.restartPosition ?? null;
  if (slot !== null && !isLost && restart !== null && (needs === null || restart <= needs)) {
    return { verdict: "streaming", text: `Slot "${slot.slot}" on ${from} keeps the WAL it needs` };
  }
  if (needs === null || oldest === null) {
    // A link that is open, if silent, had what it needs when it was opened.
    return connected === true ? { verdict: "streaming", text: `It is connected to ${from}` } : null;
  }
  if (needs >= oldest) {
    return {
      verdict: "streaming",
      text: `${from} has WAL from ${formatLsn(oldest)} on and it needs WAL from ${formatLsn(needs)} on` +
        (slot === null || isLost ? ", but no slot keeps it" : ""),
    };
  }
  const gone = formatBytes(lsnDistanceBytes(oldest, needs));
  return withoutWal(
    situation,
    `It needs WAL from ${formatLsn(needs)} on, ${gone} before the oldest that ${from} has`,
  );
}

/**
 * Whether a standby cannot stream through a slot that is lost. Up to 17 a physical one is not refused: the standby
 * gets what has not been removed yet (seen on 13 to 18).
 */
function refusesLostSlots({ upstream }: StandbySituation): boolean {
  return (upstream?.facts.server?.[0]?.versionNum ?? Infinity) >= 180000;
}

/**
 * From where on it needs WAL: its own word when it is reached, else the furthest that anybody knows. A slot stands
 * where its standby has flushed to, so one that is not reached has at least that.
 */
function neededFrom({ own, signs, lastPosition, slot }: StandbySituation): Lsn | null {
  if (own?.up === true) return ownReceived(own);
  return furthestLsn(signs.received, ownReceived(own), lastPosition, slot?.restartPosition);
}

/**
 * Whether a slot no longer keeps the WAL its standby needs.
 *
 * @param slot The slot.
 */
export function isLostSlot({ walStatus, invalidationReason }: SlotFact): boolean {
  return walStatus === "lost" || invalidationReason !== null;
}

/** Where the oldest segment of the upstream begins: a stale answer is a lower bound, as old WAL does not return. */
function oldestPosition({ upstream }: StandbySituation): Lsn | null {
  const file = upstream?.facts.wal_directory?.[0]?.oldestFile;
  const segmentBytes = upstream?.facts.wal?.[0]?.segmentBytes;
  if (file === undefined || file === null || segmentBytes === undefined) return null;
  return parseWalSegment(file, segmentBytes)?.start ?? null;
}

function withoutWal({ own }: StandbySituation, because: string): CatchUp {
  const hasArchive = own?.facts.recovery?.[0]?.hasRestoreCommand;
  if (hasArchive === false) {
    return {
      verdict: "must_rebuild",
      text: `${because}, and it has no restore_command: build it anew from a base backup`,
    };
  }
  return {
    verdict: "needs_archive",
    text: `${because}: ` +
      (hasArchive === true
        ? "its restore_command may find it in the archive"
        : "only an archive may have it; whether it has a restore_command is not known"),
  };
}
