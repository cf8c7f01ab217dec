/**
 * Checks derive findings from the view: each is a pure function, registered in `checks.ts` with the text that explains
 * it, so that findings, their catalogue, alerts and runbooks follow from one definition.
 *
 * An unknown fact raises nothing: that it is unknown (a server unreachable, a privilege missing, a collector failing) is
 * a finding of its own.
 *
 * @module
 */
import type { CollectorName } from "../../domain/facts.ts";
import type { RaisedFinding, Severity } from "../../domain/finding.ts";
import type { View } from "../../domain/view.ts";

/** What a check reports; its name is added when it runs. */
export type Diagnosis = Omit<RaisedFinding, "check" | "subject"> & Partial<Pick<RaisedFinding, "subject">>;

/** What a check knows besides the view. */
export interface CheckContext {
  /** Lag from which a standby is a warning, seconds. */
  readonly lagWarningSeconds: number;
  /** Lag from which it is critical, seconds. */
  readonly lagCriticalSeconds: number;
  /** Queries that replay cancelled on each standby within the last ten minutes; absent when unknown. */
  readonly cancelledRecently: ReadonlyMap<string, number>;
}

/** One minute, five minutes, and no cancelled queries. */
export const DEFAULT_CHECK_CONTEXT: CheckContext = {
  lagWarningSeconds: 60,
  lagCriticalSeconds: 300,
  cancelledRecently: new Map(),
};

/** What a condition means and what to do about it; in Markdown, the name of a check in backquotes refers to it. */
export interface Explanation {
  /** What it means and why it matters. */
  readonly meaning: string;
  /** Where to look: queries, metrics, logs. */
  readonly look?: readonly string[];
  /** What to do, in order. */
  readonly steps: readonly string[];
}

/** One check. */
export interface Check extends Explanation {
  /** Stable name in snake_case: the `check` label. */
  readonly name: string;
  /** What holds when it finds nothing: one sentence. */
  readonly title: string;
  /** Views, functions and settings it looks at. */
  readonly looksAt: string;
  /** Collectors without whose facts it can find nothing; `[]` when the state of the connections is enough. */
  readonly reads: readonly CollectorName[];
  /** Whether the view has anything for it to check, besides what it reads; always when absent. */
  readonly applies?: (view: View) => boolean;
  /** Severities it may raise, worst first. */
  readonly severities: readonly Severity[];
  /**
   * Runs the check.
   *
   * @param view Everything known.
   * @param context What else is known.
   * @yields At most one diagnosis for each server and subject.
   */
  find(view: View, context: CheckContext): Iterable<Diagnosis>;
}
