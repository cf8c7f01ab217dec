import { formatSeconds } from "../domain/quantities.ts";
import type { Report, ReportServer, ReportStandby, ReportSubscription, Status } from "./model.ts";
import { describeTables, reasonsOfSubscription } from "./subscription_words.ts";
import { NOT_KNOWN } from "./styled_text/amounts.ts";
import { printable } from "./styled_text/display_width.ts";
import { type Room, span, styleOf } from "./styled_text/line.ts";
import { layTable, NOT_APPLICABLE, words, writeLines } from "./text/lines.ts";

/** One server in a list. `null` means unknown, never 0. */
export interface ServerListEntry {
  /** Its name. */
  readonly name: string;
  /** `primary` or `standby`; null when unknown. */
  readonly role: string | null;
  /** `running`, `unreachable`, or the cause of a standby's state, such as `streaming`; null when unknown. */
  readonly state: string | null;
  /** Timeline; null when unknown. */
  readonly timeline: number | null;
  /** Lag against the primary, seconds; null when unknown, and for a primary. */
  readonly lag_seconds: number | null;
  /** The same in bytes. */
  readonly lag_bytes: number | null;
  /** Why it is in that state: one sentence; "" when there is none. */
  readonly reason: string;
  /** Configured name of its cluster; "" when none. */
  readonly cluster: string;
  /** Its status. */
  readonly status: Status;
}

/** Columns of tab-separated values. */
const COLUMNS = [
  "name",
  "role",
  "state",
  "timeline",
  "lag_seconds",
  "lag_bytes",
  "reason",
  "cluster",
  "status",
] as const satisfies readonly (keyof ServerListEntry)[];

/**
 * Every server of a report: those of each cluster, the primary first, then standbys that are not watched.
 *
 * @param report The report.
 */
export function deriveServerList({ clusters, unassigned_servers }: Report): readonly ServerListEntry[] {
  return [
    ...clusters.flatMap(({ name: cluster, primary, servers, standbys }) => {
      const watched = new Set(servers.map(({ name }) => name));
      return [
        ...servers.toSorted((a, b) => Number(b.name === primary?.name) - Number(a.name === primary?.name))
          .map((server) => {
            const own = server.alias_of ?? server.name;
            return entryOf(server, { cluster, standby: standbys.find(({ name }) => name === own) });
          }),
        ...standbys.filter(({ name }) => !watched.has(name)).map((standby) => ({
          ...ofStandby(standby),
          name: standby.name,
          role: "standby",
          timeline: null,
          cluster,
        })),
      ];
    }),
    ...unassigned_servers.map((server) => entryOf(server, { cluster: "", standby: undefined })),
  ];
}

function entryOf(
  server: ReportServer,
  { cluster, standby }: { readonly cluster: string; readonly standby: ReportStandby | undefined },
): ServerListEntry {
  const { name, role, timeline, up, status, trouble, alias_of } = server;
  const base = { name, role, timeline, cluster };
  // A standby that was promoted, or came back, is listed by what it is now.
  if (standby !== undefined && (role === "standby" || role === null)) {
    const of = ofStandby(standby);
    return { ...base, ...of, reason: describeAlias(alias_of) || of.reason || trouble };
  }
  return {
    ...base,
    state: up ? "running" : "unreachable",
    lag_seconds: null,
    lag_bytes: null,
    reason: describeAlias(alias_of) || trouble,
    status,
  };
}

function ofStandby(standby: ReportStandby) {
  const { reason: state, lag_seconds, lag_bytes, reason_text, status_reasons, status } = standby;
  return { state, lag_seconds, lag_bytes, reason: reason_text || status_reasons.join("; "), status };
}

function describeAlias(name: string | null): string {
  return name === null ? "" : `The same server as "${name}"`;
}

/**
 * The subscriptions as a table, below that of the servers; "" without any.
 *
 * @param subscriptions Every subscription of a report.
 * @param options Columns, unlimited by default, and whether colours are used.
 */
export function renderSubscriptionList(
  subscriptions: readonly ReportSubscription[],
  { color, ...room }: Partial<Room> & { readonly color: boolean },
): string {
  if (subscriptions.length === 0) return "";
  const rows = subscriptions.map((each) => [
    span(each.name, "strong"),
    span(each.server),
    span(each.publisher?.server ?? NOT_KNOWN),
    span(each.reason ?? NOT_KNOWN, styleOf(each.status)),
    span(each.lag_seconds === null ? NOT_KNOWN : formatSeconds(each.lag_seconds)),
    span(describeTables(each) ?? NOT_KNOWN),
    span(reasonsOfSubscription(each).join("; "), "quiet"),
  ]);
  const titles = words("SUBSCRIPTION", "ON", "FROM", "STATE", "LAG", "TABLES", "REASON");
  return writeLines([[], ...layTable(titles, rows, { width: Infinity, ...room })], { color });
}

/**
 * The list as a table: one line per server under a line of titles.
 *
 * @param entries The servers.
 * @param options Columns, unlimited by default, and whether colours are used.
 */
export function renderServerList(
  entries: readonly ServerListEntry[],
  { color, ...room }: Partial<Room> & { readonly color: boolean },
): string {
  const hasClusters = entries.some(({ cluster }) => cluster !== "");
  const rows = entries.map((entry) => {
    const { name, role, state, timeline, lag_seconds, reason, cluster, status } = entry;
    const lag = role === "primary"
      ? NOT_APPLICABLE
      : lag_seconds === null
      ? NOT_KNOWN
      : formatSeconds(lag_seconds);
    return [
      ...hasClusters ? [span(cluster || NOT_APPLICABLE)] : [],
      span(name, "strong"),
      span(role ?? NOT_KNOWN),
      span(state ?? NOT_KNOWN, styleOf(status)),
      span(timeline === null ? NOT_KNOWN : String(timeline)),
      span(lag),
      span(reason, "quiet"),
    ].map((cell) => ({ ...cell, text: printable(cell.text) }));
  });
  const titles = [...hasClusters ? ["CLUSTER"] : [], "NAME", "ROLE", "STATE", "TIMELINE", "LAG", "REASON"];
  return writeLines(layTable(words(...titles), rows, { width: Infinity, ...room }), { color });
}

/**
 * The list as tab-separated values, with a line of titles; unknown values are empty.
 *
 * @param entries The servers.
 */
export function renderServerTsv(entries: readonly ServerListEntry[]): string {
  const rows = entries.map((entry) => COLUMNS.map((column) => printable(String(entry[column] ?? ""))));
  return [COLUMNS, ...rows].map((cells) => `${cells.join("\t")}\n`).join("");
}
