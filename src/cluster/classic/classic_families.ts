/**
 * The classic families: the names that dashboards of the original script ask for.
 *
 * Facts of a server that is not reached are stale and give no samples; what is known of it from elsewhere (a
 * standby's lag, a score of 0) does.
 *
 * @module
 */
import type { SenderFact } from "../../domain/facts.ts";
import type { ServerSnapshot, View } from "../../domain/view.ts";
import { type FamilyDefinition, measure, type Measurement } from "../../metrics/family.ts";

const BYTES_PER_MIB = 1024 * 1024;

function gauge(name: string, help: string, unit?: string): FamilyDefinition {
  const base: FamilyDefinition = { name, type: "gauge", help, labels: ["instance", "cluster"] };
  return unit === undefined ? base : { ...base, unit };
}

const lagBytes = gauge(
  "pg_replication_lag_bytes",
  "Bytes of WAL not yet replayed: of the standby itself, or of a primary's slowest standby. From pg_current_wal_lsn() and pg_last_wal_replay_lsn().",
  "bytes",
);
const lagSeconds = gauge(
  "pg_replication_lag_seconds",
  "Seconds since the primary's WAL went past what was replayed: of the standby itself, or of a primary's slowest standby. From the lag clock, see pgrepl_standby_lag_source.",
  "seconds",
);
const lagMb = gauge("pg_replication_lag_mb", "The same as pg_replication_lag_bytes, in MiB.");
const connections = gauge(
  "pg_replication_connections",
  "Standbys connected to this server: rows of pg_stat_replication without backups, pg_receivewal and logical decoding.",
);
const syncState: FamilyDefinition = {
  name: "pg_replication_sync_state",
  type: "gauge",
  help:
    "Whether a standby at this address is synchronous (sync_state sync or quorum in pg_stat_replication); all: whether any is.",
  labels: ["instance", "cluster", "client_addr"],
};
const walSenders = gauge("pg_wal_senders", "WAL senders of this server: all rows of pg_stat_replication.");
const walReceivers = gauge("pg_wal_receivers", "WAL receivers of this server: rows of pg_stat_wal_receiver.");
const walGenerationRate = gauge(
  "pg_wal_generation_rate",
  "Bytes of WAL per second between the last two readings: written by a primary (pg_current_wal_lsn()), received by a standby (the larger of pg_last_wal_receive_lsn() and pg_last_wal_replay_lsn()).",
);
const slotsTotal = gauge("pg_replication_slots_total", "Replication slots, rows of pg_replication_slots.");
const slotsActive = gauge("pg_replication_slots_active", "Replication slots in use (active).");
const slotsInactive = gauge(
  "pg_replication_slots_inactive",
  "Replication slots that nobody uses (not active).",
);
const healthScore = gauge(
  "pg_replication_health_score",
  "Health of this server's replication, 0 to 100; what is not known counts as unhealthy, a server that is not reached is 0.",
);

/** The classic families, `pg_data_consistency_check` excepted. */
export const classicFamilies: readonly FamilyDefinition[] = [
  lagBytes,
  lagSeconds,
  lagMb,
  connections,
  syncState,
  walSenders,
  walReceivers,
  walGenerationRate,
  slotsTotal,
  slotsActive,
  slotsInactive,
  healthScore,
];

/**
 * Measures the classic families.
 *
 * @param view Everything known.
 */
export function* measureClassic(view: View): Generator<Measurement> {
  for (const server of view.servers) {
    const labels = { instance: server.server, cluster: server.cluster };
    const lag = server.slowestStandby ?? server.lag;
    const bytes = lag?.bytes ?? null;
    yield* measure(lagBytes, labels, bytes);
    yield* measure(lagSeconds, labels, lag?.seconds);
    yield* measure(lagMb, labels, bytes === null ? null : bytes / BYTES_PER_MIB);
    yield* measure(walGenerationRate, labels, server.walBytesPerSecond);
    yield* measure(healthScore, labels, server.healthScore);
    if (server.up) yield* measureFacts(server, labels);
  }
}

function* measureFacts(
  server: ServerSnapshot,
  labels: Readonly<Record<string, string>>,
): Generator<Measurement> {
  const { senders, slots } = server.facts;
  if (senders !== undefined) {
    const standbys = senders.filter((row) => row.kind === "standby");
    yield* measure(connections, labels, standbys.length);
    yield* measure(walSenders, labels, senders.length);
    yield* measureSyncState(standbys, labels);
  }
  yield* measure(walReceivers, labels, countReceivers(server));
  if (slots !== undefined) {
    const active = slots.filter((slot) => slot.active).length;
    yield* measure(slotsTotal, labels, slots.length);
    yield* measure(slotsActive, labels, active);
    yield* measure(slotsInactive, labels, slots.length - active);
  }
}

/** A primary has no receiver; a row whose status is hidden from the login says nothing. */
function countReceivers({ role, facts }: ServerSnapshot): number | null {
  if (role === "primary") return 0;
  if (facts.receiver === undefined || facts.receiver.some((row) => row.status === null)) return null;
  return facts.receiver.length;
}

/** Twins at one address share a series: it is 1 when one of them is synchronous. */
function* measureSyncState(
  standbys: readonly SenderFact[],
  labels: Readonly<Record<string, string>>,
): Generator<Measurement> {
  const byAddress = new Map<string, boolean>();
  let any = false;
  for (const { clientAddress, syncState: state } of standbys) {
    if (state === null) continue;
    const isSync = state === "sync" || state === "quorum";
    any ||= isSync;
    // Over a Unix socket there is no address, and an empty label would be none.
    const address = clientAddress === "" ? "local" : clientAddress;
    byAddress.set(address, isSync || byAddress.get(address) === true);
  }
  for (const [address, isSync] of byAddress) {
    yield* measure(syncState, { ...labels, client_addr: address }, isSync);
  }
  // One whose state is not known may be the synchronous one.
  const allKnown = standbys.every((row) => row.syncState !== null);
  if (any || allKnown) yield* measure(syncState, { ...labels, client_addr: "all" }, any);
}
