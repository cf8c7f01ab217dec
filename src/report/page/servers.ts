import { type Markup, markup } from "../markup.ts";
import type { ReportServer } from "../model.ts";
import { worstFirst } from "../status.ts";
import { type PageRoom, renderLongTable, type TableRow } from "./table.ts";
import {
  formatBytesOrUnknown,
  formatOrUnknown,
  formatSecondsOrUnknown,
  renderReasons,
  renderStatusLabel,
} from "./format_html.ts";

/**
 * Servers, and the connections to them.
 *
 * @param servers The servers.
 * @param options Heading of the table, and how many servers the page holds.
 */
export function renderServers(
  servers: readonly ReportServer[],
  { caption = "Servers", ...room }: PageRoom & { readonly caption?: string } = {},
): Markup | string {
  if (servers.length === 0) return "";
  return renderLongTable(servers.length > (room.most ?? Infinity) ? worstFirst(servers) : servers, {
    ...room,
    caption,
    className: "servers",
    columns: ["Server", "State", "Role", "Position", "Timeline", "WAL rate", "Version", "Data age"],
    noun: "server",
    rowOf: serverRow,
  });
}

function serverRow(server: ReportServer): TableRow {
  const reasons = [...server.trouble === "" ? [] : [server.trouble], ...server.failed_collectors];
  const rate = server.wal_bytes_per_second;
  return {
    key: server.name,
    status: server.status,
    cells: [
      markup`<bdi>${server.name}</bdi><span class="about"><bdi>${server.address}</bdi>${
        server.alias_of === null ? "" : markup`, same server as <bdi>${server.alias_of}</bdi>`
      }</span>`,
      markup`${renderStatusLabel(server.status, server.up ? "up" : "down")}${renderReasons(reasons)}`,
      lastKnown(server, server.role ?? "unknown: never reached"),
      lastKnown(server, formatOrUnknown(server.position_lsn)),
      formatOrUnknown(server.timeline),
      rate === null ? "unknown" : `${formatBytesOrUnknown(rate)}/s`,
      formatOrUnknown(server.version),
      server.data_age_seconds === null ? "never read" : formatAge(server.data_age_seconds),
    ],
  };
}

/** Marks the data of a server that is down as old. */
function lastKnown({ up, data_age_seconds }: ReportServer, text: string): string {
  return up || data_age_seconds === null ? text : `${text} (last known)`;
}

/** Whole seconds: tenths would flicker. */
function formatAge(seconds: number): string {
  return seconds < 60 ? `${Math.floor(seconds)} s` : formatSecondsOrUnknown(seconds);
}
