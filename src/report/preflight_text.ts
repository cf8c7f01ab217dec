import type {
  PreflightPoint,
  PreflightStep,
  PreflightVerdict,
  PreflightWeight,
} from "../cluster/preflight/preflight.ts";
import type { PreflightReport } from "./preflight.ts";
import { printable } from "./styled_text/display_width.ts";
import { type Line, type Room, span, type Style } from "./styled_text/line.ts";
import { withoutNames } from "./fold_findings.ts";
import { takeSome } from "./take_some.ts";
import {
  indent,
  layRest,
  laySection,
  layStamp,
  layText,
  type TextOptions,
  writeLines,
} from "./text/lines.ts";

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
  subscriptions: "Logical replication",
  tables: "Tables",
  sequences: "Sequences",
  rest: "Not replicated",
  synchronous: "Synchronous commit",
  settings: "Settings",
};

const MARK_WIDTH = 9;

/** Points or steps that differ only in names and numbers, of which more are only counted. */
const FEW_ALIKE = 3;

/**
 * Renders a preflight: the verdict, its reasons, and the steps.
 *
 * @param report The preflight.
 * @param options Columns and colours; commands are never wrapped.
 * @returns Text that ends in a line feed.
 */
export function renderPreflightText(report: PreflightReport, options: TextOptions): string {
  const { points, steps } = report;
  const { color: _, ...given } = options;
  const { width } = given;
  const room = { ...given, width: width - 2 };
  const isWhole = given.most === undefined;
  return writeLines([
    ...layText(report.headline, { width, style: VERDICT_STYLES[report.verdict] }),
    ...layStamp(report, { width, more: "nothing was changed" }),
    ...[...Map.groupBy(points, ({ part }) => part)].flatMap(([part, some]) =>
      laySection(
        TITLES[part],
        foldAlike(some, { isWhole, textOf: ({ weight, text, advice }) => `${weight} ${text} ${advice}` })
          .flatMap(({ item, rest }) => [
            ...layPoint(item, room),
            ...indent(layRest(rest.map(() => null), { ...room, noun: "point" }), MARK_WIDTH),
          ]),
      )
    ),
    ...laySection(
      stepsTitle(report),
      foldAlike(steps.map((step, index) => ({ ...step, index })), {
        isWhole,
        textOf: ({ title, commands }) => `${title} ${commands.length}`,
      }).flatMap(({ item, rest }) => [
        ...item.index === 0 ? [] : [[]],
        ...layStep(item, room),
        ...rest.length === 0 ? [] : [[]],
        ...layRest(rest.map(() => null), { ...room, noun: "step" }),
      ]),
    ),
  ], options);
}

/**
 * Entries in their order. Of those that differ only in names and numbers only the first few are shown, the last of them
 * with the others, which are counted.
 */
function foldAlike<T>(
  items: readonly T[],
  { isWhole, textOf }: { readonly isWhole: boolean; readonly textOf: (item: T) => string },
): readonly { readonly item: T; readonly rest: readonly T[] }[] {
  const places = new Map(items.map((item, index) => [item, index]));
  const groups = Map.groupBy(items, (item) => withoutNames(textOf(item)));
  return [...groups.values()].flatMap((alike) => {
    const { shown, rest } = takeSome(alike, isWhole ? Infinity : FEW_ALIKE);
    return shown.map((item, index) => ({ item, rest: index === shown.length - 1 ? rest : [] }));
  }).toSorted((a, b) => (places.get(a.item) ?? 0) - (places.get(b.item) ?? 0));
}

function stepsTitle({ kind, candidate, primary, verdict, manager }: PreflightReport): string {
  const from = primary === null ? "" : ` from "${primary}"`;
  const doubt = verdict === "no_go" || verdict === "unknown" ? ", once the problems above are solved" : "";
  if (kind === "logical_switchover") return `Move${from} to "${candidate}" by logical replication${doubt}`;
  const way = kind === "switchover" ? "Switchover" : "Failover";
  const means = manager?.certainty === "certain" ? `with ${manager.title}` : "by hand";
  return `${way}${from} to "${candidate}" ${means}${doubt}`;
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
  { title, where, risk, commands, expect, index }: PreflightStep & { readonly index: number },
  { width, most }: Room,
): readonly Line[] {
  const lead = `${index + 1}.`.padEnd(4);
  const inner = { width: width - lead.length };
  const { shown, rest } = takeSome(commands, most);
  return [
    ...layText(title, { width, lead: [span(lead, "strong")], style: "strong" }),
    ...indent([
      ...where === "" ? [] : [[span("on ", "quiet"), span(where)]],
      ...risk === undefined ? [] : layText(
        `${risk.because}. Check first: ${risk.check}. If that is wrong, ${risk.loses}.`,
        { ...inner, style: "quiet" },
      ),
      // A command is copied as it is, so it is not wrapped.
      ...shown.map((command): Line => [span("  "), { text: printable(command), style: "plain" }]),
      ...layRest(rest.map(() => null), { ...inner, noun: "command" }),
      ...expect === "" ? [] : layText(expect, { ...inner, lead: [span("then ", "quiet")], style: "quiet" }),
    ], lead.length),
  ];
}
