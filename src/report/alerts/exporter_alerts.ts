import type { AlertGroup } from "./alert.ts";

/** About the exporter itself: without it every other alert is silent. */
export const exporterAlerts: AlertGroup = {
  name: "pgrepl-exporter",
  title: "The exporter",
  alerts: [
    {
      name: "PgreplExporterMissing",
      severity: "critical",
      expression: "absent(pgrepl_build_info)",
      forSeconds: 300,
      summary: "No pg-replication-exporter is scraped",
      meaning: "Nobody watches replication; the other alerts cannot fire.",
      look: ["Prometheus's page of targets.", "`systemctl status pg-replication-exporter`, its log."],
      steps: ["Start it; look at its log.", "Is its address in Prometheus's configuration right?"],
    },
    {
      name: "PgreplCollectorFails",
      severity: "warning",
      expression: "pgrepl_collector_success == 0 and on (instance, cluster) pgrepl_up == 1",
      forSeconds: 600,
      summary: "Collector {{ $labels.collector }} fails on {{ $labels.instance }}",
      meaning: "A part of what is known of this server is missing.",
      look: ["The exporter's log, and the servers on the page at `/`."],
      steps: [
        "A missing right: the message has the GRANT.",
        "A timeout: the server is slow or the WAL directory huge; `--collect.deadline`, or `--no-collector.NAME`.",
      ],
    },
    {
      name: "PgreplDataOld",
      severity: "warning",
      expression: "pgrepl_collection_age_seconds > 120 and on (instance, cluster) pgrepl_up == 1",
      forSeconds: 60,
      summary: "What is known of {{ $labels.instance }} is {{ $value | humanizeDuration }} old",
      meaning: "The server counts as reached, but its data does not get newer.",
      look: ["`pgrepl_collection_duration_seconds`"],
      steps: ["Look at the exporter's log; restart it if it says nothing, and report it."],
    },
    {
      name: "PgreplConfigReloadFailed",
      severity: "warning",
      expression: "pgrepl_config_last_reload_successful == 0",
      forSeconds: 300,
      summary: "The exporter goes on with its old configuration: the new one is wrong",
      meaning: "The latest reload found mistakes and changed nothing. A restart would fail.",
      look: ["The exporter's log; `pg-replication-exporter check-config --config.file FILE`."],
      steps: ["Correct the file, then reload."],
    },
  ],
};
