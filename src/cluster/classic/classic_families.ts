/**
 * The classic families: the names that dashboards of the original script query.
 *
 * Facts of an unreachable server are stale and yield no samples; what is known from elsewhere (a standby's lag, a
 * score of 0) does.
 *
 * @module
 */
import type { SenderFact } from "../../domain/facts.ts";
import type { ServerSnapshot, View } from "../../domain/view.ts";
import { subscribes } from "../topology/identity.ts";
import { defineFamilies, type FamilyDefinition, measure, type Measurement } from "../../metrics/family.ts";

const BYTES_PER_MIB = 1024 * 1024;

const CLASSIC_GAUGES = defineFamilies({
  pg_replication_lag_bytes:
    "Bytes of WAL not yet replayed by the standby or, on a primary, by its slowest standby; absent on a primary without " +
    "standbys that has subscriptions. From pg_current_wal_lsn() and pg_last_wal_replay_lsn().",
  pg_replication_lag_seconds:
    "Seconds since the primary's WAL passed the replay position of the standby or, on a primary, of its slowest " +
    "standby; absent on a primary without standbys that has subscriptions. From the lag clock, see " +
    "pgrepl_standby_lag_source.",
  pg_replication_lag_mb: "pg_replication_lag_bytes in MiB.",
  pg_replication_connections:
    "Standbys connected to this server: rows of pg_stat_replication except backups, pg_receivewal and logical decoding.",
  pg_replication_sync_state: {
    help:
      "Whether a standby at this address is synchronous (sync_state sync or quorum in pg_stat_replication); " +
      "client_addr all: whether any is.",
    labels: ["client_addr"],
  },
  pg_wal_senders: "WAL senders of this server: all rows of pg_stat_replication.",
  pg_wal_receivers: "WAL receivers of this server: rows of pg_stat_wal_receiver.",
  pg_wal_generation_rate:
    "Bytes of WAL per second between the last two readings: written by a primary (pg_current_wal_lsn()), received by a " +
    "standby (the further of pg_last_wal_receive_lsn() and pg_last_wal_replay_lsn()).",
  pg_replication_slots_total: { help: "Replication slots: rows of pg_replication_slots.", type: "gauge" },
  pg_replication_slots_active: "Replication slots in use (active).",
  pg_replication_slots_inactive: "Replication slots not in use (not active).",
  pg_replication_health_score:
    "Replication health of this server, 0 to 100; unknown counts as unhealthy, an unreachable server scores 0.",
});

/** The classic families except `pg_data_consistency_check`. */
export const classicFamilies: readonly FamilyDefinition[] = Object.values(CLASSIC_GAUGES);

/**
 * Measures the classic families.
 *
 * @param view Everything known.
 */
export function* measureClassic(view: View): Generator<Measurement> {
  const followed = new Set(view.standbys.map(({ clusterKey }) => clusterKey));
  for (const server of view.servers) {
    const labels = { instance: server.server, cluster: server.cluster };
    // How far a subscriber is behind its publisher is not known, and without standbys there is no other lag.
    const isUnknown = subscribes(server) !== false && !followed.has(server.clusterKey ?? "");
    const lag = isUnknown ? null : server.slowestStandby ?? server.lag;
    const bytes = lag?.bytes ?? null;
    yield* measure(CLASSIC_GAUGES.pg_replication_lag_bytes, labels, bytes);
    yield* measure(CLASSIC_GAUGES.pg_replication_lag_seconds, labels, lag?.seconds);
    yield* measure(
      CLASSIC_GAUGES.pg_replication_lag_mb,
      labels,
      bytes === null ? null : bytes / BYTES_PER_MIB,
    );
    yield* measure(CLASSIC_GAUGES.pg_wal_generation_rate, labels, server.walBytesPerSecond);
    yield* measure(CLASSIC_GAUGES.pg_replication_health_score, labels, server.healthScore);
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
    yield* measure(CLASSIC_GAUGES.pg_replication_connections, labels, standbys.length);
    yield* measure(CLASSIC_GAUGES.pg_wal_senders, labels, senders.length);
    yield* measureSyncState(standbys, labels);
  }
  yield* measure(CLASSIC_GAUGES.pg_wal_receivers, labels, countReceivers(server));
  if (slots !== undefined) {
    const active = slots.filter((slot) => slot.active).length;
    yield* measure(CLASSIC_GAUGES.pg_replication_slots_total, labels, slots.length);
    yield* measure(CLASSIC_GAUGES.pg_replication_slots_active, labels, active);
    yield* measure(CLASSIC_GAUGES.pg_replication_slots_inactive, labels, slots.length - active);
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
    yield* measure(CLASSIC_GAUGES.pg_replication_sync_state, { ...labels, client_addr: address }, isSync);
  }
  // One whose state is not known may be the synchronous one.
  const allKnown = standbys.every((row) => row.syncState !== null);
  if (any || allKnown) {
    yield* measure(CLASSIC_GAUGES.pg_replication_sync_state, { ...labels, client_addr: "all" }, any);
  }
}
