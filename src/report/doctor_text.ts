import type { Check } from "../cluster/findings/check.ts";
import { countOf } from "../domain/quantities.ts";
import type { DoctorReport } from "./doctor.ts";
import type { ReportCheck } from "./model.ts";
import { type Line, span, styleOf } from "./styled_text/line.ts";
import { layFindings } from "./text/finding.ts";
import {
  indent,
  layProblems,
  layStamp,
  layTable,
  section,
  type TextOptions,
  wrap,
  writeLines,
} from "./text/lines.ts";

/**
 * Renders what the doctor says: findings worst first, then what could not be checked and why, then what is fine.
 *
 * @param report What it says.
 * @param options Columns and colours.
 * @returns Text that ends in a line feed.
 */
export function renderDoctorText(report: DoctorReport, options: TextOptions): string {
  const room = { width: options.width - 2 };
  const down = report.servers.filter(({ up }) => !up);
  const of = (...outcomes: readonly ReportCheck["outcome"][]) =>
    report.checks.filter(({ outcome }) => outcomes.includes(outcome));
  return writeLines([
    ...wrap(report.headline, {
      width: options.width,
      style: report.status === "ok" ? "good" : styleOf(report.status),
    }),
    ...layStamp(report, options),
    ...section(
      "FINDINGS",
      layFindings(report.findings, {
        ...room,
        now: report.timestamp_unix_seconds,
        clusters: report.clusters,
      }),
    ),
    ...section("BESIDES", layProblems(report.besides, room)),
    ...section(
      "NOT REACHED",
      down.flatMap(({ name, trouble }) => wrap(trouble, { ...room, lead: [span(`${name}  `, "strong")] })),
    ),
    ...section("NOT CHECKED", layGaps(of("not_checked", "partly_fine"), room)),
    ...section("FINE", layChecks(of("fine"), room)),
    ...section("DOES NOT APPLY HERE", layChecks(of("does_not_apply"), room)),
  ], options);
}

/** Where checks could not look and why, each reason once with the names of the checks. */
function layGaps(
  checks: readonly ReportCheck[],
  { width }: { readonly width: number },
): readonly Line[] {
  const gaps = checks.flatMap(({ name, not_checked: gaps }) => gaps.map((gap) => ({ ...gap, name })));
  const alike = Map.groupBy(gaps, ({ server, because }) => JSON.stringify([server, because]));
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const names = group.map(({ name }) => name).join(", ");
    return [
      ...wrap(`${first.because} (${countOf(group.length, "check")})`, {
        width,
        lead: [span(`${first.server}  `, "unknown")],
      }),
      ...indent(wrap(names, { width: width - 2, style: "quiet" })),
    ];
  });
}

function layChecks(checks: readonly ReportCheck[], { width }: { readonly width: number }): readonly Line[] {
  const longest = Math.max(0, ...checks.map(({ name }) => name.length));
  return checks.flatMap(({ name, title }) =>
    wrap(title, { width, lead: [span(name.padEnd(longest + 2), "quiet")] })
  );
}

/**
 * What every check is about, one line each.
 *
 * @param checks Checks.
 * @param options Columns and colours.
 */
export function renderCheckList(checks: readonly Check[], options: TextOptions): string {
  const [head, ...rows] = layTable(
    [{ title: "CHECK" }, { title: "SEVERITY" }, { title: "FINE WHEN" }],
    checks.map(({ name, severities }) => [span(name, "strong"), span(severities.join(", ")), span("")]),
  );
  if (head === undefined) return "";
  return writeLines([
    head,
    ...rows.flatMap((row, index) => wrap(checks[index]?.title ?? "", { width: options.width, lead: row })),
  ], options);
}

/**
 * What one check means and what to do about what it finds.
 *
 * @param check The check.
 * @param options Columns and colours.
 */
export function renderCheckExplanation(check: Check, options: TextOptions): string {
  const said = (label: string, text: string) =>
    wrap(text, { width: options.width, lead: [span(label.padEnd(11), "quiet")] });
  return writeLines([
    [span(check.name, "strong")],
    ...said("fine when", check.title),
    ...said("means", check.meaning),
    ...said("mend", check.steps.join(" ")),
    ...said("looks at", check.looksAt),
    ...said(
      "reads",
      check.reads.length === 0 ? "nothing but the connections" : `collectors ${check.reads.join(", ")}`,
    ),
    ...said(
      "severities",
      [check.severities.join(", "), ...check.grades === undefined ? [] : [check.grades]].join(". "),
    ),
  ], options);
}
