import type { AlertGroup } from "./alert.ts";

/** About the exporter itself: without it every other alert is silent. */
export const exporterAlerts: AlertGroup = {
  name: "pgrepl-exporter",
  title: "The exporter",
  alerts: [
    {
      name: "PgreplExporterMissing",
      severity: "critical",
      // Of several exporters each is missed for a day; where there has been none in that day, all are.
      expression:
        "absent(pgrepl_build_info) or group by (job, instance) (max_over_time(pgrepl_build_info[1d])) " +
        "unless on (job, instance) pgrepl_build_info",
      forSeconds: 300,
      summary: "No pg-replication-exporter is scraped at {{ $labels.instance }}",
      meaning:
        "Nobody watches replication of its servers; the other alerts cannot fire for them. Without an `instance`, no " +
        "exporter is scraped at all.",
      look: [
        "Prometheus's page of targets says why it is not scraped.",
        "On its host: `systemctl status pg-replication-exporter`, `journalctl -u pg-replication-exporter`, and " +
        "`pg-replication-exporter ctl status`.",
      ],
      steps: [
        "It does not run: start it. When it ends at once, its log names the line of the configuration: " +
        "`pg-replication-exporter check-config`.",
        "It runs, but Prometheus does not reach it: address, port, firewall; TLS and login of `--web.config.file`.",
        "It was taken away for good: silence the alert, it ends by itself after a day.",
      ],
    },
    {
      name: "PgreplCollectorFails",
      severity: "warning",
      expression: "pgrepl_collector_success == 0 and on (instance, cluster) pgrepl_up == 1",
      forSeconds: 600,
      summary: "Collector {{ $labels.collector }} fails on {{ $labels.instance }}",
      meaning: "A part of what is known of this server is missing.",
      look: [
        "`pg-replication-exporter doctor` and the exporter's log have the message.",
        "`pg-replication-exporter check-config --connect` names the rights that are missing.",
      ],
      steps: [
        "A missing right: run the `GRANT` of the message on the primary.",
        "A timeout: the server is slow, or the WAL directory huge: raise `--collect.deadline`, or do without the " +
        "collector: `--no-collector.NAME`.",
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
