import type { AlertGroup } from "./alert.ts";

/** About clusters: who is primary, who is there, what commits wait for. */
export const clusterAlerts: AlertGroup = {
  name: "pgrepl-clusters",
  title: "Servers and clusters",
  alerts: [
    {
      name: "PgreplServerDown",
      severity: "critical",
      expression: "pgrepl_up == 0",
      forSeconds: 60,
      summary: "Server {{ $labels.instance }} is not reached",
      meaning: "The exporter cannot connect or log in: the server is down, or the way to it, or the login.",
      look: [
        "The page at `/` and `pg-replication-exporter doctor` say what the connection said, and what to do.",
        "`pg-replication-exporter check-config --connect` tries it anew, step by step: address, login, TLS, rights.",
        "`rate(pgrepl_errors_total[5m]) > 0` has the kind: refused, auth, timeout, too_many_connections.",
      ],
      steps: [
        "Was it the primary? Then nothing is written: bring it back, or ask `pg-replication-exporter preflight STANDBY` " +
        "what a promotion would lose, and see PgreplNoPrimary.",
        "`refused`, `unreachable`: is PostgreSQL running (`systemctl status postgresql`, the end of its log, a full " +
        "disk), and does the exporter's host reach it (`pg_isready -h HOST -p PORT`)?",
        "`timeout`: it accepts connections and answers nothing: look at its host, CPU, memory and disk.",
        "`auth`: the password, `pg_hba.conf`.",
        "`too_many_connections`: `SELECT usename, state, count(*) FROM pg_stat_activity GROUP BY 1, 2;`",
      ],
    },
    {
      name: "PgreplNoPrimary",
      severity: "critical",
      expression: "pgrepl_cluster_primaries == 0",
      forSeconds: 30,
      summary: "Cluster {{ $labels.system_identifier }} has no primary that is reached",
      meaning: "Nothing can be written.",
      look: [
        "`pgrepl_role == 1` of its servers.",
        "`pg-replication-exporter preflight STANDBY` for each standby.",
      ],
      steps: [
        "Can the primary be started again at once? That loses nothing.",
        "Otherwise choose the standby that has received most: `pg-replication-exporter preflight STANDBY` says what would be lost and lists the steps.",
        "Make sure that the old primary cannot come back as one.",
      ],
    },
    {
      name: "PgreplSplitBrain",
      severity: "critical",
      expression: "pgrepl_cluster_split_brain == 1",
      forSeconds: 0,
      summary:
        'Cluster {{ $labels.system_identifier }} has {{ with printf `pgrepl_cluster_primaries{system_identifier="%s"}` $labels.system_identifier | query }}{{ . | first | value }}{{ end }} primaries',
      meaning:
        "Two servers of one cluster accept writes. What is written to one is not on the other; the longer it lasts, the more must be thrown away.",
      look: [
        '`pgrepl_role{role="primary"} == 1`, `pgrepl_timeline`: the higher timeline is the one promoted last.',
      ],
      steps: [
        "Decide which one is right: usually the one promoted last, on the higher timeline.",
        "Keep clients from the other at once (load balancer, `pg_hba.conf`), then stop it: `pg_ctl stop -m fast`.",
        "Save what only the other has, if it matters; then `pg_rewind` or rebuild it as a standby.",
      ],
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
        "Was it meant? If not: find out who promoted it.",
        "Do the other standbys follow? PgreplStandbyDisconnected and PgreplServerStranded tell.",
      ],
    },
    {
      name: "PgreplFewerStandbysThanExpected",
      severity: "warning",
      expression: "pgrepl_cluster_connected_standbys < pgrepl_cluster_expected_standbys",
      forSeconds: 300,
      summary: "Cluster {{ $labels.system_identifier }} has only {{ $value }} standbys connected",
      meaning: "A standby that should be there does not stream.",
      look: ["`pgrepl_standby_connected == 0`", "The topology on the page at `/`."],
      steps: [
        "Bring back the standby that is missing; or, if it was removed on purpose, take it out of the configuration.",
      ],
    },
    {
      name: "PgreplSynchronousStandbysMissing",
      severity: "critical",
      expression: "pgrepl_sync_standbys_met < pgrepl_sync_standbys_required",
      forSeconds: 30,
      summary:
        "{{ $labels.instance }} has only {{ $value }} of the synchronous standbys it needs: commits wait",
      meaning:
        "`synchronous_standby_names` asks for more standbys than stream. Every commit that is to be synchronous hangs until one is back.",
      look: [
        "`pgrepl_sync_waiting_commits`, `pgrepl_sync_oldest_wait_seconds`",
        "`SHOW synchronous_standby_names;`",
      ],
      steps: [
        "Bring back a standby that is named there.",
        "If that takes too long and durability on one server is acceptable: `ALTER SYSTEM SET synchronous_standby_names = '…'; SELECT pg_reload_conf();` on the primary with those that are there. Undo it afterwards.",
      ],
    },
    {
      name: "PgreplCommitsWaiting",
      severity: "critical",
      expression: "pgrepl_sync_oldest_wait_seconds > 10",
      forSeconds: 30,
      summary:
        "A commit on {{ $labels.instance }} has been waiting for a standby for {{ $value | humanizeDuration }}",
      meaning:
        "Clients hang in COMMIT, although perhaps enough standbys are connected: one of them does not confirm.",
      look: [
        "`pgrepl_sender_lag_bytes` of the synchronous standbys, by stage.",
        "`SHOW synchronous_commit;`: `remote_apply` waits for replay too.",
      ],
      steps: [
        "Find the synchronous standby that lags and mend it (PgreplStandbyHalfOpen, PgreplStandbyReplayPaused).",
        "Otherwise as for PgreplSynchronousStandbysMissing.",
      ],
    },
    {
      name: "PgreplCriticalFinding",
      severity: "warning",
      expression: 'max by (instance, cluster, check) (pgrepl_finding{severity="critical"}) > 0',
      forSeconds: 300,
      summary: "The exporter diagnoses {{ $labels.check }} on {{ $labels.instance }}",
      meaning:
        "One of the exporter's checks has found something critical; most have an alert of their own, this catches the rest.",
      look: [
        "`pg-replication-exporter doctor`, or the page at `/`: evidence and advice.",
        "docs/FINDINGS.md describes every check.",
      ],
      steps: ["Follow the advice of the finding."],
    },
  ],
};
