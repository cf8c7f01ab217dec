import type {
  ReportCluster,
  ReportConsistency,
  ReportPrimary,
  ReportServer,
  ReportSlot,
  ReportSynchronous,
} from "../model.ts";
import { compactBytes, compactRate, compactSeconds, NOT_KNOWN } from "../terminal/amounts.ts";
import { type Line, span, styleOf } from "../terminal/line.ts";
import { countOf, layTable, NOTHING, section, wrap } from "./lines.ts";
import { describeSummary, forecastStandbys, layStandbys } from "./standbys.ts";
import { layTree } from "./tree.ts";

/**
 * One cluster: primary, standbys, slots, synchronous commit, topology, forecasts.
 *
 * @param cluster The cluster.
 * @param options Columns there are.
 */
export function layCluster(cluster: ReportCluster, options: { readonly width: number }): readonly Line[] {
  const { primary, slots, standbys, synchronous } = cluster;
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
        ...wrap(describePrimary(primary, cluster), room),
        ...laySenders(primary),
      ],
    ),
    ...section("Standbys", layStandbys(standbys, room)),
    ...section("Slots", laySlots(slots)),
    ...section("Synchronous commit", synchronous === null ? [] : laySynchronous(synchronous, room)),
    ...section("Topology", layTree(cluster)),
    ...section("Servers", layServers(cluster.servers)),
    ...section("Forecasts", forecasts.flatMap((text) => wrap(text, room))),
    ...section("Consistency", layConsistency(cluster.consistency)),
  ];
}

/**
 * Servers, one line each; those that belong to no cluster have only these.
 *
 * @param servers Servers.
 */
export function layServers(servers: readonly ReportServer[]): readonly Line[] {
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
  );
}

function expectation({ expected_standbys: expected, connected_standbys: connected }: ReportCluster): string {
  if (expected === 0) return "";
  return `; ${connected ?? "an unknown number"} of ${expected} expected are connected`;
}

function describePrimary(primary: ReportPrimary, { primaries, failovers }: ReportCluster): string {
  const slots = primary.total_slots === null
    ? "slots not known"
    : `${countOf(primary.total_slots, "slot")}, ${primary.active_slots} active`;
  return [
    primary.up ? primary.name : `${primary.name} is not reached; this is the last that is known`,
    `position ${primary.current_lsn ?? "not known"}`,
    ...primary.timeline === null ? [] : [`timeline ${primary.timeline}`],
    primary.total_replicas === null
      ? "senders not known"
      : `${countOf(primary.total_replicas, "sender")}, ${
        primary.active_replicas ?? "an unknown number"
      } streaming`,
    slots,
    ...failovers > 0 ? [`${countOf(failovers, "failover")} seen`] : [],
    ...primaries.length > 1 ? [`SPLIT BRAIN: ${primaries.join(" and ")} are primaries`] : [],
  ].join(", ");
}

/** Bytes and, below, seconds from the primary's position to each stage. */
function laySenders({ replicas }: ReportPrimary): readonly Line[] {
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
  );
}

function laySlots(slots: readonly ReportSlot[]): readonly Line[] {
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
    slots.map((slot) => [
      span(slot.name, "strong"),
      span(slot.server),
      span(slot.status, styleOf(slot.status)),
      span(slot.active ? "yes" : "no"),
      span(slot.used_by ?? NOTHING),
      span(slot.invalidation_reason ?? slot.wal_status ?? NOTHING),
      span(compactBytes(slot.lag_bytes)),
      span(slot.headroom_ratio === null ? NOTHING : `${Math.round(slot.headroom_ratio * 100)}%`),
    ]),
  );
}

function forecastSlot({ name, server, lost_in_seconds: seconds }: ReportSlot): readonly string[] {
  if (seconds === null) return [];
  if (seconds === 0) return [`Slot ${name} on ${server} is lost or may be at the next checkpoint`];
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

function layConsistency(results: readonly ReportConsistency[]): readonly Line[] {
  const styles = {
    equal: "good",
    different: "critical",
    busy: "plain",
    skipped: "plain",
    failed: "warning",
  } as const;
  return layTable(
    [{ title: "TABLE" }, { title: "STANDBY" }, { title: "VERDICT" }, { title: "AGE", isRight: true }, {
      title: "WHY",
    }],
    results.map((result) => [
      span(result.table, "strong"),
      span(result.standby),
      span(result.verdict, styles[result.verdict]),
      span(compactSeconds(result.age_seconds)),
      span(result.reason),
    ]),
  );
}
