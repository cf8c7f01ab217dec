/**
 * Diagnoses.
 *
 * @module
 */

/** How bad a finding is. */
export const SEVERITIES = ["critical", "warning", "info"] as const;

/** One of {@linkcode SEVERITIES}. */
export type Severity = typeof SEVERITIES[number];

/** One diagnosis: what is wrong, the evidence, since when, and what to do. */
export interface Finding {
  /** Stable name of the check, in snake_case: the `check` label. */
  readonly check: string;
  /** How bad it is. */
  readonly severity: Severity;
  /** The server, or "cluster". */
  readonly server: string;
  /** Part of the server, where there may be several: a slot, a standby; "" otherwise. */
  readonly subject: string;
  /** What is wrong: one sentence. */
  readonly summary: string;
  /** The numbers and settings that show it. */
  readonly evidence: string;
  /** What to do, with the SQL or the file to change. */
  readonly advice: string;
  /** Since when it has held without interruption: our monotonic seconds. */
  readonly since: number;
}

/** A finding as a check raises it; since when it holds is added by the tracker. */
export type RaisedFinding = Omit<Finding, "since">;
