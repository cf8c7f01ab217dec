import { countOf } from "../../domain/quantities.ts";
import type {
  ReportCluster,
  ReportConsistency,
  ReportPrimary,
  ReportServer,
  ReportSlot,
  ReportSynchronous,
} from "../model.ts";
import { compactBytes, compactRate, compactSeconds, NOT_KNOWN } from "../styled_text/amounts.ts";
import { type Line, span, styleOf } from "../styled_text/line.ts";
import { standingOf } from "../table_status.ts";
import { worstFirst } from "../status.ts";
import { indent, layTable, NOTHING, section, wrap } from "./lines.ts";
import { describeSummary, forecastStandbys, layStandbys } from "./standbys.ts";
import { layTree } from "./tree.ts";

/**
 * One cluster: primary, standbys, slots, synchronous commit, topology, forecasts.
 *
 * @param cluster The cluster.
 * @param options Columns there are.
 */
export function layCluster(cluster: ReportCluster, options: { readonly width: number }): readonly Line[] {
  const { primary, primaries, slots, standbys, synchronous } = cluster;
  const room = { width: options.width - 2 };
  const name = cluster.name === "" ? "" : ` ${cluster.name}`;
  const forecasts = [...forecastStandbys(standbys), ...slots.flatMap(forecastSlot)];
  return [
    [],
    [
      span(`CLUSTER${name}`, "strong"),
      span("  "),
      span(cluster.status, styleOf(cluster.status)),
      span(`  system identifier ${cluster.system_identifier}`, "quiet"),
    ],
    ...wrap(describeSummary(cluster.summary) + expectation(cluster), { width: options.width }),
    ...section(
      "Primary",
      primary === null ? [[span("None was ever seen", "critical")]] : [
        ...primaries.length < 2
          ? []
          : [[span(`SPLIT BRAIN: ${primaries.join(" and ")} are primaries`, "critical")]],
        ...wrap(describePrimary(primary, cluster), room),
        ...laySenders(primary, room),
      ],
    ),
    ...section("Standbys", layStandbys(standbys, room)),
    ...section("Slots", laySlots(slots, room)),
    ...section("Synchronous commit", synchronous === null ? [] : laySynchronous(synchronous, room)),
    ...section("Topology", layTree(cluster, room)),
    ...section("Servers", layServers(cluster.servers, room)),
    ...section("Forecasts", forecasts.flatMap((text) => wrap(text, room))),
    ...section("Consistency", layConsistency(cluster.consistency, room)),
  ];
}

/**
 * Servers, one line each; those that belong to no cluster have only these.
 *
 * @param servers Servers.
 * @param room Columns there are.
 */
export function layServers(
  servers: readonly ReportServer[],
  room: { readonly width: number },
): readonly Line[] {
  return layTable(
    [
      { title: "SERVER" },
      { title: "STATUS" },
      { title: "ROLE" },
      { title: "VERSION" },
      { title: "AGE", isRight: true },
      { title: "WAL", isRight: true },
      { title: "HEALTH", isRight: true },
      { title: "ADDRESS" },
    ],
    servers.map((server) => [
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
      span(server.address === "" ? NOTHING : server.address),
    ]),
    room,
  );
}

function expectation({ expected_standbys: expected, connected_standbys: connected }: ReportCluster): string {
  if (expected === 0) return "";
  return `; ${connected ?? "an unknown number"} of ${expected} expected are connected`;
}

function describePrimary(primary: ReportPrimary, { failovers }: ReportCluster): string {
  const slots = primary.total_slots === null
    ? "slots not known"
    : `${countOf(primary.total_slots, "slot")}, ${primary.active_slots} active`;
  return [
    primary.up ? `"${primary.name}"` : `"${primary.name}" is not reached; this is the last that is known`,
    `position ${primary.current_lsn ?? "not known"}`,
    ...primary.timeline === null ? [] : [`timeline ${primary.timeline}`],
    primary.total_replicas === null
      ? "senders not known"
      : `${countOf(primary.total_replicas, "sender")}, ${
        primary.active_replicas ?? "an unknown number"
      } streaming`,
    slots,
    ...failovers > 0 ? [`${countOf(failovers, "failover")} seen`] : [],
  ].join(", ");
}

/** Bytes and, below, seconds from the primary's position to each stage. */
function laySenders({ replicas }: ReportPrimary, room: { readonly width: number }): readonly Line[] {
  return layTable(
    [
      { title: "SENDER" },
      { title: "ADDRESS" },
      { title: "STATE" },
      { title: "SYNC" },
      { title: "SENT", isRight: true },
      { title: "WRITE", isRight: true },
      { title: "FLUSH", isRight: true },
      { title: "REPLAY", isRight: true },
    ],
    (replicas ?? []).flatMap((replica) => [
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
}

function laySlots(slots: readonly ReportSlot[], room: { readonly width: number }): readonly Line[] {
  return layTable(
    [
      { title: "SLOT" },
      { title: "SERVER" },
      { title: "STATUS" },
      { title: "ACTIVE" },
      { title: "USED BY" },
      { title: "WAL" },
      { title: "KEEPS", isRight: true },
      { title: "LEFT", isRight: true },
    ],
    worstFirst(slots).map((slot) => [
      span(slot.name, "strong"),
      span(slot.server),
      span(slot.status, styleOf(slot.status)),
      span(slot.active ? "yes" : "no"),
      span(slot.used_by ?? NOTHING),
      span(slot.invalidation_reason ?? slot.wal_status ?? NOTHING),
      span(compactBytes(slot.lag_bytes)),
      span(slot.headroom_ratio === null ? NOTHING : `${Math.round(slot.headroom_ratio * 100)}%`),
    ]),
    room,
  );
}

function forecastSlot(slot: ReportSlot): readonly string[] {
  const { name, server, wal_status, lost_in_seconds: seconds } = slot;
  // One that is lost has no future.
  if (seconds === null || wal_status === "lost") return [];
  if (seconds === 0) return [`Slot ${name} on ${server} may be lost at the next checkpoint`];
  return [`Slot ${name} on ${server} is lost in ${compactSeconds(seconds)} at this rate`];
}

function laySynchronous(sync: ReportSynchronous, room: { readonly width: number }): readonly Line[] {
  if (sync.required === 0) return [[span("Commits wait for no standby")]];
  const waiting = sync.commits_waiting === null || sync.commits_waiting === 0
    ? "no commit waits"
    : `${countOf(sync.commits_waiting, "waiting commit")}, the oldest for ${
      sync.oldest_wait_seconds === null ? "an unknown time" : compactSeconds(sync.oldest_wait_seconds)
    }`;
  const text =
    `${sync.met} of ${
      countOf(sync.required, "required standby")
    } there, ${sync.spare} to spare; ${waiting} ` +
    `(synchronous_standby_names = ${sync.names})`;
  const lead = [span(sync.status, styleOf(sync.status)), span("  ")];
  return wrap(text, { ...room, lead });
}

/** Tables that were compared, the worst first, each with its reasons below. */
function layConsistency(
  checks: readonly ReportConsistency[],
  room: { readonly width: number },
): readonly Line[] {
  const results = worstFirst(checks.map((check) => ({ ...standingOf(check), check })));
  const [head, ...rows] = layTable(
    [{ title: "TABLE" }, { title: "STANDBY" }, { title: "VERDICT" }, { title: "ROWS", isRight: true }, {
      title: "CHECKED",
      isRight: true,
    }, { title: "CONCLUSIVE", isRight: true }],
    results.map(({ check, verdict, status }) => [
      span(check.table, "strong"),
      span(check.standby),
      span(verdict, styleOf(status)),
      span(check.rows_compared === null ? NOTHING : String(check.rows_compared)),
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
        (results[index]?.reasons ?? []).flatMap((reason) => wrap(reason, { width: room.width - 2 })),
      ),
    ]),
  ];
}
