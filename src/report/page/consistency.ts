import { type Markup, markup } from "../markup.ts";
import type { ReportConsistency, Status } from "../model.ts";
import { renderTable } from "./table.ts";
import { formatRoughly, renderStatus } from "./words.ts";

const STATUSES: Readonly<Record<ReportConsistency["verdict"], Status>> = {
  equal: "healthy",
  different: "critical",
  busy: "unknown",
  skipped: "unknown",
  failed: "warning",
};

/**
 * Consistency checks.
 *
 * @param checks The checks of one cluster.
 */
export function renderConsistency(checks: readonly ReportConsistency[]): Markup | string {
  if (checks.length === 0) return "";
  return renderTable({
    caption: "Consistency checks",
    columns: ["Table", "Verdict", "Rows compared", "Checked"],
    rows: checks.map((check) => ({
      key: `${check.standby}/${check.table}`,
      status: STATUSES[check.verdict],
      cells: [
        markup`<bdi>${check.table}</bdi><span class="about">on <bdi>${check.standby}</bdi></span>`,
        markup`${
          renderStatus(STATUSES[check.verdict], check.verdict)
        }<span class="reason"><bdi>${check.reason}</bdi></span>${renderRange(check)}`,
        check.rows_compared === null ? "none" : String(check.rows_compared),
        markup`${ago(check.age_seconds)}<span class="about">${describeConclusive(check)}</span>`,
      ],
    })),
  });
}

function renderRange(
  { difference_from_key: from, difference_to_key: to }: ReportConsistency,
): Markup | string {
  if (from === null) return "";
  return markup`<span class="reason">Keys <code>${from}</code> to <code>${to ?? from}</code></span>`;
}

function describeConclusive({ conclusive_age_seconds }: ReportConsistency): string {
  return conclusive_age_seconds === null
    ? "never conclusive so far"
    : `last conclusive ${ago(conclusive_age_seconds)}`;
}

function ago(seconds: number): string {
  return `${formatRoughly(seconds)} ago`;
}
