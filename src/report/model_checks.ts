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
  /** First key of the smallest range that differs; null when none. */
  readonly difference_from_key: string | null;
  /** Last key of that range; null when none. */
  readonly difference_to_key: string | null;
  /** Rows compared; null when none were. */
  readonly rows_compared: number | null;
  /** Age of the check, seconds. */
  readonly age_seconds: number;
  /** Age of the latest conclusive check, seconds; null before the first. */
  readonly conclusive_age_seconds: number | null;
  /** How the latest conclusive check ended, which stands until another one does; null before the first. */
  readonly conclusive_verdict: "equal" | "different" | null;
  /** Why, in one sentence; "" before the first. */
  readonly conclusive_reason: string;
}
