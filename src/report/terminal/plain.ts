import { countOf } from "../../domain/quantities.ts";
import type { Report, ReportCluster, ReportEvent, ReportStandby, ReportSubscription } from "../model.ts";
import { describeTables } from "../subscription_words.ts";
import { compactBytes, compactRate, compactSeconds, isoTime, NOT_KNOWN } from "../styled_text/amounts.ts";
import { printable } from "../styled_text/display_width.ts";
import { describeRest, takeSome, takeWorst } from "../take_some.ts";
import { primaryServer, stateOf, titleOf } from "./rows.ts";

/** Standbys of a cluster, and servers of no cluster, in one line. */
const MOST_IN_LINE = 20;

/**
 * A report in one line, for continuous output.
 *
 * @param report The report.
 * @returns For example `2026-11-21T12:00:01Z warning primary=db1 0/5000148 WAL 1.2 MiB/s | standby=db2 lag 3.2s 14.0 MiB
 *   paused …`, without a line feed.
 */
export function plainLine(report: Report): string {
  const urgent = report.findings.filter(({ severity }) => severity !== "info").length;
  const clusters = takeWorst(report.clusters, MOST_IN_LINE);
  const parts = [
    ...clusters.shown.flatMap((cluster) => [
      plainPrimary(cluster),
      ...plainStandbys(cluster),
    ]),
    ...clusters.rest.length === 0
      ? []
      : [`and ${describeRest(clusters.rest.map(({ status }) => status), "cluster")}`],
    ...plainSubscriptions(report.subscriptions),
    ...takeSome(report.unassigned_servers, MOST_IN_LINE).shown.map(({ name, trouble }) =>
      `server=${name} ${trouble || "in no cluster yet"}`
    ),
    ...(urgent === 0 ? [] : [countOf(urgent, "finding")]),
  ];
  return printable(`${isoTime(report.timestamp_unix_seconds)} ${report.status} ${parts.join(" | ")}`);
}

function plainPrimary(cluster: ReportCluster): string {
  const { name, primary } = cluster;
  if (primary === null) return `primary=${titleOf(name, NOT_KNOWN)}`;
  const rate = primary.up ? primaryServer(cluster)?.wal_bytes_per_second ?? null : null;
  const state = `${primary.up ? "" : "down "}${primary.current_lsn ?? NOT_KNOWN}`;
  return `primary=${titleOf(name, primary.name)} ${state} WAL ${compactRate(rate)}`;
}

/** The standbys, of many the worst. */
function plainStandbys({ name: cluster, standbys }: ReportCluster): readonly string[] {
  const { shown, rest } = takeWorst(standbys, MOST_IN_LINE);
  return [
    ...shown.map((standby) => plainStandby(titleOf(cluster, standby.name), standby)),
    ...rest.length === 0 ? [] : [`and ${describeRest(rest.map(({ status }) => status), "standby")}`],
  ];
}

function plainStandby(title: string, standby: ReportStandby): string {
  const { lag_seconds: lag, lag_bytes: bytes, replay_bytes_per_second: rate, catch_up_seconds } = standby;
  return [
    `standby=${title} lag ${compactSeconds(lag)} ${compactBytes(bytes)} ${stateOf(standby)}`,
    ...(standby.status === "healthy" ? [] : [standby.status]),
    ...(rate === null || rate === 0 ? [] : [`replay ${compactRate(rate)}`]),
    ...(catch_up_seconds === null || catch_up_seconds === 0
      ? []
      : [`catch-up ${compactSeconds(catch_up_seconds)}`]),
  ].join(" ");
}

/** The subscriptions, of many the worst. */
function plainSubscriptions(subscriptions: readonly ReportSubscription[]): readonly string[] {
  const { shown, rest } = takeWorst(subscriptions, MOST_IN_LINE);
  return [
    ...shown.map((each) => {
      const tables = describeTables(each);
      return [
        `subscription=${each.server}/${each.name} from ${each.publisher?.server ?? NOT_KNOWN}`,
        `lag ${compactSeconds(each.lag_seconds)} ${compactBytes(each.lag_bytes)} ${each.reason ?? NOT_KNOWN}`,
        ...each.status === "healthy" ? [] : [each.status],
        ...tables === null ? [] : [`tables ${tables.replace(" of ", "/")}`],
      ].join(" ");
    }),
    ...rest.length === 0 ? [] : [`and ${describeRest(rest.map(({ status }) => status), "subscription")}`],
  ];
}

/**
 * An event in one line.
 *
 * @param event The event.
 */
export function plainEvent({ unix_seconds: at, kind, server, message }: ReportEvent): string {
  return printable(`${isoTime(at)} event ${kind} ${server}: ${message}`);
}

/**
 * A missing report in one line.
 *
 * @param now Unix seconds.
 * @param trouble Since when reports are missing, their source, and the reason.
 */
export function plainTrouble(
  now: number,
  { since, source, message }: { readonly since: number; readonly source: string; readonly message: string },
): string {
  return printable(`${isoTime(now)} unknown no report from ${source} since ${isoTime(since)}: ${message}`);
}

/**
 * The identity of an event.
 *
 * @param event The event.
 */
export function eventKey({ unix_seconds: at, kind, server, message }: ReportEvent): string {
  return JSON.stringify([at, kind, server, message]);
}
