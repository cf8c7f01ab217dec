/**
 * Rates over a window: what forecasts need, where the rate between two readings would jump.
 *
 * @module
 */
import { type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";

/** So many readings make a window; those that come closer together are passed over. */
const READINGS_PER_WINDOW = 30;

interface Reading {
  readonly position: Lsn;
  readonly at: number;
}

/**
 * The mean rate at which a position grew over a window that ends with the latest reading.
 *
 * A reading at or before the beginning of the window is kept, so that the window is covered whole however seldom it
 * is read; a server that was read for a shorter time has the mean of that time.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const rate = new WindowRate(60);
 * rate.add(0n, 0);
 * rate.add(3000n, 15);
 * rate.add(3000n, 30); // one quiet interval halves the rate, it does not end it
 * assertEquals(rate.bytesPerSecond, 100);
 * ```
 */
export class WindowRate {
  readonly #windowSeconds: number;
  #readings: Reading[] = [];

  /**
   * No reading yet.
   *
   * @param windowSeconds How long the window is, seconds.
   */
  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds;
  }

  /** Bytes per second over the window; null before there are two readings. */
  get bytesPerSecond(): number | null {
    const first = this.#readings[0];
    const last = this.#readings[this.#readings.length - 1];
    if (first === undefined || last === undefined || first === last) return null;
    return lsnDistanceBytes(last.position, first.position) / (last.at - first.at);
  }

  /**
   * Adds a reading. A position that steps back (restored, rewound) is no rate, and starts afresh.
   *
   * @param position The position; null (unknown now) forgets the readings before.
   * @param at Our monotonic seconds.
   */
  add(position: Lsn | null, at: number): void {
    if (position === null) {
      this.#readings = [];
      return;
    }
    const last = this.#readings[this.#readings.length - 1];
    if (last !== undefined && position < last.position) this.#readings = [];
    else if (last !== undefined && at - last.at < this.#windowSeconds / READINGS_PER_WINDOW) return;
    this.#readings.push({ position, at });
    while ((this.#readings[1]?.at ?? Infinity) <= at - this.#windowSeconds) this.#readings.shift();
  }
}
