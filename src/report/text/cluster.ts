import { countOf } from "../../domain/quantities.ts";
import type {
  ReportCluster,
  ReportConsistency,
  ReportPrimary,
  ReportReplica,
  ReportServer,
  ReportSlot,
  ReportSynchronous,
} from "../model.ts";
import { compactBytes, compactRate, compactSeconds, NOT_KNOWN } from "../styled_text/amounts.ts";
import { type Line, type Room, span, styleOf } from "../styled_text/line.ts";
import { tableStatusOf } from "../table_status.ts";
import { describeManager } from "../manager.ts";
import { worstFirst } from "../status.ts";
import { takeSlots, takeSome, takeWorst } from "../take_some.ts";
import { indent, layRest, laySection, layTable, layText, NOT_APPLICABLE, numbers, words } from "./lines.ts";
import { describeSummary, forecastStandbys, layStandbys } from "./standbys.ts";
import { layTree } from "./tree.ts";

/**
 * One cluster: primary, standbys, slots, synchronous commit, topology, forecasts.
 *
 * @param cluster The cluster.
 * @param options Columns available.
 */
export function layCluster(cluster: ReportCluster, { width, ...given }: Room): readonly Line[] {
  const { primary, primaries, slots, standbys, synchronous } = cluster;
  const room = { ...given, width: width - 2 };
  const name = cluster.name === "" ? "" : ` ${cluster.name}`;
  const forecasts = takeSome(
    [...forecastStandbys(standbys), ...takeSlots(slots).shown.flatMap(forecastSlot)],
    room.most,
  );
  return [
    [],
    [
      span(`CLUSTER${name}`, "strong"),
      span("  "),
      span(cluster.status, styleOf(cluster.status)),
      span(`  system identifier ${cluster.system_identifier}`, "quiet"),
    ],
    ...layText(describeSummary(cluster.summary) + describeExpected(cluster), { width }),
    ...cluster.manager ? layText(describeManager(cluster.manager), { width }) : [],
    ...laySection(
      "Primary",
      primary === null ? [[span("None seen so far", "critical")]] : [
        ...primaries.length < 2
          ? []
          : [[span(`SPLIT BRAIN: ${primaries.join(" and ")} are primaries`, "critical")]],
        ...layText(describePrimary(primary, cluster), room),
        ...laySenders(primary, room),
      ],
    ),
    ...laySection("Standbys", layStandbys(standbys, room)),
    ...laySection("Slots", laySlots(slots, room)),
    ...laySection("Synchronous commit", synchronous === null ? [] : laySynchronous(synchronous, room)),
    ...laySection("Topology", layTree(cluster, room)),
    ...laySection("Servers", layServers(cluster.servers, room)),
    ...laySection("Forecasts", [
      ...forecasts.shown.flatMap((text) => layText(text, room)),
      ...layRest(forecasts.rest.map(() => null), { ...room, noun: "forecast" }),
    ]),
    ...laySection("Consistency", layConsistency(cluster.consistency, room)),
  ];
}

/**
 * Servers, one line each.
 *
 * @param servers Servers.
 * @param room Columns available.
 */
export function layServers(servers: readonly ReportServer[], room: Room): readonly Line[] {
  const { shown, rest } = takeWorst(servers, room.most);
  const table = layTable(
    [
      ...words("SERVER", "STATUS", "ROLE", "VERSION"),
      ...numbers("AGE", "WAL", "HEALTH"),
      ...words("ADDRESS"),
    ],
    shown.map((server) => [
      span(server.name, "strong"),
      span(
        server.up ? server.status === "healthy" ? "up" : `up, ${server.status}` : "down",
        styleOf(server.status),
      ),
      span(server.role ?? NOT_KNOWN),
      span(server.version?.split(" ")[0] ?? NOT_KNOWN),
      span(compactSeconds(server.data_age_seconds)),
      span(compactRate(server.wal_bytes_per_second)),
      span(String(server.health_score)),
      span(describeAddress(server)),
    ]),
    room,
  );
  return [...table, ...layRest(rest.map(({ status }) => status), { ...room, noun: "server" })];
}

function describeAddress({ address, alias_of: aliasOf }: ReportServer): string {
  if (aliasOf !== null) return `${address} (same server as ${aliasOf})`.trim();
  return address === "" ? NOT_APPLICABLE : address;
}

function describeExpected({ expected_standbys: expected, connected_standbys: connected }: ReportCluster) {
  return expected === 0 ? "" : `; ${connected ?? "an unknown number"} of ${expected} expected connected`;
}

function describePrimary(primary: ReportPrimary, { failovers }: ReportCluster): string {
  return [
    `"${primary.name}"${primary.up ? "" : " is unreachable"}`,
    `${primary.up ? "" : "last known "}position ${primary.current_lsn ?? "unknown"}`,
    ...primary.timeline === null ? [] : [`timeline ${primary.timeline}`],
    primary.total_replicas === null
      ? "senders unknown"
      : `${countOf(primary.total_replicas, "sender")}, ${
        primary.active_replicas ?? "an unknown number"
      } streaming`,
    primary.total_slots === null
      ? "slots unknown"
      : `${countOf(primary.total_slots, "slot")}, ${primary.active_slots} active`,
    ...failovers > 0 ? [`${countOf(failovers, "failover")} seen`] : [],
  ].join(", ");
}

/** Bytes and, below, seconds from the primary's position to each stage. */
function laySenders({ replicas }: ReportPrimary, room: Room): readonly Line[] {
  const senders = replicas ?? [];
  const isLong = senders.length > (room.most ?? Infinity);
  const { shown, rest } = takeSome(isLong ? senders.toSorted(byBacklog) : senders, room.most);
  const table = layTable(
    [...words("SENDER", "ADDRESS", "STATE", "SYNC"), ...numbers("SENT", "WRITE", "FLUSH", "REPLAY")],
    shown.flatMap((replica) => [
      [
        span(replica.application_name, "strong"),
        span(replica.client_addr ?? "socket"),
        span(replica.kind === "standby" ? replica.state ?? NOT_KNOWN : replica.kind),
        span(replica.sync_state ?? NOT_KNOWN),
        span(compactBytes(replica.sent_lag_bytes)),
        span(compactBytes(replica.write_lag_bytes)),
        span(compactBytes(replica.flush_lag_bytes)),
        span(compactBytes(replica.replay_lag_bytes)),
      ],
      ...(replica.write_lag_seconds ?? replica.flush_lag_seconds ?? replica.replay_lag_seconds) === null
        ? []
        : [[
          ...["", "", "", "", ""].map((text) => span(text)),
          span(compactSeconds(replica.write_lag_seconds)),
          span(compactSeconds(replica.flush_lag_seconds)),
          span(compactSeconds(replica.replay_lag_seconds)),
        ]],
    ]),
    room,
  );
  return [...table, ...layRest(rest.map(() => null), { ...room, noun: "sender" })];
}

/** The one with most WAL to go first, and before it those that report nothing. */
function byBacklog(a: ReportReplica, b: ReportReplica): number {
  const [left, right] = [a, b].map(({ replay_lag_bytes: bytes }) => bytes ?? Number.MAX_VALUE);
  return (right ?? 0) - (left ?? 0);
}

function laySlots(slots: readonly ReportSlot[], room: Room): readonly Line[] {
  const { shown, rest } = takeSlots(slots, room.most);
  const table = layTable(
    [...words("SLOT", "SERVER", "STATUS", "ACTIVE", "USED BY", "WAL"), ...numbers("RETAINED", "LEFT")],
    shown.map((slot) => [
      span(slot.name, "strong"),
      span(slot.server),
      span(slot.status, styleOf(slot.status)),
      span(slot.active ? "yes" : "no"),
      span(slot.used_by ?? NOT_APPLICABLE),
      span(slot.invalidation_reason ?? slot.wal_status ?? NOT_APPLICABLE),
      span(compactBytes(slot.lag_bytes)),
      span(slot.headroom_ratio === null ? NOT_APPLICABLE : `${Math.round(slot.headroom_ratio * 100)}%`),
    ]),
    room,
  );
  return [...table, ...layRest(rest.map(({ status }) => status), { ...room, noun: "slot" })];
}

function forecastSlot({ name, server, wal_status, lost_in_seconds: seconds }: ReportSlot): readonly string[] {
  if (seconds === null || wal_status === "lost") return [];
  if (seconds === 0) return [`Slot ${name} on ${server} may be lost at the next checkpoint`];
  return [`Slot ${name} on ${server} will be lost in ${compactSeconds(seconds)} at the current rate`];
}

function laySynchronous(sync: ReportSynchronous, room: Room): readonly Line[] {
  if (sync.required === 0) return [[span("Commits wait for no standby")]];
  const waiting = sync.commits_waiting === null || sync.commits_waiting === 0
    ? "no commit waits"
    : `${countOf(sync.commits_waiting, "waiting commit")}, the oldest for ${
      sync.oldest_wait_seconds === null ? "an unknown time" : compactSeconds(sync.oldest_wait_seconds)
    }`;
  const required = countOf(sync.required, "required standby");
  const text = `${sync.met} of ${required} streaming, ${sync.spare} spare; ${waiting} ` +
    `(synchronous_standby_names = ${sync.names})`;
  return layText(text, { ...room, lead: [span(sync.status, styleOf(sync.status)), span("  ")] });
}

/** Compared tables, the worst first, each with its reasons below. */
function layConsistency(checks: readonly ReportConsistency[], room: Room): readonly Line[] {
  const { shown: results, rest } = takeSome(
    worstFirst(checks.map((check) => ({ ...tableStatusOf(check), check }))),
    room.most,
  );
  const kinds = new Set(checks.map(({ subscription }) => subscription === null ? "STANDBY" : "SUBSCRIBER"));
  const [kind = "STANDBY", other] = kinds;
  const [head, ...rows] = layTable(
    [
      ...words("TABLE", other === undefined ? kind : "SERVER", "VERDICT"),
      ...numbers("ROWS", "CHECKED", "CONCLUSIVE"),
    ],
    results.map(({ check, verdict, status }) => [
      span(check.table, "strong"),
      span(check.subscription === null ? check.standby : `${check.standby} (${check.subscription})`),
      span(verdict, styleOf(status)),
      span(check.rows_compared === null ? NOT_APPLICABLE : String(check.rows_compared)),
      span(`${compactSeconds(check.age_seconds)} ago`),
      span(
        check.conclusive_age_seconds === null
          ? "never"
          : `${compactSeconds(check.conclusive_age_seconds)} ago`,
      ),
    ]),
    room,
  );
  return head === undefined ? [] : [
    head,
    ...rows.flatMap((row, index) => [
      row,
      ...indent(
        (results[index]?.reasons ?? []).flatMap((reason) => layText(reason, { width: room.width - 2 })),
      ),
    ]),
    ...layRest(rest.map(({ status }) => status), { ...room, noun: "table" }),
  ];
}
