/**
 * Rates of positions: true ones, between two readings on one clock.
 *
 * @module
 */
import { type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";

/** Two readings closer than this say more about the moment of reading than about the rate, seconds. */
const SHORTEST_INTERVAL_SECONDS = 0.5;

/** The rate at which one position grows, between its last two readings. */
export class PositionRate {
  #last: { readonly position: Lsn; readonly at: number } | null = null;
  #bytesPerSecond: number | null = null;

  /** Bytes per second between the last two readings; null until there are two, and after a step back. */
  get bytesPerSecond(): number | null {
    return this.#bytesPerSecond;
  }

  /**
   * Adds a reading. One within half a second of the last is passed over; a position that steps back (restored,
   * rewound, received but lost) is no rate, and starts afresh.
   *
   * @param position The position; null (unknown now) forgets the reading before.
   * @param at Our monotonic seconds.
   */
  add(position: Lsn | null, at: number): void {
    if (position === null) {
      this.#last = null;
      this.#bytesPerSecond = null;
      return;
    }
    if (this.#last === null) {
      this.#last = { position, at };
      return;
    }
    const seconds = at - this.#last.at;
    if (seconds < SHORTEST_INTERVAL_SECONDS) return;
    const bytes = lsnDistanceBytes(position, this.#last.position);
    this.#bytesPerSecond = bytes < 0 ? null : bytes / seconds;
    this.#last = { position, at };
  }
}
