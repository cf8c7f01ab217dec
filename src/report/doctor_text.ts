import type { Check } from "../cluster/findings/check.ts";
import type { Severity } from "../domain/finding.ts";
import { formatSeconds } from "../domain/quantities.ts";
import type { DoctorReport, DoctorStatus } from "./doctor.ts";
import type { ReportCheck, ReportFinding } from "./model.ts";
import { isoTime } from "./terminal/amounts.ts";
import { type Line, span, type Style } from "./terminal/line.ts";
import { indent, layTable, section, wrap, writeLines } from "./text/lines.ts";

/** How the text is written. */
export interface DoctorTextOptions {
  /** Columns. */
  readonly width: number;
  /** Whether colours are used. */
  readonly color: boolean;
}

const STATUS_STYLES: Readonly<Record<DoctorStatus, Style>> = {
  ok: "good",
  warning: "warning",
  critical: "critical",
  unknown: "unknown",
};

const SEVERITY_STYLES: Readonly<Record<Severity, Style>> = {
  critical: "critical",
  warning: "warning",
  info: "quiet",
};

/**
 * Renders what the doctor says: findings worst first, then what could not be checked and why, then what is fine.
 *
 * @param report What it says.
 * @param options Columns and colours.
 * @returns Text that ends in a line feed.
 */
export function renderDoctorText(report: DoctorReport, options: DoctorTextOptions): string {
  const room = { width: options.width - 2 };
  const { version } = report.exporter;
  const down = report.servers.filter(({ up }) => !up);
  const of = (...outcomes: readonly ReportCheck["outcome"][]) =>
    report.checks.filter(({ outcome }) => outcomes.includes(outcome));
  return writeLines([
    ...wrap(report.headline, { width: options.width, style: STATUS_STYLES[report.status] }),
    ...wrap(`${isoTime(report.timestamp_unix_seconds)}${version === "" ? "" : `, exporter ${version}`}`, {
      width: options.width,
      style: "quiet",
    }),
    ...section("FINDINGS", parted(report.findings.map((each) => layFinding(each, { ...room, report })))),
    ...section(
      "NOT REACHED",
      down.flatMap(({ name, trouble }) => wrap(trouble, { ...room, lead: [span(`${name}  `, "strong")] })),
    ),
    ...section("NOT CHECKED", of("not_checked", "partly_fine").flatMap((check) => layGap(check, room))),
    ...section("FINE", layChecks(of("fine"), room)),
    ...section("DOES NOT APPLY HERE", layChecks(of("does_not_apply"), room)),
  ], options);
}

/** With an empty line between each. */
function parted(blocks: readonly (readonly Line[])[]): readonly Line[] {
  return blocks.flatMap((block, index) => index === 0 ? block : [[], ...block]);
}

function layFinding(
  finding: ReportFinding,
  { width, report }: { readonly width: number; readonly report: DoctorReport },
): readonly Line[] {
  const said = (label: string, text: string) =>
    text === "" ? [] : wrap(text, { width: width - 2, lead: [span(label.padEnd(10), "quiet")] });
  const seconds = report.timestamp_unix_seconds - finding.since_unix_seconds;
  const place = finding.subject === "" ? finding.server : `${finding.server}, ${finding.subject}`;
  return [
    ...wrap(finding.summary, {
      width,
      lead: [span(finding.severity.padEnd(8), SEVERITY_STYLES[finding.severity]), span("  ")],
      style: finding.severity === "info" ? "plain" : "strong",
    }),
    ...indent([
      ...said("where", place),
      ...said("evidence", finding.evidence),
      ...said("mend", finding.advice),
      // Whether it held before it was first looked at, nobody knows.
      ...said("since", `at least ${isoTime(finding.since_unix_seconds)}, for ${formatSeconds(seconds)}`),
      ...said("check", finding.check),
    ]),
  ];
}

function layGap(check: ReportCheck, { width }: { readonly width: number }): readonly Line[] {
  return [
    ...wrap(`${check.title}?`, { width, lead: [span(`${check.name}  `, "strong")] }),
    ...indent(
      check.not_checked.flatMap(({ server, because }) =>
        wrap(because, { width: width - 2, lead: [span(`${server}  `, "unknown")], style: "quiet" })
      ),
    ),
  ];
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
export function renderCheckList(checks: readonly Check[], options: DoctorTextOptions): string {
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
export function renderCheckExplanation(check: Check, options: DoctorTextOptions): string {
  const said = (label: string, text: string) =>
    wrap(text, { width: options.width, lead: [span(label.padEnd(11), "quiet")] });
  return writeLines([
    [span(check.name, "strong")],
    ...said("fine when", check.title),
    ...said("means", check.meaning),
    ...said("mend", check.remedy),
    ...said("looks at", check.looksAt),
    ...said(
      "reads",
      check.reads.length === 0 ? "nothing but the connections" : `collectors ${check.reads.join(", ")}`,
    ),
    ...said("severities", check.severities.join(", ")),
  ], options);
}
