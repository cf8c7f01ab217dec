/**
 * Diagnoses from the view: each check is a pure function, registered in `checks.ts` with what it looks at, so that
 * the list of what was checked and found fine follows from the same definitions.
 *
 * A fact that is not known raises nothing: that it is not known (a server not reached, a right missing, a collector
 * that fails) is a finding of its own.
 *
 * @module
 */
import type { CollectorName } from "../../domain/facts.ts";
import type { RaisedFinding, Severity } from "../../domain/finding.ts";
import type { View } from "../../domain/view.ts";

/** What a check finds; its own name is added when it is run. */
export type Diagnosis = Omit<RaisedFinding, "check">;

/** What a check knows besides the view. */
export interface CheckContext {
  /** Lag from which a standby is a warning, seconds. */
  readonly lagWarningSeconds: number;
  /** Lag from which it is critical, seconds. */
  readonly lagCriticalSeconds: number;
  /** Queries that replay cancelled on each standby within the last ten minutes; absent when that is unknown. */
  readonly cancelledRecently: ReadonlyMap<string, number>;
}

/** A minute and five, and no query known to have been cancelled. */
export const DEFAULT_CHECK_CONTEXT: CheckContext = {
  lagWarningSeconds: 60,
  lagCriticalSeconds: 300,
  cancelledRecently: new Map(),
};

/** One check. */
export interface Check {
  /** Stable name in snake_case: the `check` label. */
  readonly name: string;
  /** What holds when it finds nothing: one sentence. */
  readonly title: string;
  /** Views, functions and settings it looks at. */
  readonly looksAt: string;
  /** Collectors without whose facts it can find nothing; `[]` when the state of the connections is enough. */
  readonly reads: readonly CollectorName[];
  /** Whether there is anything that it is about, besides what it reads; always when not given. */
  readonly applies?: (view: View) => boolean;
  /** Severities it may raise, worst first. */
  readonly severities: readonly Severity[];
  /** What a finding means and why it matters. */
  readonly meaning: string;
  /** What to do, in general; each finding has its own with names and numbers. */
  readonly remedy: string;
  /**
   * Looks.
   *
   * @param view Everything known.
   * @param context What else is known.
   * @yields At most one diagnosis for each server and subject.
   */
  find(view: View, context: CheckContext): Iterable<Diagnosis>;
}
