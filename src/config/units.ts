const DURATION_UNITS: readonly (readonly [string, number])[] = [
  ["y", 365 * 86400],
  ["w", 7 * 86400],
  ["d", 86400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
  ["ms", 0.001],
];

const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

const SIZE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 2 ** 10,
  kib: 2 ** 10,
  mb: 2 ** 20,
  mib: 2 ** 20,
  gb: 2 ** 30,
  gib: 2 ** 30,
  tb: 2 ** 40,
  tib: 2 ** 40,
};

/**
 * A duration as Prometheus writes it: `500ms`, `15s`, `1m30s`, `1h`, `0`.
 *
 * @param text The duration; units from large to small, whole numbers.
 * @returns Seconds.
 * @throws {SyntaxError} When it is not a duration.
 */
export function parseDuration(text: string): number {
  if (text === "0") return 0;
  const match = DURATION.exec(text);
  if (text === "" || match === null) {
    throw new SyntaxError(
      `Cannot parse duration "${text}": expected a number with a unit, such as 500ms, 15s or 1m30s`,
    );
  }
  return DURATION_UNITS.reduce(
    // Milliseconds are divided, not multiplied by 0.001, so that 300ms is exactly 0.3.
    (sum, [unit, seconds], index) =>
      unit === "ms"
        ? sum + Number(match[index + 1] ?? 0) / 1000
        : sum + Number(match[index + 1] ?? 0) * seconds,
    0,
  );
}

/**
 * A duration as Prometheus writes it.
 *
 * @param seconds The duration in seconds, at millisecond precision.
 * @returns For example `1m30s`.
 */
export function formatDuration(seconds: number): string {
  let rest = Math.round(seconds * 1000);
  if (rest === 0) return "0s";
  let text = "";
  for (const [unit, unitSeconds] of DURATION_UNITS) {
    const unitMs = Math.round(unitSeconds * 1000);
    const count = Math.floor(rest / unitMs);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs;
  }
  return text;
}

/**
 * A size as PostgreSQL writes it, in powers of 1024: `16MB`, `1GB`, `512kB`; also `16MiB` and bare bytes.
 *
 * @param text The size.
 * @returns Bytes.
 * @throws {SyntaxError} When it is not a size.
 */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s?([a-z]*)$/i.exec(text);
  const factor = SIZE_UNITS[(match?.[2] ?? "?").toLowerCase()];
  if (match === null || factor === undefined) {
    throw new SyntaxError(
      `Cannot parse size "${text}": expected bytes or a number with kB, MB, GB or TB, such as 16MB`,
    );
  }
  return Math.round(Number(match[1]) * factor);
}

/**
 * A size as PostgreSQL writes it.
 *
 * @param bytes The size in bytes.
 * @returns For example `16MB`.
 */
export function formatSize(bytes: number): string {
  const units: readonly (readonly [string, number])[] = [["TB", 2 ** 40], ["GB", 2 ** 30], ["MB", 2 ** 20], [
    "kB",
    2 ** 10,
  ]];
  const fitting = units.find(([, factor]) => bytes >= factor && bytes % factor === 0);
  return fitting === undefined ? `${bytes}B` : `${bytes / fitting[1]}${fitting[0]}`;
}
