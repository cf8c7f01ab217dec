import type { TableVerdict } from "./check_table.ts";

/** Ends a check before it can decide. */
export class InconclusiveError extends Error {
  /** Class name, for logs. */
  override readonly name = "InconclusiveError";
  /** Verdict of the check. */
  readonly verdict: "busy" | "skipped" | "failed";
  /** The budget that ran out: parts compared so far count, and the next check continues; null when none did. */
  readonly budget: "rows" | "time" | null;

  /** Ends a check with a verdict and its reason. */
  constructor(
    verdict: "busy" | "skipped" | "failed",
    reason: string,
    { budget = null }: { readonly budget?: "rows" | "time" | null } = {},
  ) {
    super(reason);
    this.verdict = verdict;
    this.budget = budget;
  }
}

/** Verdict of a check that compared nothing. */
export function nothingCompared(verdict: InconclusiveError["verdict"], reason: string): TableVerdict {
  return { verdict, reason, difference: null, rowsCompared: null };
}
