import { type AlertGroup, explainedBy } from "./alert.ts";

/** About the exporter itself: without it every other alert is silent. */
export const exporterAlerts: AlertGroup = {
  name: "pgrepl-exporter",
  title: "The exporter",
  alerts: [
    {
      name: "PgreplExporterMissing",
      severity: "critical",
      // Each of several exporters is missed for a day; when none was there within a day, the alert has no instance.
      expression:
        "absent(pgrepl_build_info) or group by (job, instance) (max_over_time(pgrepl_build_info[1d])) " +
        "unless on (job, instance) pgrepl_build_info",
      forSeconds: 300,
      summary: "No pg-replication-exporter is scraped{{ with $labels.instance }} at {{ . }}{{ end }}",
      meaning:
        "Replication of its servers is not monitored; the other alerts cannot fire for them. Without an `instance`, no " +
        "exporter is scraped at all.",
      look: [
        "The targets page of Prometheus shows why it is not scraped.",
        "On its host: `systemctl status pg-replication-exporter`, `journalctl -u pg-replication-exporter`, and " +
        "`pg-replication-exporter ctl status`.",
      ],
      steps: [
        "It does not run: start it. If it exits at once, its log names the line of the configuration: " +
        "`pg-replication-exporter check-config`.",
        "It runs, but Prometheus cannot reach it: address, port, firewall; TLS and login of `--web.config.file`.",
        "It was removed for good: silence the alert, it ends by itself after a day.",
      ],
    },
    {
      name: "PgreplCollectorFails",
      severity: "warning",
      expression: "pgrepl_collector_success == 0 and on (instance, cluster) pgrepl_up == 1",
      forSeconds: 600,
      names: ["missing_rights"],
      summary: "Collector {{ $labels.collector }} fails on {{ $labels.instance }}",
      ...explainedBy("collector_failing"),
    },
    {
      name: "PgreplDataOld",
      severity: "warning",
      expression: "pgrepl_collection_age_seconds > 120 and on (instance, cluster) pgrepl_up == 1",
      forSeconds: 60,
      summary: "The data of {{ $labels.instance }} is {{ $value | humanizeDuration }} old",
      meaning: "The server counts as reachable, but its data is not updated.",
      look: ["`pgrepl_collection_duration_seconds`"],
      steps: ["Look at the exporter's log; if it has no error, restart the exporter and report it."],
    },
    {
      name: "PgreplConfigReloadFailed",
      severity: "warning",
      expression: "pgrepl_config_last_reload_successful == 0",
      forSeconds: 300,
      summary: "The exporter keeps its old configuration: the new one is invalid",
      meaning: "The latest reload found errors and changed nothing. A restart would fail.",
      look: ["The exporter's log; `pg-replication-exporter check-config --config.file FILE`."],
      steps: ["Correct the file, then reload."],
    },
  ],
};
