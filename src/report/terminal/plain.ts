import { countOf } from "../../domain/quantities.ts";
import type { Report, ReportEvent, ReportStandby } from "../model.ts";
import { compactBytes, compactRate, compactSeconds, isoTime, NOT_KNOWN } from "../styled_text/amounts.ts";
import { printable } from "../styled_text/display_width.ts";
import { titleOf } from "./rows.ts";

/**
 * A report in one line, as a monitor prints that goes on and on.
 *
 * @param report The report.
 * @returns For example `2026-11-21T12:00:01Z warning primary=db1 0/5000148 WAL 1.2 MiB/s | standby=db2 lag 3.2s 14.0 MiB
 *   paused …`, without a line feed.
 */
export function plainLine(report: Report): string {
  const { findings } = report;
  const urgent = findings.filter(({ severity }) => severity !== "info").length;
  const parts = [
    ...report.clusters.flatMap(({ name, primary, servers, standbys }) => [
      primary === null
        ? `primary=${titleOf(name, NOT_KNOWN)}`
        : `primary=${titleOf(name, primary.name)} ${primary.up ? "" : "down "}${
          primary.current_lsn ?? NOT_KNOWN
        } WAL ${
          compactRate(
            primary.up
              ? servers.find((server) => server.name === primary.name)?.wal_bytes_per_second ?? null
              : null,
          )
        }`,
      ...standbys.map((standby) => plainStandby(titleOf(name, standby.name), standby)),
    ]),
    ...report.unassigned_servers.map(({ name, trouble }) =>
      `server=${name} ${trouble || "in no cluster yet"}`
    ),
    ...(urgent === 0 ? [] : [countOf(urgent, "finding")]),
  ];
  return printable(`${isoTime(report.timestamp_unix_seconds)} ${report.status} ${parts.join(" | ")}`);
}

function plainStandby(title: string, standby: ReportStandby): string {
  const { lag_seconds: lag, lag_bytes: bytes, reason, connected, replay_bytes_per_second: rate } = standby;
  const state = reason ?? (connected === false ? "disconnected" : NOT_KNOWN);
  return [
    `standby=${title} lag ${compactSeconds(lag)} ${compactBytes(bytes)} ${state}`,
    ...(standby.status === "healthy" ? [] : [standby.status]),
    ...(rate === null || rate === 0 ? [] : [`replay ${compactRate(rate)}`]),
    ...(standby.catch_up_seconds === null || standby.catch_up_seconds === 0
      ? []
      : [`catch-up ${compactSeconds(standby.catch_up_seconds)}`]),
  ].join(" ");
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
 * That there is no report, in one line.
 *
 * @param now Unix seconds.
 * @param trouble Since when there was none, from where it was to come, and why there is none.
 */
export function plainTrouble(
  now: number,
  { since, source, message }: { readonly since: number; readonly source: string; readonly message: string },
): string {
  return printable(`${isoTime(now)} unknown no report from ${source} since ${isoTime(since)}: ${message}`);
}

/**
 * What tells an event from every other one.
 *
 * @param event The event.
 */
export function eventKey({ unix_seconds: at, kind, server, message }: ReportEvent): string {
  return JSON.stringify([at, kind, server, message]);
}
