import type {
  Report,
  ReportCluster,
  ReportFinding,
  ReportSlot,
  ReportSynchronous,
  Status,
} from "../model.ts";
import { subjectOfFinding } from "../finding_subject.ts";
import { describeFolded, foldFindings } from "../fold_findings.ts";
import { managerTitle } from "../manager.ts";
import { statusOfSeverity, worstFirst } from "../status.ts";
import {
  describeErrors,
  describeTables,
  reasonsOfSubscription,
  stateOfSubscription,
} from "../subscription_words.ts";
import { displayWidth, printable } from "../styled_text/display_width.ts";
import {
  clockTime,
  compactBytes,
  compactRate,
  compactSeconds,
  isoTime,
  NOT_KNOWN,
} from "../styled_text/amounts.ts";
import {
  fit,
  type Glyphs,
  type Line,
  markOf,
  type Span,
  span,
  type Style,
  styleOf,
} from "../styled_text/line.ts";
import { primaryServer, titleOf } from "./rows.ts";

/** A list below the table, cut to the room available. */
export interface Section {
  /** Its title. */
  readonly title: string;
  /** Its lines, the most important first. */
  readonly lines: readonly Line[];
}

/** Headroom below which a healthy slot is shown. */
const CLOSE_HEADROOM = 0.5;
/** Time to its loss below which a healthy slot is shown, seconds. */
const CLOSE_LOSS_SECONDS = 86_400;

/** Longest that publisher, subscriber and name are shown. */
const LONGEST_LINK = 34;
/** Marks a cut in any terminal. */
const NAME_GLYPHS: Glyphs = { cut: "~", steps: [] };

const GAP: Span = { text: "  ", style: "plain" };

function marked(status: Status, rest: Line): Line {
  return [span(markOf(status).padEnd(3), styleOf(status)), ...rest];
}

/** The style of a status inside a line: plain when healthy. */
function inlineStyle(status: Status): Style {
  return status === "healthy" ? "plain" : styleOf(status);
}

/**
 * A line per primary, and per server that belongs to no cluster yet.
 *
 * @param report The report.
 */
export function primaryLines(report: Report): readonly Line[] {
  return [
    ...report.clusters.map(primaryLine),
    ...report.unassigned_servers.map(({ name, trouble }) =>
      marked("unknown", [
        span("SERVER ", "quiet"),
        span(name, "strong"),
        GAP,
        span(trouble || "belongs to no cluster yet", "unknown"),
      ])
    ),
  ];
}

function primaryLine(cluster: ReportCluster): Line {
  const { primary } = cluster;
  if (primary === null) {
    const title = cluster.name === "" ? "" : ` of ${cluster.name}`;
    return marked("unknown", [span(`PRIMARY${title}`, "quiet"), GAP, span("none seen so far", "unknown")]);
  }
  const server = primaryServer(cluster);
  const isSplit = cluster.primaries.length > 1;
  const details: readonly Line[] = [
    ...(isSplit ? [[span(`SPLIT BRAIN: ${cluster.primaries.join(", ")}`, "critical")]] : []),
    ...(primary.up ? [] : [[span("DOWN, last known:", "critical")]]),
    [span(primary.current_lsn ?? "position unknown")],
    ...(primary.up || server === undefined ? [] : [[span(server.trouble, "critical")]]),
    ...(primary.up ? [[span("WAL ", "quiet"), span(compactRate(server?.wal_bytes_per_second ?? null))]] : []),
    ...(cluster.synchronous === null ? [] : [synchronousSpans(cluster.synchronous)]),
    [span("timeline ", "quiet"), span(String(primary.timeline ?? NOT_KNOWN))],
    ...(cluster.manager ? [[span("managed by ", "quiet"), span(managerTitle(cluster.manager))]] : []),
  ];
  return marked(isSplit || !primary.up ? "critical" : "healthy", [
    span("PRIMARY ", "quiet"),
    span(titleOf(cluster.name, primary.name), "strong"),
    ...details.flatMap((detail) => [GAP, ...detail]),
  ]);
}

function synchronousSpans(synchronous: ReportSynchronous): Line {
  const { required, met, spare, commits_waiting: waiting, oldest_wait_seconds: oldest, status } = synchronous;
  if (required === 0) return [span("sync ", "quiet"), span("off")];
  const waits = waiting === null || waiting === 0
    ? ""
    : `, ${waiting} waiting${oldest === null ? "" : ` ${compactSeconds(oldest)}`}`;
  const counts = `${met}/${required}${spare > 0 ? ` +${spare}` : ""}${waits}`;
  return [span("sync ", "quiet"), span(counts, inlineStyle(status))];
}

/**
 * Slots that are lost or close to their limit.
 *
 * @param report The report.
 */
export function slotSection(report: Report): Section {
  const slots = report.clusters.flatMap((cluster) =>
    cluster.slots.filter(isClose).map((slot) => ({ cluster: cluster.name, slot }))
  );
  const headroom = ({ slot }: typeof slots[number]) =>
    slot.status === "critical" ? -1 : slot.headroom_ratio ?? 1;
  return {
    title: "SLOTS CLOSE TO THEIR LIMIT",
    lines: slots.toSorted((a, b) => headroom(a) - headroom(b)).map(({ cluster, slot }) =>
      marked(slot.status, [
        span(`${titleOf(cluster, slot.server)}:${slot.name}`, "strong"),
        GAP,
        span(describeSlot(slot), inlineStyle(slot.status)),
      ])
    ),
  };
}

/**
 * Subscriptions, a line each, the worst first.
 *
 * @param report The report.
 */
export function subscriptionSection({ subscriptions }: Report): Section {
  const sorted = worstFirst(subscriptions);
  const columns = sorted.map((each) => [
    `${each.publisher?.server ?? NOT_KNOWN} => ${each.server}:${each.name}`,
    stateOfSubscription(each) ?? NOT_KNOWN,
    compactSeconds(each.lag_seconds),
    `${describeTables(each) ?? NOT_KNOWN} tables`,
  ]);
  const widths = [0, 1, 2, 3].map((index) =>
    Math.max(0, ...columns.map((row) => displayWidth(printable(row[index] ?? ""))))
  );
  return {
    title: "SUBSCRIPTIONS",
    lines: sorted.map((each, index) => {
      const [name = "", state = "", lag = "", tables = ""] = columns[index] ?? [];
      const cell = (text: string, column: number, most = widths[column] ?? 0) =>
        fit(text, { width: Math.min(most, widths[column] ?? 0), glyphs: NAME_GLYPHS, isName: column === 0 });
      const why = reasonsOfSubscription(each)[0] ?? "";
      return marked(each.status, [
        span(cell(name, 0, LONGEST_LINK), "strong"),
        GAP,
        span(cell(state, 1), inlineStyle(each.status)),
        GAP,
        span(lag.padStart(widths[2] ?? 0), inlineStyle(each.status)),
        GAP,
        span(cell(tables, 3)),
        GAP,
        span(
          [describeErrors(each) ?? "errors unknown", why].filter((text) => text !== "").join("  "),
          "quiet",
        ),
      ]);
    }),
  };
}

function isClose(slot: ReportSlot): boolean {
  return slot.status === "warning" || slot.status === "critical" ||
    (slot.headroom_ratio !== null && slot.headroom_ratio < CLOSE_HEADROOM) ||
    (slot.lost_in_seconds !== null && slot.lost_in_seconds < CLOSE_LOSS_SECONDS);
}

function describeSlot(slot: ReportSlot): string {
  return [
    ...(slot.wal_status === null ? [] : [slot.wal_status]),
    ...(slot.active ? [] : ["inactive"]),
    ...(slot.headroom_ratio === null ? [] : [`${Math.round(slot.headroom_ratio * 100)}% left`]),
    ...(slot.lost_in_seconds === null || slot.lost_in_seconds === 0
      ? []
      : [`lost in ${compactSeconds(slot.lost_in_seconds)}`]),
    `keeps ${compactBytes(slot.lag_bytes)}`,
    ...(slot.invalidation_reason === null ? [] : [slot.invalidation_reason]),
  ].join(", ");
}

/**
 * Findings, in the order of the report; equal ones are one line.
 *
 * @param report The report.
 */
export function findingSection(report: Report): Section {
  return {
    title: "FINDINGS",
    lines: foldFindings(report.findings).map((folded) => {
      const { finding } = folded;
      const status = statusOfSeverity(finding.severity);
      const age = compactSeconds(report.timestamp_unix_seconds - finding.since_unix_seconds);
      return marked(status, [
        span(age.padStart(7), "quiet"),
        GAP,
        ...subjectSpans(finding, report),
        span(describeFolded(folded), inlineStyle(status)),
      ]);
    }),
  };
}

/** The subject of a finding, unless its summary names it or there is only one cluster it could be. */
function subjectSpans(finding: ReportFinding, { clusters }: Report): Line {
  const { server, summary } = finding;
  const isNamed = server === "cluster" ? clusters.length < 2 : namesServer(summary, server);
  return isNamed ? [] : [span(subjectOfFinding(finding, clusters), "strong"), GAP];
}

function namesServer(sentence: string, server: string): boolean {
  return sentence.includes(`"${server}"`);
}

/**
 * Events, latest first.
 *
 * @param report The report.
 */
export function eventSection(report: Report): Section {
  const today = isoTime(report.timestamp_unix_seconds).slice(0, 10);
  return {
    title: "EVENTS, LATEST FIRST",
    lines: report.events.toReversed().map(({ unix_seconds: at, kind, server, message }) => {
      const day = isoTime(at).slice(0, 10);
      return [
        span(`   ${day === today ? "" : `${day.slice(5)} `}${clockTime(at)}`, "quiet"),
        GAP,
        ...namesServer(message, server) || server === "cluster" ? [] : [span(server, "strong"), GAP],
        span(message || kind),
      ];
    }),
  };
}
