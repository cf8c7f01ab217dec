/**
 * Where timelines begin, as far as known.
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
  /** The timeline begins here or earlier: a server beyond it on the previous timeline has diverged. */
  readonly beginsAtMost: Lsn;
  /** Where it was first seen to write it. */
  readonly seenFrom: Lsn;
  /** The timeline it was promoted from; null when that was not seen. */
  readonly parent: number | null;
}

/** Writers remembered. */
const MOST_WRITERS = 32;

/** Remembers which servers wrote which timelines of one cluster, and from where. */
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
   * @param writer The server; an earlier beginning and a known parent are kept.
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
   * Where a later timeline, or one of its ancestors, left the timeline of a server before the server's position, so that
   * the server can never follow.
   *
   * When two servers were promoted to the same timeline, the later beginning counts.
   *
   * @param place Timeline and position of the server, and the timeline that it should follow.
   * @returns The timeline that left it and where; null when it may still follow, or unknown.
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
