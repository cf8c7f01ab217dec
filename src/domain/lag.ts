/**
 * The lag of a standby, or why it is unknown.
 *
 * @module
 */

/** Where a lag in seconds came from. */
export type LagSource = "clock" | "sender" | "replay_timestamp";

/** Why the lag of a standby in seconds is unknown: a closed set, in the order of publication. */
export const LAG_UNKNOWN_REASONS = [
  "no_primary", // no server of its cluster was ever seen as a primary
  "primary_unreachable", // it has applied all WAL that the primary had when last read, and the primary is unreachable now
  "never_seen", // neither it nor its upstream has reported a position of it
  "identity_unknown", // its system identifier is unknown, so it belongs to no cluster
  "history_too_short", // older than the clock's history, or that of the primary may not be read, and there is no other source
  "other_timeline", // it is on a timeline whose primary is unknown
  "diverged", // it has WAL that the primary does not have
] as const;

/** One of {@linkcode LAG_UNKNOWN_REASONS}. */
export type LagUnknownReason = typeof LAG_UNKNOWN_REASONS[number];

/** The lag of one standby, or why it is unknown. */
export interface StandbyLag {
  /** The standby's server name. */
  readonly server: string;
  /** Seconds behind the primary; null when unknown. */
  readonly seconds: number | null;
  /** Bytes behind the primary; null when unknown. */
  readonly bytes: number | null;
  /** Source of `seconds`; null when unknown. */
  readonly source: LagSource | null;
  /** Why `seconds` is unknown, as one of a closed set; null when it is known. */
  readonly unknownReason: LagUnknownReason | null;
  /** Why `seconds` is unknown, one sentence for a person; "" when it is known. */
  readonly unknownBecause: string;
  /** What is known while no primary responds; absent while one does. */
  readonly withoutPrimary?: LagWithoutPrimary;
}

/** How far behind a standby can be while no primary responds. */
export interface LagWithoutPrimary {
  /** Seconds since it was last known to have all WAL: it cannot be further behind. Infinity when that was never known. */
  readonly atMostSeconds: number;
  /** Whether it has applied all WAL that any server of its cluster is known to have, but for less than a page (8 kB). */
  readonly hasAllKnown: boolean;
}

/** The lag of a standby at one moment. */
export interface LagPoint {
  /** The moment: our monotonic seconds. */
  readonly at: number;
  /** Seconds behind the primary; null when unknown. */
  readonly seconds: number | null;
  /** Bytes behind the primary; null when unknown. */
  readonly bytes: number | null;
}

/**
 * Upper bounds of the buckets of sampled lags, seconds. Each standby has a series for each: these few hold what is asked
 * for. 5 s and 30 s are steps of the health score, one and five minutes those of report and alerts; between 0.5 s, which
 * is less than a sample can tell from 0, and an hour they are two to four times as far apart.
 */
export const LAG_BOUNDS_SECONDS: readonly number[] = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600];

/** Samples of the lag of one standby or subscription, usually one a second. */
export interface LagSamples {
  /** Samples in each bucket of {@linkcode LAG_BOUNDS_SECONDS} alone, then those above the last bound. */
  readonly counts: readonly number[];
  /** Sum of the known lags, seconds. */
  readonly sum: number;
  /** Samples at which the lag was unknown. */
  readonly unknown: number;
  /** When the first was taken: Unix seconds. */
  readonly createdUnixSeconds: number;
  /** Those of the last hour. */
  readonly lastHour: LagHour;
}

/** Samples of the lag of one standby or subscription over the last hour, less its `recovery_min_apply_delay`. */
export interface LagHour {
  /** Samples up to the warning lag. */
  readonly within: number;
  /** Samples above it. */
  readonly beyond: number;
  /** Samples at which the lag was unknown. */
  readonly unknown: number;
}
