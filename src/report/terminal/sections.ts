import type {
  Report,
  ReportCluster,
  ReportFinding,
  ReportSlot,
  ReportSynchronous,
  Status,
} from "../model.ts";
import { placeOf } from "../finding_subject.ts";
import { statusOfSeverity } from "../status.ts";
import {
  clockTime,
  compactBytes,
  compactRate,
  compactSeconds,
  isoTime,
  NOT_KNOWN,
} from "../styled_text/amounts.ts";
import { type Line, markOf, type Span, span, type Style, styleOf } from "../styled_text/line.ts";
import { titleOf } from "./rows.ts";

/** A list under the table: shown as room allows. */
export interface Section {
  /** Its title. */
  readonly title: string;
  /** Its lines, the most important first. */
  readonly lines: readonly Line[];
}

/** Share of its limit below which a slot is shown although it is healthy. */
const CLOSE_HEADROOM = 0.5;
/** Time to its loss below which a slot is shown although it is healthy, seconds. */
const CLOSE_LOSS_SECONDS = 86_400;

const GAP: Span = { text: "  ", style: "plain" };

function marked(status: Status, rest: Line): Line {
  return [span(markOf(status).padEnd(3), styleOf(status)), ...rest];
}

/**
 * A line per primary, and one per server that belongs to no cluster yet.
 *
 * @param report The report.
 */
export function primaryLines(report: Report): readonly Line[] {
  return [
    ...report.clusters.map(primaryLine),
    ...report.unassigned_servers.map((server) =>
      marked("unknown", [
        span("SERVER ", "quiet"),
        span(server.name, "strong"),
        GAP,
        span(server.trouble === "" ? "belongs to no cluster yet" : server.trouble, "unknown"),
      ])
    ),
  ];
}

function primaryLine(cluster: ReportCluster): Line {
  const { primary } = cluster;
  if (primary === null) {
    const title = cluster.name === "" ? "" : ` of ${cluster.name}`;
    return marked("unknown", [span(`PRIMARY${title}`, "quiet"), GAP, span("none was ever seen", "unknown")]);
  }
  const server = cluster.servers.find(({ name }) => name === primary.name);
  const isSplit = cluster.primaries.length > 1;
  const status = isSplit || !primary.up ? "critical" : "healthy";
  const details: readonly Line[] = [
    ...(isSplit ? [[span(`SPLIT BRAIN: ${cluster.primaries.join(", ")}`, "critical")]] : []),
    ...(primary.up ? [] : [[span("DOWN, last known:", "critical")]]),
    [span(primary.current_lsn ?? "position unknown")],
    ...(primary.up || server === undefined ? [] : [[span(server.trouble, "critical")]]),
    ...(primary.up ? [[span("WAL ", "quiet"), span(compactRate(server?.wal_bytes_per_second ?? null))]] : []),
    ...(cluster.synchronous === null ? [] : [describeSynchronous(cluster.synchronous)]),
    [span("timeline ", "quiet"), span(primary.timeline === null ? NOT_KNOWN : String(primary.timeline))],
  ];
  return marked(status, [
    span("PRIMARY ", "quiet"),
    span(titleOf(cluster.name, primary.name), "strong"),
    ...details.flatMap((detail) => [GAP, ...detail]),
  ]);
}

function describeSynchronous(synchronous: ReportSynchronous): Line {
  const { required, met, spare, commits_waiting: waiting, oldest_wait_seconds: oldest, status } = synchronous;
  if (required === 0) return [span("sync ", "quiet"), span("off")];
  const style: Style = status === "healthy" ? "plain" : styleOf(status);
  const waits = waiting === null || waiting === 0
    ? ""
    : `, ${waiting} waiting${oldest === null ? "" : ` ${compactSeconds(oldest)}`}`;
  return [
    span("sync ", "quiet"),
    span(`${met}/${required}${spare > 0 ? ` +${spare}` : ""}${waits}`, style),
  ];
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
        span(describeSlot(slot), slot.status === "healthy" ? "plain" : styleOf(slot.status)),
      ])
    ),
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
    ...(slot.active ? [] : ["not in use"]),
    ...(slot.headroom_ratio === null ? [] : [`${Math.round(slot.headroom_ratio * 100)}% left`]),
    ...(slot.lost_in_seconds === null || slot.lost_in_seconds === 0
      ? []
      : [`lost in ${compactSeconds(slot.lost_in_seconds)}`]),
    `keeps ${compactBytes(slot.lag_bytes)}`,
    ...(slot.invalidation_reason === null ? [] : [slot.invalidation_reason]),
  ].join(", ");
}

/**
 * Diagnoses, as the report orders them.
 *
 * @param report The report.
 */
export function findingSection(report: Report): Section {
  return {
    title: "FINDINGS",
    lines: report.findings.map((finding) => {
      const { severity, summary, since_unix_seconds: since } = finding;
      const status = statusOfSeverity(severity);
      const age = compactSeconds(report.timestamp_unix_seconds - since);
      return marked(status, [
        span(age.padStart(7), "quiet"),
        GAP,
        ...place(finding, report),
        span(summary, severity === "info" ? "plain" : styleOf(status)),
      ]);
    }),
  };
}

/** Whom it concerns, unless the sentence says it or there is only one cluster that it can be. */
function place(finding: ReportFinding, { clusters }: Report): Line {
  const { server, summary } = finding;
  const isSaid = server === "cluster" ? clusters.length < 2 : isNamed(server, summary);
  return isSaid ? [] : [span(placeOf(finding, clusters), "strong"), GAP];
}

function isNamed(server: string, sentence: string): boolean {
  return sentence.includes(`"${server}"`);
}

/**
 * What happened, latest first.
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
        ...isNamed(server, message) || server === "cluster" ? [] : [span(server, "strong"), GAP],
        span(message === "" ? kind : message),
      ];
    }),
  };
}
