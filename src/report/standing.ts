import type { ConsistencyVerdict } from "../domain/consistency.ts";
import { formatSeconds } from "../domain/quantities.ts";
import type { ReportConsistency, Status, Word } from "./model.ts";

/** What is shown of a table that is compared. */
export interface Standing {
  /** What stands: a difference until it is refuted, else how the latest check ended. */
  readonly verdict: Word<ConsistencyVerdict>;
  /** What that means. */
  readonly status: Status;
  /** Why, and how a later check ended that could not tell: sentences. */
  readonly reasons: readonly string[];
}

const STATUS_OF: ReadonlyMap<Word<ConsistencyVerdict>, Status> = new Map([
  ["equal", "healthy"],
  ["different", "critical"],
  ["failed", "warning"],
]);

/**
 * What stands of a table: one that was found different stays so while later checks cannot tell.
 *
 * @param check Its latest check.
 */
export function standingOf(check: ReportConsistency): Standing {
  const { verdict, reason, conclusive_verdict, conclusive_reason, conclusive_age_seconds } = check;
  const isRefuted = verdict === "equal" || verdict === "different";
  if (isRefuted || conclusive_verdict !== "different") {
    return { verdict, status: STATUS_OF.get(verdict) ?? "unknown", reasons: reason === "" ? [] : [reason] };
  }
  const age = conclusive_age_seconds === null
    ? ""
    : ` ${formatSeconds(Math.floor(conclusive_age_seconds))} ago`;
  return {
    verdict: "different",
    status: "critical",
    reasons: [
      ...conclusive_reason === "" ? [] : [conclusive_reason],
      `Found${age}; the latest check could not tell (${verdict})${reason === "" ? "" : `: ${reason}`}`,
    ],
  };
}
