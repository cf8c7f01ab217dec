/**
 * The lag clock: how long ago the primary's WAL went past what a standby has applied.
 *
 * Histories are kept per system identifier, timeline and server that wrote them. Per server, because two servers
 * that both write one timeline (a copied data directory started without `standby.signal`, or one server under two
 * names) would otherwise overwrite each other's positions.
 *
 * @module
 */
import { type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";
import { PositionHistory, type PositionSample } from "./position_history.ts";

/** One reading of the position of a server that writes WAL. */
export interface WriterSample extends PositionSample {
  /** `system_identifier` of its cluster. */
  readonly systemIdentifier: string;
  /** The timeline it writes. */
  readonly timeline: number;
  /** The server's name. */
  readonly server: string;
}

/** What is asked of the clock. */
export interface LagQuestion {
  /** `system_identifier` of the standby's cluster. */
  readonly systemIdentifier: string;
  /** The timeline the standby should be on: that of the primary it is measured against. */
  readonly timeline: number;
  /** The position the standby has applied. */
  readonly appliedPosition: Lsn;
  /** When: our monotonic seconds. */
  readonly at: number;
}

/** What the clock knows. */
export interface ClockReading {
  /** Seconds since the WAL went past the applied position, 0 when it has not; null when the clock cannot tell. */
  readonly seconds: number | null;
  /** Whether the WAL had not gone past the applied position at the newest sample. */
  readonly caughtUp: boolean;
  /** The newest sample of the timeline; null when it has none. */
  readonly newest: PositionSample | null;
  /** Bytes from the applied position to where the timeline was at the moment asked for; null without a sample. */
  readonly bytes: number | null;
}

/** The history of one server that wrote one timeline. */
export interface WriterTrack {
  /** `system_identifier` of its cluster. */
  readonly systemIdentifier: string;
  /** The server's name. */
  readonly server: string;
  /** The timeline. */
  readonly timeline: number;
  /** Samples, oldest first. */
  readonly samples: readonly PositionSample[];
}

interface Track {
  readonly server: string;
  readonly timeline: number;
  readonly history: PositionHistory;
}

/** Tracks kept per cluster: so many promotions back. */
const TRACKS_PER_CLUSTER = 8;

/** Of several writers of one timeline, those silent for longer than this no longer count, seconds. */
const WRITER_SILENCE_SECONDS = 30;

/** Remembers where the WAL of each cluster was and when. */
export class LagClock {
  readonly #clusters = new Map<string, Track[]>();

  /**
   * Adds a reading.
   *
   * @param sample The reading; one older than the server's newest is passed over.
   */
  sample(sample: WriterSample): void {
    const tracks = this.#clusters.get(sample.systemIdentifier) ?? [];
    this.#clusters.set(sample.systemIdentifier, tracks);
    let track = tracks.find((each) => each.timeline === sample.timeline && each.server === sample.server);
    if (track === undefined) {
      track = { server: sample.server, timeline: sample.timeline, history: new PositionHistory() };
      tracks.push(track);
      if (tracks.length > TRACKS_PER_CLUSTER) tracks.splice(tracks.indexOf(quietest(tracks)), 1);
    }
    track.history.add({ at: sample.at, position: sample.position });
  }

  /** The whole history. */
  get tracks(): readonly WriterTrack[] {
    return [...this.#clusters].flatMap(([systemIdentifier, tracks]) =>
      tracks.map(({ server, timeline, history }) => ({
        systemIdentifier,
        server,
        timeline,
        samples: history.samples,
      }))
    );
  }

  /**
   * The timelines of a cluster that have a history.
   *
   * @param systemIdentifier The cluster.
   * @returns Timelines, highest first.
   */
  timelinesOf(systemIdentifier: string): readonly number[] {
    const timelines = (this.#clusters.get(systemIdentifier) ?? []).map((track) => track.timeline);
    return [...new Set(timelines)].sort((a, b) => b - a);
  }

  /**
   * The newest sample of a timeline.
   *
   * @param systemIdentifier The cluster.
   * @param timeline The timeline.
   * @returns The sample, or null when there is none.
   */
  newestOf(systemIdentifier: string, timeline: number): PositionSample | null {
    return this.#history(systemIdentifier, timeline)?.newest ?? null;
  }

  /**
   * Where a timeline was at a moment, between samples by interpolation.
   *
   * @param systemIdentifier The cluster.
   * @param moment The timeline, and when: our monotonic seconds.
   * @returns The newest position when the moment is later than that; null when the history does not reach back.
   */
  positionAt(
    systemIdentifier: string,
    { timeline, at }: { readonly timeline: number; readonly at: number },
  ): Lsn | null {
    return this.#history(systemIdentifier, timeline)?.positionAt(at) ?? null;
  }

  /**
   * How far behind a standby is that has applied some position.
   *
   * A new timeline begins where its parent ended, so for a position before its first sample the histories of
   * the timelines below are asked, the next lower first. Such a position has been passed by the new timeline: its
   * lag is never 0, although the old timeline may never have gone past it.
   *
   * Bytes are never negative: a standby ahead of a sample was read a moment after it, and has since applied what
   * the primary wrote between the two readings.
   *
   * @param question The position, the timeline to measure against, and when.
   */
  lagOf(question: LagQuestion): ClockReading {
    const { systemIdentifier, timeline, appliedPosition, at } = question;
    const own = this.#history(systemIdentifier, timeline);
    const newest = own?.newest ?? null;
    if (own === null || newest === null) return { seconds: null, caughtUp: false, newest: null, bytes: null };
    // Like with like: a standby read some seconds ago is compared with where the primary was then.
    const then = own.positionAt(at) ?? newest.position;
    const bytes = Math.max(0, lsnDistanceBytes(then, appliedPosition));
    const passedAt = own.passedAt(appliedPosition) ?? this.#passedOnAncestor(question);
    if (passedAt === null) return { seconds: null, caughtUp: false, newest, bytes };
    return { seconds: Math.max(0, at - passedAt), caughtUp: passedAt === Infinity, newest, bytes };
  }

  #passedOnAncestor({ systemIdentifier, timeline, appliedPosition }: LagQuestion): number | null {
    for (const lower of this.timelinesOf(systemIdentifier)) {
      if (lower >= timeline) continue;
      const history = this.#history(systemIdentifier, lower);
      const passedAt = history?.passedAt(appliedPosition) ?? null;
      if (passedAt === null || history === null) continue;
      // The old timeline ended there; what came next was written right after its last sample.
      return passedAt === Infinity ? history.newest?.at ?? null : passedAt;
    }
    return null;
  }

  /** The history of a timeline; of several writers that still write, the one furthest ahead. */
  #history(systemIdentifier: string, timeline: number): PositionHistory | null {
    const histories = (this.#clusters.get(systemIdentifier) ?? [])
      .filter((track) => track.timeline === timeline)
      .map((track) => track.history);
    const latest = Math.max(...histories.map((history) => history.newest?.at ?? -Infinity));
    let furthest: PositionHistory | null = null;
    for (const history of histories) {
      if (history.newest === null || history.newest.at < latest - WRITER_SILENCE_SECONDS) continue;
      if (furthest?.newest && furthest.newest.position >= history.newest.position) continue;
      furthest = history;
    }
    return furthest;
  }
}

/** The track whose newest sample is the oldest; the last one is being added and stays. */
function quietest(tracks: readonly Track[]): Track {
  return tracks.slice(0, -1).reduce((quiet, track) =>
    (track.history.newest?.at ?? -Infinity) < (quiet.history.newest?.at ?? -Infinity) ? track : quiet
  );
}
