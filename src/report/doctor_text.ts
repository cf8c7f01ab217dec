import type { Check } from "../cluster/findings/check.ts";
import { countOf, joinNames } from "../domain/quantities.ts";
import type { DoctorCluster, DoctorReport } from "./doctor.ts";
import { describeManager } from "./manager.ts";
import type { ReportCheck } from "./model.ts";
import { type Line, type Room, span, styleOf } from "./styled_text/line.ts";
import { takeSome } from "./take_some.ts";
import { layFindings } from "./text/finding.ts";
import {
  indent,
  layProblems,
  layRest,
  laySection,
  layStamp,
  layTable,
  layText,
  type TextOptions,
  words,
  writeLines,
} from "./text/lines.ts";

/** Servers named for one reason why checks could not look. */
const NAMED_SERVERS = 3;

/**
 * Renders the result of `doctor`: findings worst first, then what could not be checked and why, then what is fine.
 *
 * @param report The result.
 * @param options Columns and colours.
 * @returns Text that ends in a line feed.
 */
export function renderDoctorText(report: DoctorReport, options: TextOptions): string {
  const { status, findings, clusters, timestamp_unix_seconds: now } = report;
  const { color: _, ...given } = options;
  const room = { ...given, width: options.width - 2 };
  const down = takeSome(report.servers.filter(({ up }) => !up), options.most);
  const of = (...outcomes: readonly ReportCheck["outcome"][]) =>
    report.checks.filter(({ outcome }) => outcomes.includes(outcome));
  return writeLines([
    ...layText(report.headline, { width: options.width, style: status === "ok" ? "good" : styleOf(status) }),
    ...layStamp(report, options),
    ...clusters.flatMap((cluster) => layManager(cluster, { ...options, isOnly: clusters.length === 1 })),
    ...laySection("FINDINGS", layFindings(findings, { ...room, now, clusters })),
    ...laySection("OTHER PROBLEMS", layProblems(report.besides, room)),
    ...laySection("UNREACHABLE", [
      ...down.shown.flatMap(({ name, trouble }) =>
        layText(trouble, { ...room, lead: [span(`${name}  `, "strong")] })
      ),
      ...layRest(down.rest.map(() => null), { ...room, noun: "server" }),
    ]),
    ...laySection("NOT CHECKED", layGaps(of("not_checked", "partly_fine"), room)),
    ...laySection("FINE", layCheckTitles(of("fine"), room)),
    ...laySection("DO NOT APPLY HERE", layCheckTitles(of("does_not_apply"), room)),
  ], options);
}

/** Who manages a cluster: advice has its commands. */
function layManager(
  { name, system_identifier, manager }: DoctorCluster,
  { width, isOnly }: Room & { readonly isOnly: boolean },
): readonly Line[] {
  if (manager === null) return [];
  const lead = isOnly ? [] : [span(`${name || system_identifier}  `, "strong")];
  return layText(`${describeManager(manager)}; advice has its commands`, { width, lead });
}

/** Where checks could not look and why: each reason once, with the names of the checks. */
function layGaps(checks: readonly ReportCheck[], room: Room): readonly Line[] {
  const { width, most } = room;
  const gaps = checks.flatMap(({ name, not_checked }) => not_checked.map((gap) => ({ ...gap, name })));
  const alike = [...Map.groupBy(gaps, ({ server, because }) => JSON.stringify([server, because])).values()]
    .flatMap(([first, ...others]) =>
      first === undefined ? [] : [{ ...first, names: [first, ...others].map((each) => each.name) }]
    );
  const byReason = [...Map.groupBy(alike, ({ because, names }) => JSON.stringify([because, names])).values()];
  const { shown, rest } = takeSome(most === undefined ? alike.map((each) => [each]) : byReason, most);
  return [
    ...shown.flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      return [
        ...layText(`${first.because} (${countOf(first.names.length, "check")})`, {
          width,
          lead: [span(`${joinNames(group.map(({ server }) => server), NAMED_SERVERS)}  `, "unknown")],
        }),
        ...indent(layText(first.names.join(", "), { width: width - 2, style: "quiet" })),
      ];
    }),
    ...layRest(rest.flat().map(() => null), { ...room, noun: "server" }),
  ];
}

function layCheckTitles(checks: readonly ReportCheck[], { width }: Room): readonly Line[] {
  const longest = Math.max(0, ...checks.map(({ name }) => name.length));
  return checks.flatMap(({ name, title }) =>
    layText(title, { width, lead: [span(name.padEnd(longest + 2), "quiet")] })
  );
}

/**
 * Renders a list of checks.
 *
 * @param checks Checks.
 * @param options Columns and colours.
 */
export function renderCheckList(checks: readonly Check[], options: TextOptions): string {
  const [head, ...rows] = layTable(
    words("CHECK", "SEVERITY", "FINE WHEN"),
    checks.map(({ name, severities }) => [span(name, "strong"), span(severities.join(", ")), span("")]),
  );
  if (head === undefined) return "";
  return writeLines([
    head,
    ...rows.flatMap((row, index) => layText(checks[index]?.title ?? "", { width: options.width, lead: row })),
  ], options);
}

/**
 * Renders the meaning and the remedy of a check.
 *
 * @param check The check.
 * @param options Columns and colours.
 */
export function renderCheckExplanation(check: Check, options: TextOptions): string {
  const collectors = check.reads.length === 0
    ? "connection state only"
    : `collectors ${check.reads.join(", ")}`;
  const rows = [
    ["fine when", check.title],
    ["means", check.meaning],
    ["remedy", check.steps.join(" ")],
    ["looks at", check.looksAt],
    ["reads", collectors],
    [
      "severities",
      [check.severities.join(", "), ...check.grades === undefined ? [] : [check.grades]].join(". "),
    ],
  ] as const;
  return writeLines([
    [span(check.name, "strong")],
    ...rows.flatMap(([label, text]) =>
      layText(text, { width: options.width, lead: [span(label.padEnd(11), "quiet")] })
    ),
  ], options);
}
