/**
 * Who is in charge of a cluster: an HA manager or a managed service, which undoes steps by hand, or is split by them.
 *
 * @module
 */

/** Managers that are recognized; those that are built on another one come before it. */
export const MANAGERS = [
  "rds",
  "alloydb",
  "cloud_sql",
  "azure",
  "cloudnative_pg",
  "crunchy_pgo",
  "zalando_operator",
  "patroni",
  "pg_auto_failover",
  "stolon",
  "repmgr",
] as const;

/** One of {@linkcode MANAGERS}. */
export type Manager = typeof MANAGERS[number];

/** Their names in a sentence. */
export const MANAGER_NAMES: Readonly<Record<Manager, string>> = {
  rds: "Amazon RDS",
  alloydb: "AlloyDB",
  cloud_sql: "Cloud SQL",
  azure: "Azure Database for PostgreSQL",
  cloudnative_pg: "CloudNativePG",
  crunchy_pgo: "Crunchy Postgres for Kubernetes",
  zalando_operator: "the Zalando operator",
  patroni: "Patroni",
  pg_auto_failover: "pg_auto_failover",
  stolon: "Stolon",
  repmgr: "repmgr",
};

/** Whether it is a managed service: a read replica that is promoted there is a server of its own, and the primary goes on. */
export function isService(manager: Manager): boolean {
  return manager === "rds" || manager === "alloydb" || manager === "cloud_sql" || manager === "azure";
}

/** Whether its switchover first shuts the primary down cleanly, so that the primary sends all its WAL. */
export function stopsCleanly(manager: Manager): boolean {
  return !isService(manager) && manager !== "stolon";
}

/** How sure it is: two independent signs, or one. */
export const CERTAINTIES = ["certain", "likely"] as const;

/** The manager of a cluster. */
export interface ClusterManager {
  /** Which. */
  readonly manager: Manager;
  /** How sure it is. */
  readonly certainty: typeof CERTAINTIES[number];
  /** What shows it, one phrase each. */
  readonly by: readonly string[];
  /** What the manager calls the cluster, from `cluster_name`; "" when unknown. */
  readonly clusterName: string;
}
