/** A counter at a moment. */
export interface CounterReading {
  /** The counter. */
  readonly total: number;
  /** Our monotonic seconds. */
  readonly at: number;
}

/** By how much counters grew recently. Keeps only changes: the recent ones and the last one before. */
export class RecentIncrease {
  readonly #readings = new Map<string, CounterReading[]>();

  /**
   * Adds a reading. A counter that steps back was reset, and starts again.
   *
   * @param name Whose counter.
   * @param reading The reading.
   */
  add(name: string, reading: CounterReading): void {
    const readings = this.#readings.get(name);
    const last = readings?.at(-1);
    if (readings === undefined || last === undefined || reading.total < last.total) {
      this.#readings.set(name, [reading]);
    } else if (reading.total > last.total) readings.push(reading);
  }

  /**
   * The increase of one counter since a moment, or since it was first read.
   *
   * @param name Whose counter.
   * @param from Our monotonic seconds.
   * @returns null when it was never read.
   */
  increase(name: string, from: number): number | null {
    const readings = this.#readings.get(name);
    const [first, last] = [readings?.[0], readings?.at(-1)];
    if (readings === undefined || first === undefined || last === undefined) return null;
    return last.total - (readings.findLast(({ at }) => at <= from) ?? first).total;
  }

  /**
   * Forgets counters that are no longer read, and readings from before a moment.
   *
   * @param names The counters that remain.
   * @param from Our monotonic seconds.
   */
  retain(names: ReadonlySet<string>, from: number): void {
    for (const name of this.#readings.keys()) if (!names.has(name)) this.#readings.delete(name);
    this.since(from);
  }

  /**
   * The increase of each counter since a moment, or since it was first read.
   *
   * @param from Our monotonic seconds; readings before are forgotten.
   * @param names Whose counters; all when absent.
   */
  since(from: number, names: Iterable<string> = this.#readings.keys()): ReadonlyMap<string, number> {
    const increases = new Map<string, number>();
    for (const name of names) {
      const readings = this.#readings.get(name) ?? [];
      while ((readings[1]?.at ?? Infinity) <= from) readings.shift();
      const [first, last] = [readings[0], readings.at(-1)];
      if (first !== undefined && last !== undefined) increases.set(name, last.total - first.total);
    }
    return increases;
  }
}
