import { decodeText, type Row } from "../postgres/decode.ts";
import { type Collector, defineCollector } from "./collector.ts";

/** Sessions that managers keep open, or their standbys; `Patroni ctl` is a person. */
const SESSIONS =
  "^(Patroni|Patroni heartbeat|Patroni restapi|repmgr|cnpg-instance-manager|pgautofailover_standby_[0-9]+|stolon_[0-9a-f]{8})$";

/** Settings that Patroni gives on the command line on every node, and that hardly anybody else gives there. */
const COMMAND_LINE = ["cluster_name", "hot_standby", "wal_log_hints", "track_commit_timestamp"];

/** Roles of managers and services. */
const ROLES = [
  ...["rdsadmin", "rds_superuser", "alloydbadmin", "alloydbsuperuser", "cloudsqladmin", "cloudsqlsuperuser"],
  ...["azuresu", "azure_pg_admin", "streaming_replica", "cnpg_metrics_exporter", "_crunchyrepl", "zalandos"],
  ...["robot_zmon", "pgautofailover_replicator", "pgautofailover_monitor", "repmgr"],
];

function quoteList(texts: readonly string[]): string {
  return texts.map((text) => `'${text}'`).join(", ");
}

function decodeList(row: Row, column: string): readonly string[] {
  return (decodeText(row, column) ?? "").split("\n").filter((text) => text !== "");
}

/**
 * Reads the traces of an HA manager or a managed service; what they mean is decided by `cluster/topology/manager.ts`.
 *
 * Names of sessions, sources of settings and names of roles are visible to every login; `shared_preload_libraries` to
 * members of `pg_read_all_settings`: to others `pg_show_all_settings()` has no row of it.
 */
export const manager: Collector<"manager"> = defineCollector({
  name: "manager",
  help: "Traces of an HA manager or a managed service: its sessions, settings, libraries and roles",
  roles: ["primary", "standby"],
  sql: `
SELECT (
    SELECT pg_catalog.string_agg(DISTINCT application_name, E'\\n' ORDER BY application_name)
    FROM pg_catalog.pg_stat_get_activity(NULL) WHERE application_name ~ '${SESSIONS}'
  ) AS sessions,
  pg_catalog.string_agg(name, E'\\n' ORDER BY name)
    FILTER (WHERE source = 'command line' AND name IN (${quoteList(COMMAND_LINE)})) AS command_line,
  pg_catalog.max(pg_catalog.substring(setting, E'\\\\mrepmgr\\\\M')) FILTER (WHERE name = 'shared_preload_libraries')
    AS preloaded,
  (
    SELECT pg_catalog.string_agg(rolname, E'\\n' ORDER BY rolname)
    FROM pg_catalog.pg_roles WHERE rolname IN (${quoteList(ROLES)})
  ) AS roles
FROM pg_catalog.pg_show_all_settings()`,
  decode: (row) => ({
    sessions: decodeList(row, "sessions"),
    commandLine: decodeList(row, "command_line"),
    preloaded: decodeList(row, "preloaded"),
    roles: decodeList(row, "roles"),
  }),
  families: {},
});
