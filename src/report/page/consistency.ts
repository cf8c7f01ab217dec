import { type Markup, markup } from "../markup.ts";
import type { ReportConsistency } from "../model.ts";
import { tableStatusOf } from "../table_status.ts";
import { type PageRoom, renderLongTable } from "./table.ts";
import { worstFirst } from "../status.ts";
import { formatRoughly, renderReasons, renderStatusLabel } from "./format_html.ts";

/**
 * Consistency checks.
 *
 * @param checks The checks of one cluster.
 * @param room How many the page holds.
 */
export function renderConsistency(
  checks: readonly ReportConsistency[],
  room: PageRoom = {},
): Markup | string {
  if (checks.length === 0) return "";
  return renderLongTable(worstFirst(checks.map((check) => ({ ...tableStatusOf(check), check }))), {
    ...room,
    caption: "Consistency checks",
    columns: ["Table", "Verdict", "Rows compared", "Checked"],
    noun: "table",
    rowOf: ({ check, verdict, status, reasons }) => ({
      key: `${check.standby}/${check.subscription ?? ""}/${check.table}`,
      status,
      cells: [
        markup`<bdi>${check.table}</bdi><span class="about">on <bdi>${check.standby}</bdi>${
          check.subscription === null ? "" : markup`, subscription <bdi>${check.subscription}</bdi>`
        }</span>`,
        markup`${renderStatusLabel(status, verdict)}${renderReasons(reasons)}${renderRange(check)}`,
        check.rows_compared === null ? "none" : String(check.rows_compared),
        markup`${formatRoughly(check.age_seconds)} ago<span class="about">${
          describeConclusive(check)
        }</span>`,
      ],
    }),
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
    ? "no conclusive result yet"
    : `last conclusive ${formatRoughly(conclusive_age_seconds)} ago`;
}
