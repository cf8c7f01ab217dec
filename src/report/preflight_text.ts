import type {
  PreflightPoint,
  PreflightStep,
  PreflightVerdict,
  PreflightWeight,
} from "../cluster/preflight/preflight.ts";
import type { PreflightReport } from "./preflight.ts";
import { printable } from "./styled_text/display_width.ts";
import { type Line, span, type Style } from "./styled_text/line.ts";
import { indent, layStamp, section, type TextOptions, wrap, writeLines } from "./text/lines.ts";

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
 * Renders a preflight: the verdict, what it rests on, and the steps.
 *
 * @param report What it says.
 * @param options Columns and colours; commands are never broken.
 * @returns Text that ends in a line feed.
 */
export function renderPreflightText(report: PreflightReport, options: TextOptions): string {
  const room = { width: options.width - 2 };
  const parts = [...new Set(report.points.map(({ part }) => part))];
  return writeLines([
    ...wrap(report.headline, { width: options.width, style: VERDICT_STYLES[report.verdict] }),
    ...layStamp(report, { ...options, more: "nothing was changed" }),
    ...parts.flatMap((part) =>
      section(
        TITLES[part],
        report.points.filter((point) => point.part === part).flatMap((point) => layPoint(point, room)),
      )
    ),
    ...section(
      stepsTitle(report),
      report.steps.flatMap((
        step,
        index,
      ) => [...index === 0 ? [] : [[]], ...layStep(step, { ...room, index })]),
    ),
  ], options);
}

function stepsTitle({ kind, candidate, primary, verdict }: PreflightReport): string {
  const from = primary === null ? "" : ` from "${primary}"`;
  const way = kind === "switchover" ? "Switchover" : "Failover";
  const doubt = verdict === "no_go" || verdict === "unknown" ? ", once nothing above stands in the way" : "";
  return `${way}${from} to "${candidate}" by hand${doubt}`;
}

function layPoint(
  { weight, text, advice }: PreflightPoint,
  { width }: { readonly width: number },
): readonly Line[] {
  const [mark, style] = MARKS[weight];
  return [
    ...wrap(text, { width, lead: [span(mark.padEnd(MARK_WIDTH), style)] }),
    ...advice === "" ? [] : indent(
      wrap(advice, { width: width - MARK_WIDTH, lead: [span("-> ", "quiet")] }),
      MARK_WIDTH,
    ),
  ];
}

function layStep(
  { title, where, commands, expect }: PreflightStep,
  { width, index }: { readonly width: number; readonly index: number },
): readonly Line[] {
  const lead = `${index + 1}.`.padEnd(4);
  const inner = { width: width - lead.length };
  return [
    ...wrap(title, { width, lead: [span(lead, "strong")], style: "strong" }),
    ...indent([
      ...where === "" ? [] : [[span("on ", "quiet"), span(where)]],
      // A command is copied as it stands: it is not broken.
      ...commands.map((command): Line => [span("  "), { text: printable(command), style: "plain" }]),
      ...expect === "" ? [] : wrap(expect, { ...inner, lead: [span("then ", "quiet")], style: "quiet" }),
    ], lead.length),
  ];
}
