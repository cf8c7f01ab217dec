import type { Panel, PanelKind, PanelQuery, PanelRow } from "./panel.ts";

const SECONDS_SCALE: readonly [number, number] = [60, 300];

/** Usual widths, in columns of 24. */
const PANEL_WIDTHS: Readonly<Record<PanelKind, number>> = {
  stat: 4,
  timeseries: 8,
  "state-timeline": 12,
  table: 12,
};

/** A panel with one query, of the usual width, for a number without unit unless given otherwise. */
function panel(
  kind: PanelKind,
  given: Partial<Panel & PanelQuery> & Pick<Panel & PanelQuery, "title" | "description" | "expression">,
): Panel {
  const { expression, legend = "", ...rest } = given;
  return { kind, unit: "short", width: PANEL_WIDTHS[kind], queries: [{ expression, legend }], ...rest };
}

/** The dashboard: what is needed first comes first, details follow. */
export const dashboardRows: readonly PanelRow[] = [
  {
    title: "Now",
    panels: [
      panel("stat", {
        title: "Largest lag",
        description: "Seconds since the primary wrote WAL that the slowest standby has not replayed.",
        unit: "s",
        thresholds: SECONDS_SCALE,
        expression: "max(pgrepl_standby_lag_seconds$selector)",
      }),
      panel("stat", {
        title: "Standbys connected",
        description: "Standbys that receive WAL by streaming.",
        expression: "sum(pgrepl_standby_connected$selector)",
      }),
      panel("stat", {
        title: "Standbys missing",
        description: "Expected standbys that are not connected, over all clusters.",
        thresholds: [1, 2],
        expression:
          'sum(clamp_min(pgrepl_cluster_expected_standbys{cluster=~"$cluster"} - pgrepl_cluster_connected_standbys{cluster=~"$cluster"}, 0))',
      }),
      panel("stat", {
        title: "Servers unreachable",
        description: "Servers that the latest collection could not reach.",
        thresholds: [1, 1],
        expression: "count(pgrepl_up$selector == 0) or vector(0)",
      }),
      panel("stat", {
        title: "Primaries",
        description: "Primaries of each cluster; any value other than 1 is a problem.",
        expression: 'pgrepl_cluster_primaries{cluster=~"$cluster"}',
        legend: "{{cluster}} {{system_identifier}}",
      }),
      panel("stat", {
        title: "Critical findings",
        description: "Findings of severity critical.",
        thresholds: [1, 1],
        expression: 'sum(pgrepl_finding{cluster=~"$cluster",severity="critical"}) or vector(0)',
      }),
    ],
  },
  {
    title: "Lag",
    panels: [
      panel("timeseries", {
        title: "Lag of standbys",
        description: "True lag against the primary, by the exporter's clock. A gap means unknown.",
        unit: "s",
        width: 12,
        thresholds: SECONDS_SCALE,
        expression: "pgrepl_standby_lag_seconds$selector",
        legend: "{{cluster}} {{instance}}",
      }),
      panel("timeseries", {
        title: "Lag in bytes",
        description: "WAL that each standby has not replayed.",
        unit: "bytes",
        width: 12,
        expression: "pgrepl_standby_lag_bytes$selector",
        legend: "{{cluster}} {{instance}}",
      }),
      panel("timeseries", {
        title: "Time within 5 s",
        description:
          "Share of the time in which each standby was at most 5 s behind, from one sample a second.",
        unit: "percentunit",
        width: 12,
        thresholds: [0.999, 0.99],
        isLowBad: true,
        expression:
          'rate(pgrepl_standby_lag_sampled_seconds_bucket{cluster=~"$cluster",instance=~"$instance",le="5.0"}[$__rate_interval]) / ignoring (le) rate(pgrepl_standby_lag_sampled_seconds_count$selector[$__rate_interval])',
        legend: "{{cluster}} {{instance}}",
      }),
      panel("timeseries", {
        title: "99 % of the time within",
        description: "The lag that was exceeded for one percent of the time, from one sample a second.",
        unit: "s",
        width: 12,
        thresholds: SECONDS_SCALE,
        expression:
          "histogram_quantile(0.99, rate(pgrepl_standby_lag_sampled_seconds_bucket$selector[$__rate_interval]))",
        legend: "{{cluster}} {{instance}}",
      }),
      panel("state-timeline", {
        title: "Reason",
        description: "The reason for the state of each standby.",
        unit: "bool",
        expression: "pgrepl_standby_reason$selector == 1",
        legend: "{{instance}} {{reason}}",
      }),
      panel("state-timeline", {
        title: "Stage of the backlog",
        description: "Stage that holds a standby's WAL backlog.",
        unit: "bool",
        expression: "pgrepl_standby_stage$selector == 1",
        legend: "{{instance}} {{stage}}",
      }),
    ],
  },
  {
    title: "Forecasts",
    panels: [
      panel("timeseries", {
        title: "Time to catch up",
        description:
          "Seconds until a standby has caught up at the current rates; none while it falls behind.",
        unit: "s",
        expression: "pgrepl_standby_catchup_seconds$selector",
        legend: "{{instance}}",
      }),
      {
        title: "WAL written and replayed",
        description: "A standby whose rate stays below its primary's falls behind.",
        kind: "timeseries",
        unit: "Bps",
        width: 8,
        queries: [
          { expression: "pg_wal_generation_rate$selector", legend: "written or received {{instance}}" },
          { expression: "pgrepl_standby_replay_bytes_per_second$selector", legend: "replayed {{instance}}" },
        ],
      },
      panel("timeseries", {
        title: "Time until slot loss",
        description: "Seconds until a slot exceeds its limit at the current WAL rate.",
        unit: "s",
        thresholds: [3600, 600],
        isLowBad: true,
        expression: "pgrepl_slot_lost_in_seconds$selector",
        legend: "{{instance}} {{slot}}",
      }),
    ],
  },
  {
    title: "Slots and synchronous commit",
    panels: [
      panel("timeseries", {
        title: "WAL retained by slots",
        description: "WAL that the server retains for a slot.",
        unit: "bytes",
        expression: "pgrepl_slot_retained_bytes$selector",
        legend: "{{instance}} {{slot}}",
      }),
      panel("timeseries", {
        title: "Headroom of slots",
        description: "Remaining share of max_slot_wal_keep_size.",
        unit: "percentunit",
        thresholds: [0.5, 0.1],
        isLowBad: true,
        expression: "pgrepl_slot_headroom_ratio$selector",
        legend: "{{instance}} {{slot}}",
      }),
      {
        title: "Synchronous standbys",
        description: "Standbys that must confirm a commit, and those of them that stream.",
        kind: "timeseries",
        unit: "short",
        width: 4,
        queries: [
          { expression: "pgrepl_sync_standbys_required$selector", legend: "required {{instance}}" },
          { expression: "pgrepl_sync_standbys_met$selector", legend: "met {{instance}}" },
        ],
      },
      panel("timeseries", {
        title: "Oldest waiting commit",
        description: "Longest current wait of a commit for a synchronous standby.",
        unit: "s",
        width: 4,
        thresholds: [1, 10],
        expression: "pgrepl_sync_oldest_wait_seconds$selector",
        legend: "{{instance}}",
      }),
    ],
  },
  {
    title: "Senders, conflicts, archive",
    panels: [
      panel("timeseries", {
        title: "Lag by stage",
        description:
          "WAL that each sender has not sent and its receiver has not written, flushed or replayed.",
        unit: "bytes",
        expression: "pgrepl_sender_lag_bytes$selector",
        legend: "{{instance}} to {{standby}} {{stage}}",
      }),
      panel("timeseries", {
        title: "Queries cancelled by replay",
        description: "Recovery conflicts by cause.",
        unit: "ops",
        expression: "rate(pgrepl_recovery_conflicts_total$selector[$__rate_interval])",
        legend: "{{instance}} {{cause}}",
      }),
      panel("timeseries", {
        title: "WAL files waiting for the archive",
        description: "WAL files that archive_command has yet to archive.",
        thresholds: [20, 100],
        expression: "pgrepl_archive_ready_files$selector",
        legend: "{{instance}}",
      }),
    ],
  },
  {
    title: "Logical replication",
    panels: [
      panel("timeseries", {
        title: "Lag of subscriptions",
        description:
          "Time since the publisher's WAL passed what is applied, by the exporter's clock. A gap means unknown.",
        unit: "s",
        thresholds: SECONDS_SCALE,
        expression: "pgrepl_subscription_lag_seconds$selector",
        legend: "{{instance}} {{subscription}}",
      }),
      panel("timeseries", {
        title: "Subscriptions: 99 % of the time within",
        description: "The lag that was exceeded for one percent of the time, from one sample a second.",
        unit: "s",
        thresholds: SECONDS_SCALE,
        expression:
          "histogram_quantile(0.99, rate(pgrepl_subscription_lag_sampled_seconds_bucket$selector[$__rate_interval]))",
        legend: "{{instance}} {{subscription}}",
      }),
      panel("timeseries", {
        title: "Lag of subscriptions by stage",
        description:
          "WAL that the publisher has not sent, and that the subscriber has not received or confirmed.",
        unit: "bytes",
        expression: "pgrepl_subscription_lag_bytes$selector",
        legend: "{{instance}} {{subscription}} {{stage}}",
      }),
      panel("state-timeline", {
        title: "Reason of subscriptions",
        description: "The reason for the state of each subscription.",
        unit: "bool",
        expression: "pgrepl_subscription_reason$selector == 1",
        legend: "{{instance}} {{subscription}} {{reason}}",
      }),
      panel("timeseries", {
        title: "Errors and conflicts of subscriptions",
        description: "Errors of workers, lost connections among them, and conflicts, by kind.",
        unit: "ops",
        width: 12,
        expression:
          "rate(pgrepl_subscription_errors_total$selector[$__rate_interval]) or rate(pgrepl_subscription_conflicts_total$selector[$__rate_interval])",
        legend: "{{instance}} {{subscription}} {{kind}}",
      }),
    ],
  },
  {
    title: "Findings and exporter",
    panels: [
      panel("table", {
        title: "Findings",
        description: "Active findings; the exporter's page has evidence and advice.",
        expression: 'pgrepl_finding{cluster=~"$cluster"} > 0',
      }),
      panel("timeseries", {
        title: "Collections",
        description: "Duration of the collection of each server.",
        unit: "s",
        width: 6,
        expression: "pgrepl_collection_duration_seconds$selector",
        legend: "{{instance}}",
      }),
      panel("timeseries", {
        title: "Errors",
        description: "Failed statements and connections, by kind.",
        unit: "ops",
        width: 6,
        expression: "rate(pgrepl_errors_total$selector[$__rate_interval])",
        legend: "{{instance}} {{kind}}",
      }),
    ],
  },
];
