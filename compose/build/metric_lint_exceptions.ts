/** A problem that is accepted, and why. */
export interface LintException {
  /** Name of the family. */
  readonly family: string;
  /** Name of the rule it breaks. */
  readonly rule: string;
  /** Why it is accepted. */
  readonly reason: string;
}

const CLASSIC = "Classic name that dashboards of the original script query";

/** Names of the classic families, which keep the original script's prefix `pg_` (DESIGN, section 6). */
const CLASSIC_NAMES = [
  "pg_data_consistency_check",
  "pg_replication_connections",
  "pg_replication_health_score",
  "pg_replication_lag_bytes",
  "pg_replication_lag_mb",
  "pg_replication_lag_seconds",
  "pg_replication_slots_active",
  "pg_replication_slots_inactive",
  "pg_replication_slots_total",
  "pg_replication_sync_state",
  "pg_wal_generation_rate",
  "pg_wal_receivers",
  "pg_wal_senders",
] as const;

/** Every known problem of the catalogue; the first two are also those that `promtool check metrics` reports. */
export const LINT_EXCEPTIONS: readonly LintException[] = [
  {
    family: "pg_replication_lag_mb",
    rule: "base unit",
    reason: `${CLASSIC}; pg_replication_lag_bytes has the base unit`,
  },
  {
    family: "pg_replication_slots_total",
    rule: "counter suffix",
    reason: `${CLASSIC}; it counts the current slots, so it is a gauge`,
  },
  ...CLASSIC_NAMES.map((family) => ({ family, rule: "prefix", reason: CLASSIC })),
];
