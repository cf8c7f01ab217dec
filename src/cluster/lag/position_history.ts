/**
 * Where a position was over time: of the WAL of a primary, of what a standby received or replayed, of a slot.
 *
 * "How far behind is a standby, in seconds" is the question when the primary's WAL passed the position that the standby
 * has applied, answered on one clock, whatever the link, the standby's clock or its statistics report. The same history
 * answers how fast a position moves and since when it has not moved.
 *
 * @module
 */
import { type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";

/** Where the WAL was at one moment. */
export interface PositionSample {
  /** Our monotonic seconds. */
  readonly at: number;
  /** The position then. */
  readonly position: Lsn;
}

/** Samples younger than this keep {@linkcode FINEST_SECONDS}, seconds. */
const FINE_AGE_SECONDS = 600;

/** The finest resolution kept, seconds. */
const FINEST_SECONDS = 1;

/** Two readings closer than this say more about the moment of reading than about a rate, seconds. */
export const SHORTEST_INTERVAL_SECONDS = 0.5;

/** So many samples are added between two thinnings: a pass over the history costs microseconds per sample. */
const THIN_EVERY = 64;

/**
 * The resolution at which a sample of some age is kept: 1 s for ten minutes, then a six-hundredth of the age.
 *
 * The number of samples therefore grows with the logarithm of the time covered: a few thousand hold days.
 *
 * @param ageSeconds Age of the sample.
 * @returns Seconds between two kept samples at most, where that many were taken.
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
   * @param keepSeconds How far back it reaches, seconds; without end by default.
   */
  constructor(keepSeconds = Infinity) {
    this.#keepSeconds = keepSeconds;
  }

  /** The latest sample; null when there is none. */
  get newest(): PositionSample | null {
    return this.#samples[this.#samples.length - 1] ?? null;
  }

  /** The first sample, which is never thinned away; null when there is none. */
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
   * A sample that is not later than the newest is passed over: two readings may arrive out of order. A position
   * that steps back means another WAL (rewound, restored): the history starts afresh.
   *
   * @param sample The sample.
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
      // An idle WAL needs the beginning and the end of its rest, nothing between.
      if (sample.position === newest.position && this.#samples.at(-2)?.position === sample.position) {
        this.#samples[this.#samples.length - 1] = sample;
        return;
      }
    }
    this.#samples.push(sample);
    // The sample at or before the beginning of the time kept stays, so that all of that time is covered.
    while ((this.#samples[1]?.at ?? Infinity) <= sample.at - this.#keepSeconds) this.#samples.shift();
    if (++this.#sinceThinned >= THIN_EVERY) this.#thin();
  }

  /**
   * Takes back the samples from a moment on.
   *
   * @param at Our monotonic seconds.
   */
  dropFrom(at: number): void {
    while ((this.newest?.at ?? -Infinity) >= at) this.#samples.pop();
  }

  /**
   * When the WAL went past a position: from then on a standby that has applied just that was behind.
   *
   * Interpolated between the two samples around the position. At the position of an idle WAL it is the *end* of
   * the rest, the last moment at which nothing had been written beyond it.
   *
   * @param position The position.
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
   * Where the WAL was at a moment, interpolated between the two samples around it.
   *
   * @param at Our monotonic seconds.
   * @returns The position, the newest one when the moment is later than that; `null` when it is earlier than the
   * oldest sample or there is none.
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
   * The mean rate over the time up to the newest sample.
   *
   * @param seconds How long that time is; a history that is shorter has the mean of all of it.
   * @returns Bytes per second; null before there are two samples.
   */
  bytesPerSecond(seconds: number): number | null {
    const { newest, oldest } = this;
    if (newest === null || oldest === null || newest.at - oldest.at < SHORTEST_INTERVAL_SECONDS) return null;
    const from = Math.max(oldest.at, newest.at - seconds);
    return lsnDistanceBytes(newest.position, this.positionAt(from) ?? oldest.position) / (newest.at - from);
  }

  /** Since when the newest position has been what it is: our monotonic seconds; null when there is no sample. */
  get restsSince(): number | null {
    const { newest } = this;
    const before = this.#samples.at(-2);
    return before?.position === newest?.position ? before?.at ?? null : newest?.at ?? null;
  }

  /** The sample before the newest; of a position at rest the first one of its rest. Null when there is none. */
  get previous(): PositionSample | null {
    return this.#samples.at(-2) ?? null;
  }

  /** The last sample for which something holds that holds for the oldest, and the next, for which it does not. */
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

  /** Drops a sample when its neighbours stay within the resolution of their age; never the first or the last. */
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
