/**
 * Where timelines begin, as far as their writers showed it.
 *
 * @module
 */
import type { ServerFact } from "../../domain/facts.ts";
import type { Lsn } from "../../domain/lsn.ts";

/** One server that writes, or wrote, a timeline. */
export interface TimelineWriter {
  /** The server. */
  readonly server: string;
  /** The timeline. */
  readonly timeline: number;
  /** The timeline begins here or earlier: a position beyond it on the timeline before has parted from this one. */
  readonly beginsAtMost: Lsn;
  /** Where it was first seen to write it. */
  readonly seenFrom: Lsn;
  /** The timeline it was promoted from; null when that was not seen. */
  readonly parent: number | null;
}

/** Writers remembered. */
const MOST_WRITERS = 32;

/** Remembers who wrote which timeline of one cluster from where on. */
export class Timelines {
  #writers: TimelineWriter[] = [];

  /** The highest timeline that a server was seen to write; null when none was. */
  get newest(): number | null {
    const timelines = this.#writers.map(({ timeline }) => timeline);
    return timelines.length === 0 ? null : Math.max(...timelines);
  }

  /**
   * Whether a server writes a later timeline than any that was seen, which branched off since: beyond the place where the
   * newest of those was first seen. Without the position it counts as such.
   */
  isBranch({ timeline, recoveryEndPosition: begins = null }: ServerFact): boolean {
    const { newest } = this;
    if (newest === null || timeline === null || timeline <= newest) return false;
    return begins === null ||
      this.#writers.some((each) => each.timeline === newest && each.seenFrom < begins);
  }

  /**
   * Records what a server that is not in recovery showed.
   *
   * @param writer The server; a beginning known before remains when it is earlier, a parent when it was seen.
   */
  observe(writer: TimelineWriter): void {
    const index = this.#writers.findIndex((each) =>
      each.server === writer.server && each.timeline === writer.timeline
    );
    const before = this.#writers[index];
    if (before === undefined) {
      this.#writers.push(writer);
      if (this.#writers.length > MOST_WRITERS) this.#writers.shift();
      return;
    }
    this.#writers[index] = {
      ...before,
      parent: before.parent ?? writer.parent,
      beginsAtMost: before.beginsAtMost < writer.beginsAtMost ? before.beginsAtMost : writer.beginsAtMost,
    };
  }

  /** Forgets what servers wrote that are of another cluster. */
  forget(isForeign: (server: string) => boolean): void {
    this.#writers = this.#writers.filter(({ server }) => !isForeign(server));
  }

  /**
   * Whether a position on one timeline lies beyond where a later one, or one that this descends from, left it, so that
   * its server can never follow.
   *
   * Two servers that were promoted to one timeline begin it each at its own place: the later one counts.
   *
   * @param place Timeline and position of the server, and the timeline that it should follow.
   * @returns The timeline that left it and where, or null when it may still follow, or that is unknown.
   */
  parting(
    place: { readonly timeline: number; readonly position: Lsn; readonly newest: number },
  ): { readonly timeline: number; readonly at: Lsn } | null {
    let timeline: number | null = place.newest;
    while (timeline !== null && timeline > place.timeline) {
      const its = this.#writers.filter((each) => each.timeline === timeline);
      const begins = its.map((each) => each.beginsAtMost).sort((a, b) => (a < b ? 1 : -1))[0];
      if (begins !== undefined && place.position > begins) return { timeline, at: begins };
      const parents = new Set(its.map((each) => each.parent));
      const [parent = null] = parents;
      timeline = parents.size === 1 ? parent : null;
    }
    return null;
  }
}
