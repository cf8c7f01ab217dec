/**
 * The latest events.
 *
 * @module
 */
import type { Clock } from "../../domain/clock.ts";
import type { ClusterEvent, EventKind } from "../../domain/event.ts";

/** Events kept. */
const MOST_EVENTS = 500;

/** What happened, before it has a time. */
export interface Happening {
  /** What. */
  readonly kind: EventKind;
  /** The server it concerns. */
  readonly server: string;
  /** One sentence for a person, without a full stop. */
  readonly message: string;
}

/** Keeps the latest events, oldest first. */
export class EventMemory {
  readonly #clock: Clock;
  #events: readonly ClusterEvent[] = [];
  #untold: readonly ClusterEvent[] = [];

  /** Knows of nothing yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The latest events, oldest first. */
  get latest(): readonly ClusterEvent[] {
    return this.#events;
  }

  /**
   * Records what happened just now.
   *
   * @param happenings What happened.
   */
  add(happenings: readonly Happening[]): void {
    if (happenings.length === 0) return;
    const at = this.#clock.monotonic();
    const unixSeconds = this.#clock.wall();
    const events = happenings.map((each) => ({ ...each, at, unixSeconds }));
    this.#events = [...this.#events, ...events].slice(-MOST_EVENTS);
    this.#untold = [...this.#untold, ...events].slice(-MOST_EVENTS);
  }

  /** What was recorded since the last call. */
  take(): readonly ClusterEvent[] {
    const events = this.#untold;
    this.#untold = [];
    return events;
  }
}
