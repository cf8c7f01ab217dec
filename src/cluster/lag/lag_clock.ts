/**
 * The lag clock: how long ago the primary's WAL passed what a standby has applied.
 *
 * Histories are kept per timeline and server, because two servers may write the same timeline (a copied data directory
 * started without `standby.signal`).
 *
 * @module
 */
import { type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";
import { PositionHistory, type PositionSample } from "./position_history.ts";

/** One position of a server that writes WAL. */
export interface WriterSample extends PositionSample {
  /** The timeline it writes. */
  readonly timeline: number;
  /** The server's name. */
  readonly server: string;
}

/** A question to the clock. */
export interface LagQuestion {
  /** The timeline the standby should be on: that of the primary it is measured against. */
  readonly timeline: number;
  /** The position the standby has applied. */
  readonly appliedPosition: Lsn;
  /** The moment: our monotonic seconds. */
  readonly at: number;
}

/** The answer. */
export interface ClockReading {
  /** Seconds since the WAL went past the applied position, 0 when it has not; null when unknown. */
  readonly seconds: number | null;
  /** Whether the WAL had not gone past the applied position at the newest sample. */
  readonly caughtUp: boolean;
  /** The newest sample of the timeline; null when it has none. */
  readonly newest: PositionSample | null;
  /** Bytes from the applied position to the end of the timeline at that moment; null without a sample. */
  readonly bytes: number | null;
}

/** The history of one writer of one timeline. */
export interface WriterTrack {
  /** The server's name. */
  readonly server: string;
  /** The timeline. */
  readonly timeline: number;
  /** Where its WAL was. */
  readonly history: PositionHistory;
}

/** Tracks kept, one per promotion or writer. */
const MOST_TRACKS = 8;

/** Of several writers of one timeline, those silent for longer than this do not count, seconds. */
const WRITER_SILENCE_SECONDS = 30;

/** Remembers the WAL positions of one cluster over time. */
export class LagClock {
  #tracks: readonly WriterTrack[] = [];
  /** Where timelines began, with the latest moment at which nothing was written to them; only those seen to begin. */
  readonly #branches = new Map<number, WriterSample>();

  /** The whole history. */
  get tracks(): readonly WriterTrack[] {
    return this.#tracks;
  }

  /** The timelines that have a history, highest first. */
  get timelines(): readonly number[] {
    return [...new Set(this.#tracks.map(({ timeline }) => timeline))].sort((a, b) => b - a);
  }

  /**
   * Adds a sample.
   *
   * @param sample The sample; one older than the server's newest is ignored.
   * @returns The history it belongs to.
   */
  sample({ server, timeline, at, position }: WriterSample): PositionHistory {
    let track = this.#tracks.find((each) => each.timeline === timeline && each.server === server);
    if (track === undefined) {
      track = { server, timeline, history: new PositionHistory() };
      const tracks = [...this.#tracks, track];
      const quiet = tracks.length > MOST_TRACKS ? quietest(tracks) : null;
      this.#tracks = tracks.filter((each) => each !== quiet);
    }
    track.history.add({ at, position });
    return track.history;
  }

  /**
   * Adds where a promoted server began its timeline.
   *
   * @param sample The end of recovery, and the latest moment at which it had not been promoted.
   */
  begin(sample: WriterSample): void {
    this.sample(sample);
    this.#branches.set(sample.timeline, sample);
  }

  /**
   * Where the cluster left a timeline: what the last writer of the timeline lacks begins there, whatever it wrote last.
   *
   * @returns null when that was not seen.
   */
  endOf(timeline: number): Lsn | null {
    const next = [...this.#branches.keys()].filter((each) => each > timeline).sort((a, b) => a - b)[0];
    return next === undefined ? null : this.#branches.get(next)?.position ?? null;
  }

  /** Forgets what servers wrote that are of another cluster. */
  forget(isForeign: (server: string) => boolean): void {
    this.#tracks = this.#tracks.filter(({ server }) => !isForeign(server));
    for (const [timeline, { server }] of this.#branches) {
      if (isForeign(server)) this.#branches.delete(timeline);
    }
  }

  /**
   * The history of a timeline; with several servers that still write it, of the one furthest ahead.
   *
   * @returns null when it has none.
   */
  historyOf(timeline: number): PositionHistory | null {
    const histories = this.#tracks.filter((track) => track.timeline === timeline).map(({ history }) =>
      history
    );
    if (histories.length < 2) return histories[0] ?? null;
    const latest = Math.max(...histories.map(({ newest }) => newest?.at ?? -Infinity));
    let furthest: PositionHistory | null = null;
    for (const history of histories) {
      if (history.newest === null || history.newest.at < latest - WRITER_SILENCE_SECONDS) continue;
      if (furthest?.newest && furthest.newest.position >= history.newest.position) continue;
      furthest = history;
    }
    return furthest;
  }

  /**
   * The lag of a standby that has applied some position.
   *
   * A new timeline begins where its parent ended, so a position before its first sample is looked up in the histories of
   * lower timelines, highest first. The new timeline has passed such a position, so its lag is never 0, even when the old
   * timeline had not passed it.
   *
   * Bytes are never negative: a standby ahead of a sample was only read later than the primary.
   *
   * @param question The position, the timeline to measure against, and when.
   */
  lagOf(question: LagQuestion): ClockReading {
    const { timeline, appliedPosition, at } = question;
    const own = this.historyOf(timeline);
    const newest = own?.newest ?? null;
    if (own === null || newest === null) return { seconds: null, caughtUp: false, newest: null, bytes: null };
    // A standby read some seconds ago is compared with the primary's position at that time.
    const then = own.positionAt(at) ?? newest.position;
    const bytes = Math.max(0, lsnDistanceBytes(then, appliedPosition));
    const passedAt = own.passedAt(appliedPosition) ?? this.#passedOnAncestor(question);
    if (passedAt === null) return { seconds: null, caughtUp: false, newest, bytes };
    return { seconds: Math.max(0, at - passedAt), caughtUp: passedAt === Infinity, newest, bytes };
  }

  #passedOnAncestor({ timeline, appliedPosition }: LagQuestion): number | null {
    for (const lower of this.timelines) {
      if (lower >= timeline) continue;
      const history = this.historyOf(lower);
      const passedAt = history?.passedAt(appliedPosition) ?? null;
      if (passedAt === null || history === null) continue;
      // The old timeline ended there; what came next was written right after its last sample.
      return passedAt === Infinity ? history.newest?.at ?? null : passedAt;
    }
    return null;
  }
}

/** The track whose newest sample is the oldest; the last one is being added and does not count. */
function quietest(tracks: readonly WriterTrack[]): WriterTrack {
  return tracks.slice(0, -1).reduce((quiet, track) =>
    (track.history.newest?.at ?? -Infinity) < (quiet.history.newest?.at ?? -Infinity) ? track : quiet
  );
}
