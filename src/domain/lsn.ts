/**
 * Positions in the write-ahead log.
 *
 * A position ("LSN") is a 64-bit byte offset. A double is exact only up to 2^53, so positions stay `bigint` and only
 * differences are converted. The text form is two hexadecimal halves, see
 * {@link https://www.postgresql.org/docs/current/datatype-pg-lsn.html}.
 *
 * @module
 */

/** A position in the write-ahead log, in bytes from its beginning. */
export type Lsn = bigint;

const LSN_PATTERN = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;

/**
 * Parses a position as PostgreSQL writes it.
 *
 * @param text For example `16/B374D848`.
 * @returns The position in bytes.
 * @throws {SyntaxError} When the text is not two hexadecimal numbers of at most eight digits.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(parseLsn("1/0"), 4294967296n);
 * ```
 */
export function parseLsn(text: string): Lsn {
  const match = LSN_PATTERN.exec(text);
  if (!match) throw new SyntaxError(`Cannot parse WAL position: expected X/X in hexadecimal, got "${text}"`);
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`);
}

/**
 * Formats a position as PostgreSQL does.
 *
 * @param lsn The position in bytes.
 * @returns For example `16/B374D848`.
 */
export function formatLsn(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
}

/**
 * How far one position is ahead of another.
 *
 * @param ahead The position expected to be the larger.
 * @param behind The position expected to be the smaller.
 * @returns `ahead - behind` in bytes, subtracted exactly and converted once; negative when `ahead` is behind.
 */
export function lsnDistanceBytes(ahead: Lsn, behind: Lsn): number {
  return Number(ahead - behind);
}

/**
 * The furthest of several positions, some of which may be unknown.
 *
 * @param positions Positions; `null` and `undefined` are ignored.
 * @returns The largest, or `null` when none is known.
 */
export function furthestLsn(...positions: readonly (Lsn | null | undefined)[]): Lsn | null {
  let furthest: Lsn | null = null;
  for (const position of positions) {
    if (position === null || position === undefined) continue;
    if (furthest === null || position > furthest) furthest = position;
  }
  return furthest;
}
