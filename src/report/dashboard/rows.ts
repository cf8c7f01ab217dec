import type { PanelRow } from "./panel.ts";

const SECONDS_SCALE: readonly [number, number] = [60, 300];

/** The dashboard, from what a tired person needs first to what explains it. */
export const dashboardRows: readonly PanelRow[] = [
  {
    title: "Now",
    panels: [
      {
        title: "Largest lag",
        description: "Seconds since the primary's WAL went past what the slowest standby has replayed.",
        kind: "stat",
        unit: "s",
        width: 4,
        thresholds: SECONDS_SCALE,
        queries: [{ expression: "max(pgrepl_standby_lag_seconds$selector)", legend: "" }],
      },
      {
        title: "Standbys connected",
        description: "Standbys that receive WAL by streaming.",
        kind: "stat",
        unit: "short",
        width: 4,
        queries: [{ expression: "sum(pgrepl_standby_connected$selector)", legend: "" }],
      },
      {
        title: "Standbys missing",
        description: "Standbys that should be there and are not, over all clusters.",
        kind: "stat",
        unit: "short",
        width: 4,
        thresholds: [1, 2],
        queries: [{
          expression:
            'sum(clamp_min(pgrepl_cluster_expected_standbys{cluster=~"$cluster"} - pgrepl_cluster_connected_standbys{cluster=~"$cluster"}, 0))',
          legend: "",
        }],
      },
      {
        title: "Servers not reached",
        description: "Servers that the latest collection did not reach.",
        kind: "stat",
        unit: "short",
        width: 4,
        thresholds: [1, 1],
        queries: [{ expression: "count(pgrepl_up$selector == 0) or vector(0)", legend: "" }],
      },
      {
        title: "Primaries",
        description: "Primaries of each cluster; anything but 1 is bad.",
        kind: "stat",
        unit: "short",
        width: 4,
        queries: [{
          expression: 'pgrepl_cluster_primaries{cluster=~"$cluster"}',
          legend: "{{cluster}} {{system_identifier}}",
        }],
      },
      {
        title: "Critical findings",
        description: "Diagnoses of severity critical.",
        kind: "stat",
        unit: "short",
        width: 4,
        thresholds: [1, 1],
        queries: [{
          expression: 'sum(pgrepl_finding{cluster=~"$cluster",severity="critical"}) or vector(0)',
          legend: "",
        }],
      },
    ],
  },
  {
    title: "Lag",
    panels: [
      {
        title: "Lag of standbys",
        description:
          "True lag against the primary, by the exporter's own clock. A gap means that it is not known.",
        kind: "timeseries",
        unit: "s",
        width: 12,
        thresholds: SECONDS_SCALE,
        queries: [{ expression: "pgrepl_standby_lag_seconds$selector", legend: "{{cluster}} {{instance}}" }],
      },
      {
        title: "Lag in bytes",
        description: "WAL that each standby has not replayed.",
        kind: "timeseries",
        unit: "bytes",
        width: 12,
        queries: [{ expression: "pgrepl_standby_lag_bytes$selector", legend: "{{cluster}} {{instance}}" }],
      },
      {
        title: "Why",
        description: "The reason why each standby is where it is.",
        kind: "state-timeline",
        unit: "bool",
        width: 12,
        queries: [{ expression: "pgrepl_standby_reason$selector == 1", legend: "{{instance}} {{reason}}" }],
      },
      {
        title: "Where WAL is stuck",
        description: "The stage at which the WAL that a standby lacks waits.",
        kind: "state-timeline",
        unit: "bool",
        width: 12,
        queries: [{ expression: "pgrepl_standby_stage$selector == 1", legend: "{{instance}} {{stage}}" }],
      },
    ],
  },
  {
    title: "What will happen next",
    panels: [
      {
        title: "Caught up in",
        description:
          "Seconds until a standby has caught up at the present rates; none while it falls behind.",
        kind: "timeseries",
        unit: "s",
        width: 8,
        queries: [{ expression: "pgrepl_standby_catchup_seconds$selector", legend: "{{instance}}" }],
      },
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
      {
        title: "Slot lost in",
        description: "Seconds until a slot goes over its limit at the present WAL rate.",
        kind: "timeseries",
        unit: "s",
        width: 8,
        thresholds: [3600, 600],
        isLowBad: true,
        queries: [{ expression: "pgrepl_slot_lost_in_seconds$selector", legend: "{{instance}} {{slot}}" }],
      },
    ],
  },
  {
    title: "Slots and synchronous commit",
    panels: [
      {
        title: "WAL kept by slots",
        description: "WAL that the server may not remove because a slot needs it.",
        kind: "timeseries",
        unit: "bytes",
        width: 8,
        queries: [{ expression: "pgrepl_slot_retained_bytes$selector", legend: "{{instance}} {{slot}}" }],
      },
      {
        title: "Headroom of slots",
        description: "Share of max_slot_wal_keep_size that is left.",
        kind: "timeseries",
        unit: "percentunit",
        width: 8,
        thresholds: [0.5, 0.1],
        isLowBad: true,
        queries: [{ expression: "pgrepl_slot_headroom_ratio$selector", legend: "{{instance}} {{slot}}" }],
      },
      {
        title: "Synchronous standbys",
        description: "Standbys that must confirm a commit, and those that can.",
        kind: "timeseries",
        unit: "short",
        width: 4,
        queries: [
          { expression: "pgrepl_sync_standbys_required$selector", legend: "required {{instance}}" },
          { expression: "pgrepl_sync_standbys_met$selector", legend: "met {{instance}}" },
        ],
      },
      {
        title: "Oldest waiting commit",
        description: "How long the commit that waits longest for a synchronous standby has waited.",
        kind: "timeseries",
        unit: "s",
        width: 4,
        thresholds: [1, 10],
        queries: [{ expression: "pgrepl_sync_oldest_wait_seconds$selector", legend: "{{instance}}" }],
      },
    ],
  },
  {
    title: "Senders, conflicts, archive",
    panels: [
      {
        title: "Lag by stage",
        description: "What each sender has not sent, and its receiver not written, flushed and replayed.",
        kind: "timeseries",
        unit: "bytes",
        width: 8,
        queries: [{
          expression: "pgrepl_sender_lag_bytes$selector",
          legend: "{{instance}} to {{standby}} {{stage}}",
        }],
      },
      {
        title: "Queries cancelled by replay",
        description: "Recovery conflicts by cause.",
        kind: "timeseries",
        unit: "ops",
        width: 8,
        queries: [{
          expression: "rate(pgrepl_recovery_conflicts_total$selector[$__rate_interval])",
          legend: "{{instance}} {{cause}}",
        }],
      },
      {
        title: "WAL files waiting for the archive",
        description: "Files that archive_command has not dealt with yet.",
        kind: "timeseries",
        unit: "short",
        width: 8,
        thresholds: [20, 100],
        queries: [{ expression: "pgrepl_archive_ready_files$selector", legend: "{{instance}}" }],
      },
    ],
  },
  {
    title: "Findings and exporter",
    panels: [
      {
        title: "Findings",
        description: "Every diagnosis that holds; the page of the exporter has evidence and advice.",
        kind: "table",
        unit: "short",
        width: 12,
        queries: [{ expression: 'pgrepl_finding{cluster=~"$cluster"} > 0', legend: "" }],
      },
      {
        title: "Collections",
        description: "How long collecting each server took.",
        kind: "timeseries",
        unit: "s",
        width: 6,
        queries: [{ expression: "pgrepl_collection_duration_seconds$selector", legend: "{{instance}}" }],
      },
      {
        title: "Errors",
        description: "Failed statements and connects, by kind.",
        kind: "timeseries",
        unit: "ops",
        width: 6,
        queries: [{
          expression: "rate(pgrepl_errors_total$selector[$__rate_interval])",
          legend: "{{instance}} {{kind}}",
        }],
      },
    ],
  },
];
