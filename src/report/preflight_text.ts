import type {
  PreflightPoint,
  PreflightStep,
  PreflightVerdict,
  PreflightWeight,
} from "../cluster/preflight/preflight.ts";
import type { PreflightReport } from "./preflight.ts";
import { printable } from "./styled_text/display_width.ts";
import { type Line, type Room, span, type Style } from "./styled_text/line.ts";
import { indent, laySection, layStamp, layText, type TextOptions, writeLines } from "./text/lines.ts";

const VERDICT_STYLES: Readonly<Record<PreflightVerdict, Style>> = {
  go: "good",
  go_with_warnings: "warning",
  go_with_losses: "warning",
  go_with_unknown_losses: "unknown",
  no_go: "critical",
  unknown: "unknown",
};

const MARKS: Readonly<Record<PreflightWeight, readonly [mark: string, style: Style]>> = {
  no_go: ["NO GO", "critical"],
  unknown: ["unknown", "unknown"],
  loss: ["LOSS", "critical"],
  warning: ["warning", "warning"],
  info: ["note", "quiet"],
  fine: ["fine", "good"],
};

const TITLES: Readonly<Record<PreflightPoint["part"], string>> = {
  candidate: "Candidate",
  primary: "Primary",
  loss: "Losses",
  timeline: "Timelines",
  replay: "Replay",
  standbys: "Other standbys",
  slots: "Slots",
  synchronous: "Synchronous commit",
  settings: "Settings",
};

const MARK_WIDTH = 9;

/**
 * Renders a preflight: the verdict, its reasons, and the steps.
 *
 * @param report The preflight.
 * @param options Columns and colours; commands are never wrapped.
 * @returns Text that ends in a line feed.
 */
export function renderPreflightText(report: PreflightReport, options: TextOptions): string {
  const { points, steps } = report;
  const { width } = options;
  const room = { width: width - 2 };
  return writeLines([
    ...layText(report.headline, { width, style: VERDICT_STYLES[report.verdict] }),
    ...layStamp(report, { width, more: "nothing was changed" }),
    ...[...Map.groupBy(points, ({ part }) => part)].flatMap(([part, some]) =>
      laySection(TITLES[part], some.flatMap((point) => layPoint(point, room)))
    ),
    ...laySection(
      stepsTitle(report),
      steps.flatMap((step, index) => [...index === 0 ? [] : [[]], ...layStep(step, { ...room, index })]),
    ),
  ], options);
}

function stepsTitle({ kind, candidate, primary, verdict }: PreflightReport): string {
  const from = primary === null ? "" : ` from "${primary}"`;
  const way = kind === "switchover" ? "Switchover" : "Failover";
  const doubt = verdict === "no_go" || verdict === "unknown" ? ", once the problems above are solved" : "";
  return `${way}${from} to "${candidate}" by hand${doubt}`;
}

function layPoint({ weight, text, advice }: PreflightPoint, { width }: Room): readonly Line[] {
  const [mark, style] = MARKS[weight];
  return [
    ...layText(text, { width, lead: [span(mark.padEnd(MARK_WIDTH), style)] }),
    ...advice === "" ? [] : indent(
      layText(advice, { width: width - MARK_WIDTH, lead: [span("-> ", "quiet")] }),
      MARK_WIDTH,
    ),
  ];
}

function layStep(
  { title, where, risk, commands, expect }: PreflightStep,
  { width, index }: Room & { readonly index: number },
): readonly Line[] {
  const lead = `${index + 1}.`.padEnd(4);
  const inner = { width: width - lead.length };
  return [
    ...layText(title, { width, lead: [span(lead, "strong")], style: "strong" }),
    ...indent([
      ...where === "" ? [] : [[span("on ", "quiet"), span(where)]],
      ...risk === undefined ? [] : layText(
        `${risk.because}. Check first: ${risk.check}. If that is wrong, ${risk.loses}.`,
        { ...inner, style: "quiet" },
      ),
      // A command is copied as it is, so it is not wrapped.
      ...commands.map((command): Line => [span("  "), { text: printable(command), style: "plain" }]),
      ...expect === "" ? [] : layText(expect, { ...inner, lead: [span("then ", "quiet")], style: "quiet" }),
    ], lead.length),
  ];
}
