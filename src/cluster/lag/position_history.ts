/**
 * A position over time: the WAL of a primary, what a standby received or replayed, a slot.
 *
 * A standby's lag in seconds is the time since the primary's WAL passed the position that the standby has applied: it
 * needs one clock, and neither the standby's clock nor its statistics. The same history shows how fast a position moves,
 * and since when it has not moved.
 *
 * @module
 */
import { type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";

/** A position at one moment. */
export interface PositionSample {
  /** Our monotonic seconds. */
  readonly at: number;
  /** The position. */
  readonly position: Lsn;
}

/** Samples younger than this are kept at {@linkcode FINEST_SECONDS}, seconds. */
const FINE_AGE_SECONDS = 600;

/** The finest resolution kept, seconds. */
const FINEST_SECONDS = 1;

/** Two readings closer than this give no usable rate, seconds. */
export const SHORTEST_INTERVAL_SECONDS = 0.5;

/** Samples added between two thinnings; each thinning is a pass over the history. */
const THIN_EVERY = 64;

/**
 * The resolution at which a sample of some age is kept: 1 s for ten minutes, then a six-hundredth of the age.
 *
 * The number of samples grows with the logarithm of the time covered: a few thousand cover days.
 *
 * @param ageSeconds Age of the sample.
 * @returns The longest gap between two kept samples, seconds, where enough were taken.
 */
export function resolutionAt(ageSeconds: number): number {
  return Math.max(FINEST_SECONDS, FINEST_SECONDS * ageSeconds / FINE_AGE_SECONDS);
}

/**
 * Positions of one WAL over time, oldest first, thinned with age.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const history = new PositionHistory();
 * history.add({ at: 0, position: 100n });
 * history.add({ at: 10, position: 300n });
 * assertEquals(history.passedAt(200n), 5);
 * assertEquals(history.passedAt(300n), Infinity);
 * assertEquals(history.passedAt(99n), null);
 * ```
 */
export class PositionHistory {
  #samples: PositionSample[] = [];
  #sinceThinned = 0;
  readonly #keepSeconds: number;

  /**
   * Starts empty.
   *
   * @param keepSeconds How far back it reaches, seconds; unlimited by default.
   */
  constructor(keepSeconds = Infinity) {
    this.#keepSeconds = keepSeconds;
  }

  /** The latest sample; null when there is none. */
  get newest(): PositionSample | null {
    return this.#samples[this.#samples.length - 1] ?? null;
  }

  /** The oldest sample, which thinning keeps; null when there is none. */
  get oldest(): PositionSample | null {
    return this.#samples[0] ?? null;
  }

  /** The samples kept, oldest first. */
  get samples(): readonly PositionSample[] {
    return [...this.#samples];
  }

  /** How many samples are kept. */
  get size(): number {
    return this.#samples.length;
  }

  /**
   * Adds a sample.
   *
   * A sample that is not later than the newest is ignored: two readings may arrive out of order. A position that steps
   * back means another WAL (rewound, restored): the history is discarded.
   */
  add(sample: PositionSample): void {
    const newest = this.newest;
    if (newest !== null) {
      if (sample.at <= newest.at) return;
      if (sample.position < newest.position) {
        this.#samples = [sample];
        this.#sinceThinned = 0;
        return;
      }
      // Of an idle period only the first and the last sample are kept.
      if (sample.position === newest.position && this.#samples.at(-2)?.position === sample.position) {
        this.#samples[this.#samples.length - 1] = sample;
        return;
      }
    }
    this.#samples.push(sample);
    // The sample at or before the beginning of the period stays, so that the whole period is covered.
    while ((this.#samples[1]?.at ?? Infinity) <= sample.at - this.#keepSeconds) this.#samples.shift();
    if (++this.#sinceThinned >= THIN_EVERY) this.#thin();
  }

  /**
   * Discards the samples from a moment on.
   *
   * @param at Our monotonic seconds.
   */
  dropFrom(at: number): void {
    while ((this.newest?.at ?? -Infinity) >= at) this.#samples.pop();
  }

  /**
   * When the WAL went past a position: from then on a standby that has applied up to there was behind.
   *
   * Interpolated between the two samples around the position. For the position of an idle period it is the *end* of the
   * period, the last moment at which nothing had been written beyond it.
   *
   * @returns Our monotonic seconds; `Infinity` when the WAL has not gone past it yet; `null` when the history does
   * not reach back to it or is empty.
   */
  passedAt(position: Lsn): number | null {
    const oldest = this.oldest;
    if (oldest === null || position < oldest.position) return null;
    const [before, after] = this.#around((sample) => sample.position <= position);
    if (before === undefined || after === undefined) return Infinity;
    const share = Number(position - before.position) / Number(after.position - before.position);
    return before.at + share * (after.at - before.at);
  }

  /**
   * The position at a moment, interpolated between the two samples around it.
   *
   * @param at Our monotonic seconds.
   * @returns The position, the newest one for a later moment; `null` before the oldest sample or without samples.
   */
  positionAt(at: number): Lsn | null {
    const oldest = this.oldest;
    if (oldest === null || at < oldest.at) return null;
    const [before, after] = this.#around((sample) => sample.at <= at);
    if (before === undefined || after === undefined) return before?.position ?? null;
    const share = (at - before.at) / (after.at - before.at);
    return before.position + BigInt(Math.floor(share * Number(after.position - before.position)));
  }

  /**
   * The mean rate over a window up to the newest sample.
   *
   * @param seconds Length of the window; a shorter history is used as a whole.
   * @returns Bytes per second; null before there are two samples.
   */
  bytesPerSecond(seconds: number): number | null {
    const { newest, oldest } = this;
    if (newest === null || oldest === null || newest.at - oldest.at < SHORTEST_INTERVAL_SECONDS) return null;
    const from = Math.max(oldest.at, newest.at - seconds);
    return lsnDistanceBytes(newest.position, this.positionAt(from) ?? oldest.position) / (newest.at - from);
  }

  /** The sample before the newest, of an idle period its first sample; null when there is none. */
  get previous(): PositionSample | null {
    return this.#samples.at(-2) ?? null;
  }

  /** The last sample for which a condition holds, and the next; it must hold for the oldest, and for none after a miss. */
  #around(
    holds: (sample: PositionSample) => boolean,
  ): readonly [PositionSample | undefined, PositionSample | undefined] {
    let low = 0;
    let high = this.#samples.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const sample = this.#samples[middle];
      if (sample !== undefined && holds(sample)) low = middle;
      else high = middle - 1;
    }
    return [this.#samples[low], this.#samples[low + 1]];
  }

  /** Drops samples whose neighbours are within the resolution of their age; never the first or the last. */
  #thin(): void {
    this.#sinceThinned = 0;
    const newest = this.newest;
    if (newest === null) return;
    const kept: PositionSample[] = [];
    this.#samples.forEach((sample, index) => {
      const before = kept[kept.length - 1];
      const after = this.#samples[index + 1];
      // The younger neighbour's age decides, so that a gap is never wider than the resolution anywhere in it.
      const redundant = before !== undefined && after !== undefined &&
        after.at - before.at <= resolutionAt(newest.at - after.at);
      if (!redundant) kept.push(sample);
    });
    this.#samples = kept;
  }
}
