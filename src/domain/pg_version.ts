/**
 * PostgreSQL versions in the form of `server_version_num`: 150018 is 15.18.
 *
 * @module
 */

/** A half-open range of versions: includes `from`, excludes `until`. */
export interface VersionRange {
  /** First version in the range, as `server_version_num`; absent: no lower bound. */
  readonly from?: number;
  /** First version after the range, as `server_version_num`; absent: no upper bound. */
  readonly until?: number;
}

/** The oldest supported version. */
export const OLDEST_SUPPORTED = 130000;

/** Whether a version, as `server_version_num`, lies in a range. */
export function isInRange(version: number, range: VersionRange): boolean {
  return version >= (range.from ?? 0) && version < (range.until ?? Infinity);
}

/** The major version of a `server_version_num`: 15 of 150018. */
export function majorOf(version: number): number {
  return Math.floor(version / 10000);
}

/**
 * Parses `server_version`, which the server reports at login.
 *
 * @param text For example `15.18 (Debian 15.18-0+deb12u1)`, `19devel` or `18beta2`.
 * @returns `server_version_num`: 150018, 190000, 180000.
 * @throws {SyntaxError} When it does not start with a number.
 */
export function parseServerVersion(text: string): number {
  const match = /^(\d+)(?:\.(\d+))?/.exec(text);
  if (!match) throw new SyntaxError(`Cannot parse server version: expected e.g. "15.18", got "${text}"`);
  return Number(match[1]) * 10000 + Number(match[2] ?? 0);
}
