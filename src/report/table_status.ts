import type { ConsistencyVerdict } from "../domain/consistency.ts";
import { formatSeconds } from "../domain/quantities.ts";
import type { ReportConsistency, Status, Word } from "./model.ts";

/** What is shown of a compared table. */
export interface TableStatus {
  /** The verdict in effect: a difference until its rows were compared equal, else the latest verdict. */
  readonly verdict: Word<ConsistencyVerdict>;
  /** Its status. */
  readonly status: Status;
  /** Why; how a later inconclusive check ended; which rows were compared, when not all: sentences. */
  readonly reasons: readonly string[];
}

const STATUS_OF_VERDICT: ReadonlyMap<Word<ConsistencyVerdict>, Status> = new Map([
  ["equal", "healthy"],
  ["different", "critical"],
  ["failed", "warning"],
]);

/**
 * The verdict in effect on a table: a difference persists over later inconclusive checks.
 *
 * @param check Its latest check.
 */
export function tableStatusOf(check: ReportConsistency): TableStatus {
  const { verdict, reason, conclusive_verdict, conclusive_reason, conclusive_age_seconds } = check;
  const coverage = describeCoverage(check);
  if (verdict === "different" || conclusive_verdict !== "different") {
    const reasons = [reason, coverage].filter((each) => each !== "");
    return { verdict, status: STATUS_OF_VERDICT.get(verdict) ?? "unknown", reasons };
  }
  const age = conclusive_age_seconds === null ? "" : ` ${ago(conclusive_age_seconds)}`;
  const latest = verdict === "equal"
    ? "the latest check compared other rows"
    : `the latest check was inconclusive (${verdict})${reason === "" ? "" : `: ${reason}`}`;
  return {
    verdict: "different",
    status: "critical",
    reasons: [conclusive_reason, `Found${age}; ${latest}`, coverage].filter((each) => each !== ""),
  };
}

/** Which rows were compared, when not the whole table at once; else "". */
function describeCoverage({ window, pass_ratio, full_pass_age_seconds }: ReportConsistency): string {
  const { after_key: after, up_to_key: upTo } = window ?? { after_key: null, up_to_key: null };
  const isPart = after !== null || upTo !== null;
  if (!isPart && (window !== null || pass_ratio === null || pass_ratio === 1)) return "";
  const rows = isPart
    ? `Compared ${after === null ? "from the first row" : `after key ${after}`} ${
      upTo === null ? "to the end" : `up to key ${upTo}`
    }; `
    : "";
  const share = pass_ratio === null
    ? "share of the table unknown"
    : `${Math.floor(100 * pass_ratio)} % of the table in this pass`;
  const full = full_pass_age_seconds === null ? "no" : `the latest`;
  const ended = full_pass_age_seconds === null ? "so far" : `ended ${ago(full_pass_age_seconds)}`;
  return `${rows}${share}; ${full} full pass ${ended}`;
}

function ago(seconds: number): string {
  return `${formatSeconds(Math.floor(seconds))} ago`;
}
