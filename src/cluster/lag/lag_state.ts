/**
 * The lag clock's history as text, kept over a restart of the exporter.
 *
 * The monotonic clock restarts with every process, so moments are saved as Unix time and converted back when read. This
 * has two limits. A step of the wall clock between writing and reading (NTP, a suspended machine) shifts every old moment,
 * and the lag of a standby that has applied a position from before the restart, by that step. Positions written while the
 * exporter was down are dated by interpolation, so that lag may be off by the length of the downtime. Everything sampled
 * after the restart is exact.
 *
 * @module
 */
import { formatLsn, parseLsn } from "../../domain/lsn.ts";
import type { PositionSample } from "./position_history.ts";

/** The saved history of one writer of one timeline. */
export interface SavedTrack {
  /** Name of its cluster given by the user; "" when none. */
  readonly cluster: string;
  /** `system_identifier` of its cluster. */
  readonly systemIdentifier: string;
  /** The server's name. */
  readonly server: string;
  /** The timeline. */
  readonly timeline: number;
  /** Samples, oldest first. */
  readonly samples: readonly PositionSample[];
}

/** What is kept over a restart. */
export interface SavedState {
  /** The lag clock's history. */
  readonly tracks: readonly SavedTrack[];
  /** Names of discovered servers, by a key that the one who gives them knows. */
  readonly names: ReadonlyMap<string, string>;
}

/** Version of the format; no other is read. */
const VERSION = 1;

/** A sample later than now by more than this shows that the wall clock was set back, and is left out, seconds. */
const FUTURE_SECONDS = 1;

/**
 * Formats the state as JSON.
 *
 * @param state The history, moments in our monotonic seconds, and the names.
 * @param wallOffsetSeconds Unix time less our monotonic seconds, now.
 */
export function formatLagState({ tracks, names }: SavedState, wallOffsetSeconds: number): string {
  const written = tracks.map(({ cluster, systemIdentifier, server, timeline, samples }) => ({
    ...cluster === "" ? {} : { cluster },
    systemIdentifier,
    server,
    timeline,
    // Milliseconds are exact enough, and half as long.
    samples: samples.map(({ at, position }) => [
      Math.round((at + wallOffsetSeconds) * 1000) / 1000,
      formatLsn(position),
    ]),
  }));
  return `${
    JSON.stringify({
      version: VERSION,
      tracks: written,
      ...names.size === 0 ? {} : { names: Object.fromEntries(names) },
    })
  }\n`;
}

/**
 * Parses what {@linkcode formatLagState} wrote.
 *
 * @param text The text.
 * @param clocks Unix time less our monotonic seconds, and our monotonic seconds, now.
 * @returns The history, moments in our monotonic seconds: negative ones are from before this process; and the names.
 * @throws {SyntaxError} When the text is damaged or of another version.
 */
export function parseLagState(
  text: string,
  { wallOffsetSeconds, now }: { readonly wallOffsetSeconds: number; readonly now: number },
): SavedState {
  const state: unknown = JSON.parse(text);
  if (!isRecord(state) || state.version !== VERSION || !Array.isArray(state.tracks)) {
    throw new SyntaxError(`Cannot parse lag history: expected version ${VERSION} with tracks`);
  }
  const { names = {} } = state;
  if (!isRecord(names)) throw damaged("the names");
  const tracks = state.tracks.map((track: unknown): SavedTrack => {
    if (!isRecord(track) || !Array.isArray(track.samples)) throw damaged("a track");
    const { cluster = "", systemIdentifier, server, timeline } = track;
    if (typeof cluster !== "string") throw damaged("a track's cluster");
    if (typeof systemIdentifier !== "string" || typeof server !== "string") throw damaged("a track's server");
    if (typeof timeline !== "number" || !Number.isSafeInteger(timeline)) throw damaged("a timeline");
    const samples = track.samples.map((sample: unknown) => parseSample(sample, wallOffsetSeconds));
    return {
      cluster,
      systemIdentifier,
      server,
      timeline,
      samples: samples.filter(({ at }) => at <= now + FUTURE_SECONDS).map((sample) => ({
        ...sample,
        at: Math.min(sample.at, now),
      })),
    };
  });
  const named = Object.entries(names).filter((entry): entry is [string, string] =>
    typeof entry[1] === "string"
  );
  return { tracks, names: new Map(named) };
}

function parseSample(sample: unknown, wallOffsetSeconds: number): PositionSample {
  if (!Array.isArray(sample)) throw damaged("a sample");
  const [unixSeconds, position]: readonly unknown[] = sample;
  if (typeof unixSeconds !== "number" || typeof position !== "string") throw damaged("a sample");
  return { at: unixSeconds - wallOffsetSeconds, position: parseLsn(position) };
}

function damaged(what: string): SyntaxError {
  return new SyntaxError(`Cannot parse lag history: ${what} is damaged`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
