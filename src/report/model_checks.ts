import type { ConsistencyVerdict } from "../domain/consistency.ts";

/**
 * How a check ended: it found something; everything it looks at is fine; it is fine where it could look; it could look
 * nowhere; there is nothing that it is about.
 */
export const CHECK_OUTCOMES = ["found", "fine", "partly_fine", "not_checked", "does_not_apply"] as const;

/** One of {@linkcode CHECK_OUTCOMES}. */
export type CheckOutcome = typeof CHECK_OUTCOMES[number];

/** One of some words, or one that a later release has added: a reader shows it as it stands. */
export type Word<T extends string> = T | (string & Record<never, never>);

/** One check. */
export interface ReportCheck {
  /** Its stable name. */
  readonly name: string;
  /** What holds when it finds nothing. */
  readonly title: string;
  /** Views, functions and settings it looks at. */
  readonly looks_at: string;
  /** How it ended. */
  readonly outcome: Word<CheckOutcome>;
  /** How many findings it raised. */
  readonly findings: number;
  /** Servers of which it could not see all that it looks at. */
  readonly not_checked: readonly ReportCheckGap[];
}

/** A server at which a check could not look. */
export interface ReportCheckGap {
  /** The server. */
  readonly server: string;
  /** Why: one sentence. */
  readonly because: string;
}

/** A stretch of a table, by its key. */
export interface ReportConsistencyWindow {
  /** The key before the first row; null: from the first row. */
  readonly after_key: string | null;
  /** The last key; null: to the end of the table. */
  readonly up_to_key: string | null;
}

/** The latest consistency check of one table on one standby. */
export interface ReportConsistency {
  /** Server name of the standby. */
  readonly standby: string;
  /** Schema and table. */
  readonly table: string;
  /** How it ended. */
  readonly verdict: Word<ConsistencyVerdict>;
  /** Why, in one sentence. */
  readonly reason: string;
  /** First key of the smallest range that differs, until the part it is in was compared equal; null when none. */
  readonly difference_from_key: string | null;
  /** Last key of that range; null when none. */
  readonly difference_to_key: string | null;
  /** Rows compared; null when none were. */
  readonly rows_compared: number | null;
  /** Age of the check, seconds. */
  readonly age_seconds: number;
  /**
   * Age of the latest conclusive check, or of the latest sight of a difference that stands, seconds; null before the
   * first.
   */
  readonly conclusive_age_seconds: number | null;
  /**
   * What stands: `different` until every part that was different has been compared equal, else how the latest
   * conclusive check ended; null before the first.
   */
  readonly conclusive_verdict: "equal" | "different" | null;
  /** Why, in one sentence; "" before the first. */
  readonly conclusive_reason: string;
  /** The rows that the latest check compared: a table may have more than one check may read; null when it compared none. */
  readonly window: ReportConsistencyWindow | null;
  /**
   * Share of the rows that were compared in the pass through the table that is under way or has just ended, 0 to 1; null
   * when the number of rows is not known.
   */
  readonly pass_ratio: number | null;
  /** Time since the latest pass ended in which every row was compared, seconds; null before the first. */
  readonly full_pass_age_seconds: number | null;
}
