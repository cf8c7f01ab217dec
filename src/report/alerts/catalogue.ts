import type { AlertGroup, Recording } from "./alert.ts";
import { clusterAlerts } from "./cluster_alerts.ts";
import { exporterAlerts } from "./exporter_alerts.ts";
import { lateRecordings } from "./lag_objective.ts";
import { logicalAlerts } from "./logical_alerts.ts";
import { standbyAlerts } from "./standby_alerts.ts";
import { walAlerts } from "./wal_alerts.ts";

/** Every alert, by group. */
export const alertGroups: readonly AlertGroup[] = [
  standbyAlerts,
  clusterAlerts,
  walAlerts,
  logicalAlerts,
  exporterAlerts,
];

/** Every recording rule. */
export const recordings: readonly Recording[] = [
  {
    name: "cluster:pgrepl_standby_lag_seconds:max",
    expression: "max by (cluster) (pgrepl_standby_lag_seconds)",
    help: "The largest lag of a cluster's standbys, seconds.",
  },
  {
    name: "cluster:pgrepl_standby_lag_bytes:max",
    expression: "max by (cluster) (pgrepl_standby_lag_bytes)",
    help: "The largest lag of a cluster's standbys, bytes.",
  },
  {
    name: "cluster:pgrepl_standby_connected:sum",
    expression: "sum by (cluster) (pgrepl_standby_connected)",
    help: "Standbys that receive WAL by streaming.",
  },
  {
    name: "cluster:pg_wal_generation_rate:primary",
    expression:
      'sum by (cluster) (pg_wal_generation_rate and on (instance, cluster) pgrepl_role{role="primary"} == 1)',
    help: "WAL that a cluster's primary writes, bytes per second.",
  },
  {
    name: "instance:pgrepl_standby_lag_seconds:avg5m",
    expression: "avg_over_time(pgrepl_standby_lag_seconds[5m])",
    help: "Mean lag of a standby over five minutes, seconds.",
  },
  ...lateRecordings,
];
