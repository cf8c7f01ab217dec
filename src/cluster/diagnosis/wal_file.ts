/**
 * Names of WAL segments.
 *
 * @module
 */
import type { Lsn } from "../../domain/lsn.ts";

/** A WAL segment, by its name. */
export interface WalSegment {
  /** Its timeline. */
  readonly timeline: number;
  /** Its first byte. */
  readonly start: Lsn;
}

/**
 * Parses the name of a WAL segment: timeline, then its number in two parts, eight hexadecimal digits each.
 *
 * @param name For example `000000010000000A000000FF`.
 * @param segmentBytes `wal_segment_size`.
 * @returns null when this is no such name.
 */
export function parseWalSegment(name: string, segmentBytes: number): WalSegment | null {
  const match = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/.exec(name);
  if (match === null || !(segmentBytes > 0)) return null;
  const [timeline, high, low] = match.slice(1).map((digits) => BigInt(`0x${digits}`));
  if (timeline === undefined || high === undefined || low === undefined) return null;
  return { timeline: Number(timeline), start: (high << 32n) + low * BigInt(segmentBytes) };
}
