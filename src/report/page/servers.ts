import { type Markup, markup } from "../markup.ts";
import type { ReportServer } from "../model.ts";
import { renderTable, type TableRow } from "./table.ts";
import { formatDuration, formatKnown, formatSize, renderStatus } from "./format_html.ts";

/**
 * Every server as the exporter reaches it.
 *
 * @param servers The servers.
 * @param caption Heading of the table.
 */
export function renderServers(servers: readonly ReportServer[], caption = "Servers"): Markup | string {
  if (servers.length === 0) return "";
  return renderTable({
    caption,
    className: "servers",
    columns: ["Server", "State", "Role", "Position", "Timeline", "WAL rate", "Version", "Data age"],
    rows: servers.map(rowOf),
  });
}

function rowOf(server: ReportServer): TableRow {
  const reasons = [...server.trouble === "" ? [] : [server.trouble], ...server.failed_collectors];
  const rate = server.wal_bytes_per_second;
  return {
    key: server.name,
    status: server.status,
    cells: [
      markup`<bdi>${server.name}</bdi><span class="about"><bdi>${server.address}</bdi></span>`,
      markup`${renderStatus(server.status, server.up ? "up" : "down")}${
        reasons.map((reason) => markup`<span class="reason"><bdi>${reason}</bdi></span>`)
      }`,
      lastKnown(server, server.role ?? "unknown: never reached"),
      lastKnown(server, formatKnown(server.position_lsn)),
      formatKnown(server.timeline),
      rate === null ? "unknown" : `${formatSize(rate)}/s`,
      formatKnown(server.version),
      server.data_age_seconds === null ? "never read" : formatAge(server.data_age_seconds),
    ],
  };
}

/** Old knowledge of a server that is down is kept, and called so. */
function lastKnown({ up, data_age_seconds }: ReportServer, text: string): string {
  return up || data_age_seconds === null ? text : `${text} (last known)`;
}

/** Whole seconds: tenths would only flicker. */
function formatAge(seconds: number): string {
  return seconds < 60 ? `${Math.floor(seconds)} s` : formatDuration(seconds);
}
