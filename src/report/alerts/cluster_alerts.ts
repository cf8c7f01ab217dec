import { reachChecks } from "../../cluster/findings/connection_errors.ts";
import { type AlertGroup, explainedBy } from "./alert.ts";

/** About clusters: who is primary, who is connected, what commits wait for. */
export const clusterAlerts: AlertGroup = {
  name: "pgrepl-clusters",
  title: "Servers and clusters",
  alerts: [
    {
      name: "PgreplServerDown",
      severity: "critical",
      expression: "pgrepl_up == 0",
      forSeconds: 60,
      summary: "Server {{ $labels.instance }} is unreachable",
      meaning: "The exporter cannot connect or log in: the server, the network to it, or the login fails.",
      look: [
        "The page at `/` and `pg-replication-exporter doctor` show the error of the connection, its cause by name, and what to do.",
        "`pg-replication-exporter check-config --connect` tries it again, step by step: address, login, TLS, privileges.",
        "`rate(pgrepl_errors_total[5m]) > 0` has the kind: refused, auth, timeout, too_many_connections.",
      ],
      steps: [
        "Was it the primary? Then nothing is written: bring it back, or run `pg-replication-exporter preflight STANDBY` " +
        "for what a promotion would lose, and see PgreplNoPrimary.",
        ...reachChecks.map(({ name, meaning, steps }) => `\`${name}\`: ${meaning} ${steps.join(" ")}`),
      ],
    },
    {
      name: "PgreplNoPrimary",
      severity: "critical",
      expression: 'pgrepl_finding{check="no_primary"} > 0',
      forSeconds: 30,
      summary: "No primary{{ with $labels.cluster }} of cluster {{ . }}{{ end }} is reachable",
      ...explainedBy("no_primary"),
    },
    {
      name: "PgreplSplitBrain",
      severity: "critical",
      expression: "pgrepl_cluster_split_brain == 1",
      forSeconds: 0,
      summary:
        'Cluster {{ $labels.system_identifier }} has {{ with printf `pgrepl_cluster_primaries{system_identifier="%s"}` $labels.system_identifier | query }}{{ . | first | value }}{{ end }} primaries',
      ...explainedBy("split_brain"),
    },
    {
      name: "PgreplFailover",
      severity: "info",
      expression: "increase(pgrepl_cluster_failovers_total[10m]) > 0",
      forSeconds: 0,
      summary: "Cluster {{ $labels.system_identifier }} has a new primary",
      meaning: "A standby was promoted in the last ten minutes, on purpose or not.",
      look: ['`pgrepl_role{role="primary"} == 1`', "The events on the page at `/`."],
      steps: [
        "Was it intended? If not: find out who promoted it.",
        "Do the other standbys follow? See PgreplStandbyDisconnected and PgreplServerStranded.",
      ],
    },
    {
      name: "PgreplFewerStandbysThanExpected",
      severity: "warning",
      expression: "pgrepl_cluster_connected_standbys < pgrepl_cluster_expected_standbys",
      forSeconds: 300,
      summary: "Cluster {{ $labels.system_identifier }} has only {{ $value }} standbys connected",
      ...explainedBy("few_standbys"),
    },
    {
      name: "PgreplSynchronousStandbysMissing",
      severity: "critical",
      expression: "pgrepl_sync_standbys_met < pgrepl_sync_standbys_required",
      forSeconds: 30,
      summary:
        "{{ $labels.instance }} has only {{ $value }} of the synchronous standbys it needs: commits wait",
      ...explainedBy("sync_short"),
    },
    {
      name: "PgreplCommitsWaiting",
      severity: "critical",
      expression: "pgrepl_sync_oldest_wait_seconds > 10",
      forSeconds: 30,
      summary:
        "A commit on {{ $labels.instance }} has been waiting for a standby for {{ $value | humanizeDuration }}",
      ...explainedBy("commits_wait", {
        meaning: "The alert fires too when synchronous standbys are missing: see `sync_short`.",
      }),
    },
    {
      name: "PgreplCriticalFinding",
      severity: "warning",
      expression: 'max by (instance, cluster, check) (pgrepl_finding{severity="critical"}) > 0',
      forSeconds: 300,
      summary: "The exporter diagnoses {{ $labels.check }} on {{ $labels.instance }}",
      meaning:
        "One of the exporter's checks has found something critical; most have an alert of their own, this one covers the rest.",
      look: [
        "`pg-replication-exporter doctor`, or the page at `/`: evidence and advice.",
        "docs/FINDINGS.md describes every check.",
      ],
      steps: ["Follow the advice of the finding."],
    },
  ],
};
