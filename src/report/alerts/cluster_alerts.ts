import { reachChecks } from "../../cluster/findings/connection_errors.ts";
import { type AlertGroup, explainedBy, HELD_BACK, NO_PRIMARY, UNREACHABLE } from "./alert.ts";

/** Checks that may be critical and that no other alert names. */
const WITHOUT_ALERT =
  "decoding_waits_for_standby|foreign_server|old_xmin|publication_missing|senders_limit|settings_mismatch|wal_level_minimal";

/** About clusters: who is primary, who is connected, what commits wait for. */
export const clusterAlerts: AlertGroup = {
  name: "pgrepl-clusters",
  title: "Servers and clusters",
  alerts: [
    {
      name: "PgreplServerDown",
      severity: "critical",
      // Longer than a standby needs to notice that its primary does not respond: then PgreplNoPrimary is the alert.
      expression:
        `pgrepl_up == 0\nunless on (instance, cluster) ((${UNREACHABLE}) or pgrepl_server_stranded == 1)\nunless on (cluster) ${NO_PRIMARY}`,
      forSeconds: 90,
      summary: "The exporter cannot query server {{ $labels.instance }}",
      names: reachChecks.map(({ name }) => name),
      meaning:
        "The exporter cannot connect, log in or query: the server, the network to it, or the login fails. Of a standby that " +
        "its upstream does not hear from either, and of a cluster without a primary, there are other alerts.",
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
        'Cluster {{ $labels.system_identifier }} has {{ with printf `pgrepl_cluster_primaries{system_identifier="%s",cluster="%s"}` $labels.system_identifier $labels.cluster | query }}{{ . | first | value }}{{ end }} primaries',
      ...explainedBy("split_brain"),
    },
    {
      name: "PgreplFailover",
      severity: "info",
      expression: "increase(pgrepl_cluster_failovers_total[10m]) > 0",
      forSeconds: 0,
      summary: "A standby of cluster {{ $labels.system_identifier }} was promoted in the last ten minutes",
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
      // Of a standby that was seen before there is another alert.
      expression:
        `pgrepl_cluster_connected_standbys < pgrepl_cluster_expected_standbys\nunless on (cluster) (pgrepl_standby_reason{reason=~"disconnected|lost|starting|stranded|unreachable"} == 1 or pgrepl_cluster_split_brain == 1 or ${NO_PRIMARY})`,
      forSeconds: 300,
      summary:
        "Fewer standbys than expected are connected in cluster {{ $labels.system_identifier }}: {{ $value }}",
      ...explainedBy("few_standbys"),
    },
    {
      name: "PgreplSynchronousStandbysMissing",
      severity: "critical",
      expression: "pgrepl_sync_standbys_met < pgrepl_sync_standbys_required",
      // Where commits wait, PgreplCommitsWaiting fires before it and inhibits it; it fires before those about the standby.
      forSeconds: 45,
      summary:
        `{{ $labels.instance }} has only {{ $value }} of the synchronous standbys it needs: the next commit waits${HELD_BACK}`,
      ...explainedBy("sync_short"),
    },
    {
      name: "PgreplCommitsWaiting",
      severity: "critical",
      expression: "pgrepl_sync_oldest_wait_seconds > 10",
      forSeconds: 30,
      summary:
        `A commit on {{ $labels.instance }} has been waiting for a standby for {{ $value | humanizeDuration }}${HELD_BACK}`,
      names: ["sync_short"],
      ...explainedBy("commits_wait"),
      meaning:
        "Clients hang in COMMIT: too few synchronous standbys stream (`sync_short`), or one of them confirms slowly or not " +
        "at all (`commits_wait`).",
    },
    {
      name: "PgreplCriticalFinding",
      severity: "warning",
      expression:
        `max by (instance, cluster, check) (pgrepl_finding{severity="critical",check=~"${WITHOUT_ALERT}"}) > 0`,
      forSeconds: 300,
      summary: "The exporter diagnoses {{ $labels.check }} on {{ $labels.instance }}",
      meaning: "One of the exporter's checks has found something critical that no other alert names: " +
        `${WITHOUT_ALERT.split("|").map((name) => `\`${name}\``).join(", ")}.`,
      look: [
        "`pg-replication-exporter doctor`, or the page at `/`: evidence and advice.",
        "docs/FINDINGS.md describes every check.",
      ],
      steps: ["Follow the advice of the finding."],
    },
  ],
};
