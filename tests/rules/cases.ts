/**
 * For each alert: made-up series with which it fires, and ones that are close to it with which it stays quiet.
 *
 * @module
 */

/** Series by name and labels; values as promtool writes them (`1x10`: eleven times 1). */
export type Series = Readonly<Record<string, string>>;

/** One alert's case. Series run for half an hour at one value a minute; it is judged at the end. */
export interface AlertCase {
  readonly fires: Series;
  /** A second way to fire. */
  readonly firesToo?: Series;
  readonly quiet: Series;
  /** Where another alert names the cause: what is added to the series with which it fires. */
  readonly silenced?: readonly Series[];
}

const STANDBY = 'instance="s",cluster="c"';
const CLUSTER = 'instance="cluster",cluster="c",system_identifier="7"';
const up = { [`pgrepl_up{${STANDBY}}`]: "1x30" };
const noPrimary = {
  'pgrepl_finding{instance="cluster",cluster="c",check="no_primary",severity="critical"}': "1x30",
};
const upstreamDown = { [`pgrepl_standby_upstream_up{${STANDBY}}`]: "0x30" };
const splitBrain = { [`pgrepl_cluster_split_brain{${CLUSTER}}`]: "1x30" };
const stranded = { [`pgrepl_server_stranded{${STANDBY}}`]: "1x30" };

/** A reason of the standby. */
function because(reason: string): Series {
  return { [`pgrepl_standby_reason{${STANDBY},reason="${reason}"}`]: "1x30" };
}

/** Sixty samples a minute, and how many of them were within the objective. */
function sampled(within: string): Series {
  return {
    [`pgrepl_standby_lag_sampled_seconds_count{${STANDBY}}`]: "0+60x30",
    [`pgrepl_standby_lag_sampled_seconds_bucket{${STANDBY},le="5.0"}`]: within,
  };
}

const SUBSCRIPTION = 'instance="sub",cluster="c",subscription="s"';

/** Why a subscription is in its state. */
function subscribed(reason: string, values = "1x30"): Series {
  return { [`pgrepl_subscription_reason{${SUBSCRIPTION},reason="${reason}"}`]: values };
}

/** A finding of the publisher, and its slot that is lost soon: that has an alert of its own. */
function foundOn(check: string, severity = "warning"): Series {
  return { [`pgrepl_finding{instance="pub",cluster="c",check="${check}",severity="${severity}"}`]: "1x30" };
}
const subscriberDown = { 'pgrepl_up{instance="sub",cluster="c"}': "0x30" };
const lostSoon = { 'pgrepl_slot_lost_in_seconds{instance="pub",cluster="c",slot="s"}': "600x30" };

/** Every alert's case, by name. */
export const alertCases: Readonly<Record<string, AlertCase>> = {
  PgreplStandbyDisconnected: {
    fires: { [`pgrepl_standby_connected{${STANDBY}}`]: "1x20 0x9", ...because("disconnected") },
    quiet: { [`pgrepl_standby_connected{${STANDBY}}`]: "0x30", ...because("archive") },
    silenced: [upstreamDown],
  },
  PgreplStandbyUnreachable: {
    fires: { [`pgrepl_standby_reason{${STANDBY},reason="unreachable"}`]: "0x20 1x9" },
    quiet: because("disconnected"),
    silenced: [upstreamDown, stranded],
  },
  PgreplStandbyLagWarning: {
    fires: { [`pgrepl_standby_lag_seconds{${STANDBY}}`]: "0x20 61x9" },
    firesToo: { [`pgrepl_standby_lag_seconds{${STANDBY}}`]: "300x30", ...because("conflict") },
    quiet: { [`pgrepl_standby_lag_seconds{${STANDBY}}`]: "60x29 61" },
    silenced: [
      because("paused"),
      because("unreachable"),
      { [`pgrepl_replay_apply_delay_seconds{${STANDBY}}`]: "10x30" },
      { [`pgrepl_standby_upstream_lag_seconds{${STANDBY}}`]: "1x30" },
    ],
  },
  PgreplStandbyLagCritical: {
    fires: { [`pgrepl_standby_lag_seconds{${STANDBY}}`]: "0x20 301x9" },
    firesToo: {
      [`pgrepl_standby_lag_seconds{${STANDBY}}`]: "3901x30",
      [`pgrepl_replay_apply_delay_seconds{${STANDBY}}`]: "3600x30",
    },
    quiet: { [`pgrepl_standby_lag_seconds{${STANDBY}}`]: "300x30" },
    silenced: [
      because("disconnected"),
      { [`pgrepl_replay_apply_delay_seconds{${STANDBY}}`]: "60x30" },
      { [`pgrepl_standby_upstream_lag_seconds{${STANDBY}}`]: "1x30" },
    ],
  },
  PgreplStandbyLagUnknown: {
    fires: { [`pgrepl_standby_lag_unknown{${STANDBY},reason="diverged"}`]: "1x30" },
    quiet: { [`pgrepl_standby_lag_unknown{${STANDBY},reason="diverged"}`]: "0x28 1 1" },
    silenced: [{ [`pgrepl_up{${STANDBY}}`]: "0x30" }, because("stranded"), noPrimary],
  },
  PgreplStandbyReplayPaused: {
    fires: {
      [`pgrepl_replay_pause_state{${STANDBY},state="paused"}`]: "1x30",
      [`pgrepl_standby_lag_bytes{${STANDBY}}`]: "1x30",
    },
    // Of a standby alone it is unknown what waits.
    firesToo: { [`pgrepl_replay_pause_state{${STANDBY},state="paused"}`]: "1x30" },
    quiet: {
      [`pgrepl_replay_pause_state{${STANDBY},state="paused"}`]: "1x30",
      [`pgrepl_standby_lag_bytes{${STANDBY}}`]: "0x30",
    },
    silenced: [{ [`pgrepl_finding{${STANDBY},check="settings_mismatch",severity="critical"}`]: "1x30" }],
  },
  PgreplStandbyHalfOpen: {
    fires: { [`pgrepl_standby_reason{${STANDBY},reason="half_open"}`]: "1x30" },
    quiet: { [`pgrepl_standby_reason{${STANDBY},reason="half_open"}`]: "0x30" },
    silenced: [upstreamDown],
  },
  PgreplStandbyMustBeRebuilt: {
    fires: {
      [`pgrepl_standby_can_catch_up{${STANDBY},verdict="must_rebuild"}`]: "1x30",
      ...because("lost"),
    },
    firesToo: {
      [`pgrepl_standby_can_catch_up{${STANDBY},verdict="needs_archive"}`]: "1x30",
      ...because("lost"),
    },
    quiet: {
      [`pgrepl_standby_can_catch_up{${STANDBY},verdict="needs_archive"}`]: "1x30",
      ...because("archive"),
    },
  },
  PgreplStandbyFallingBehind: {
    fires: {
      [`pgrepl_standby_falling_behind{${STANDBY}}`]: "1x30",
      [`pgrepl_standby_lag_seconds{${STANDBY}}`]: "31x30",
      [`pgrepl_standby_lag_bytes{${STANDBY}}`]: "2e7x30",
      ...because("streaming"),
    },
    quiet: {
      [`pgrepl_standby_falling_behind{${STANDBY}}`]: "1x30",
      [`pgrepl_standby_lag_seconds{${STANDBY}}`]: "61x30",
      [`pgrepl_standby_lag_bytes{${STANDBY}}`]: "2e7x30",
      ...because("streaming"),
    },
  },
  PgreplStandbyLagBudget: {
    // Ten seconds of every minute.
    fires: sampled("0+50x30"),
    quiet: sampled("0+60x10 655+60x18"),
    silenced: [
      ...["PgreplStandbyDisconnected", "PgreplServerDown"].map((alertname) => ({
        [`ALERTS{alertname="${alertname}",alertstate="firing",${STANDBY}}`]: "1x5",
      })),
      { 'ALERTS{alertname="PgreplNoPrimary",alertstate="firing",instance="cluster",cluster="c"}': "1x5" },
      because("archive"),
      because("delayed"),
      { [`pgrepl_standby_upstream_lag_seconds{${STANDBY}}`]: "1x30" },
    ],
  },
  PgreplServerStranded: {
    fires: { [`pgrepl_server_stranded{${STANDBY}}`]: "1x30" },
    quiet: { [`pgrepl_server_stranded{${STANDBY}}`]: "0x30" },
    silenced: [splitBrain],
  },
  PgreplServerDown: {
    fires: { [`pgrepl_up{${STANDBY}}`]: "1x20 0x9" },
    // Its upstream, which would hear from it, does not respond either: it may be the exporter.
    firesToo: { [`pgrepl_up{${STANDBY}}`]: "0x30", ...because("unreachable"), ...upstreamDown },
    quiet: { [`pgrepl_up{${STANDBY}}`]: "0x20 1x8 0" },
    silenced: [because("unreachable"), noPrimary, stranded],
  },
  PgreplNoPrimary: {
    fires: { 'pgrepl_finding{instance="cluster",check="no_primary",severity="critical"}': "_x20 1x9" },
    quiet: { 'pgrepl_cluster_primaries{instance="cluster",system_identifier="7"}': "0x30" },
  },
  PgreplSplitBrain: {
    fires: { 'pgrepl_cluster_split_brain{instance="cluster",system_identifier="7"}': "0x28 1" },
    quiet: { 'pgrepl_cluster_split_brain{instance="cluster",system_identifier="7"}': "0x30" },
  },
  PgreplFailover: {
    fires: { 'pgrepl_cluster_failovers_total{instance="cluster",system_identifier="7"}': "0x24 1x5" },
    quiet: { 'pgrepl_cluster_failovers_total{instance="cluster",system_identifier="7"}': "0x5 1x24" },
  },
  PgreplFewerStandbysThanExpected: {
    fires: {
      [`pgrepl_cluster_connected_standbys{${CLUSTER}}`]: "1x30",
      [`pgrepl_cluster_expected_standbys{${CLUSTER}}`]: "2x30",
    },
    quiet: {
      [`pgrepl_cluster_connected_standbys{${CLUSTER}}`]: "3x30",
      [`pgrepl_cluster_expected_standbys{${CLUSTER}}`]: "2x30",
    },
    silenced: [because("disconnected"), because("unreachable"), splitBrain, noPrimary],
  },
  PgreplSynchronousStandbysMissing: {
    fires: {
      [`pgrepl_sync_standbys_required{${STANDBY}}`]: "2x30",
      [`pgrepl_sync_standbys_met{${STANDBY}}`]: "1x30",
    },
    quiet: {
      [`pgrepl_sync_standbys_required{${STANDBY}}`]: "2x30",
      [`pgrepl_sync_standbys_met{${STANDBY}}`]: "2x30",
    },
  },
  PgreplCommitsWaiting: {
    fires: { [`pgrepl_sync_oldest_wait_seconds{${STANDBY}}`]: "_x20 11x9" },
    quiet: { [`pgrepl_sync_oldest_wait_seconds{${STANDBY}}`]: "3x30" },
  },
  PgreplCriticalFinding: {
    fires: { [`pgrepl_finding{${STANDBY},check="senders_limit",severity="critical"}`]: "1x30" },
    // Others are named by an alert of their own.
    quiet: {
      [`pgrepl_finding{${STANDBY},check="senders_limit",severity="warning"}`]: "1x30",
      [`pgrepl_finding{${STANDBY},check="half_open",severity="critical"}`]: "1x30",
    },
  },
  PgreplSlotLost: {
    fires: { [`pgrepl_slot_wal_status{${STANDBY},slot="x",status="lost"}`]: "0x20 1x9" },
    silenced: [{ 'pgrepl_standby_reason{instance="other",cluster="c",reason="lost"}': "1x30" }],
    quiet: { [`pgrepl_slot_wal_status{${STANDBY},slot="x",status="unreserved"}`]: "1x30" },
  },
  PgreplSlotLostSoon: {
    fires: { [`pgrepl_slot_lost_in_seconds{${STANDBY},slot="x"}`]: "3599x30" },
    // Beyond its limit, and lost with the next checkpoint.
    firesToo: { [`pgrepl_slot_lost_in_seconds{${STANDBY},slot="x"}`]: "0x30" },
    quiet: { [`pgrepl_slot_lost_in_seconds{${STANDBY},slot="x"}`]: "3600x30" },
    silenced: [{ [`pgrepl_slot_wal_status{${STANDBY},slot="x",status="lost"}`]: "1x30" }],
  },
  PgreplSlotInactive: {
    fires: {
      [`pgrepl_slot_active{${STANDBY},slot="x"}`]: "0x30",
      [`pgrepl_slot_retained_bytes{${STANDBY},slot="x"}`]: "2e9x30",
      [`pgrepl_sender_info{${STANDBY},slot="",application_name="x"}`]: "1x30",
    },
    // Synchronized before the promotion of its server.
    firesToo: {
      [`pgrepl_slot_active{${STANDBY},slot="x"}`]: "0x30",
      [`pgrepl_slot_retained_bytes{${STANDBY},slot="x"}`]: "2e9x30",
      [`pgrepl_slot_synced{${STANDBY},slot="x"}`]: "1x30",
      [`pgrepl_role{${STANDBY},role="standby"}`]: "0x30",
    },
    // An initial copy that runs.
    quiet: {
      [`pgrepl_slot_active{${STANDBY},slot="pg_1_sync_2_3"}`]: "0x30",
      [`pgrepl_slot_retained_bytes{${STANDBY},slot="pg_1_sync_2_3"}`]: "2e9x30",
      [`pgrepl_sender_info{${STANDBY},slot="",application_name="pg_1_sync_2_3"}`]: "1x30",
      [`pgrepl_slot_active{${STANDBY},slot="x"}`]: "0x30",
      [`pgrepl_slot_retained_bytes{${STANDBY},slot="x"}`]: "1e9x30",
    },
    silenced: [{
      [`pgrepl_slot_synced{${STANDBY},slot="x"}`]: "1x30",
      [`pgrepl_role{${STANDBY},role="standby"}`]: "1x30",
    }, {
      // Its subscription is watched, under the name of another cluster.
      'pgrepl_subscription_info{instance="sub",cluster="d",subscription="x",publisher="s",slot="x",database="app",by="slot"}':
        "1x30",
    }],
  },
  PgreplArchivingFails: {
    fires: {
      [`pgrepl_archiver_failed_total{${STANDBY}}`]: "0+1x30",
      [`pgrepl_archiver_archived_total{${STANDBY}}`]: "5x30",
    },
    quiet: {
      [`pgrepl_archiver_failed_total{${STANDBY}}`]: "0+1x30",
      [`pgrepl_archiver_archived_total{${STANDBY}}`]: "0+1x30",
    },
  },
  PgreplArchiveQueue: {
    fires: { [`pgrepl_archive_ready_files{${STANDBY}}`]: "64x30" },
    quiet: { [`pgrepl_archive_ready_files{${STANDBY}}`]: "63x30" },
    silenced: [{
      [`pgrepl_archiver_failed_total{${STANDBY}}`]: "0+1x30",
      [`pgrepl_archiver_archived_total{${STANDBY}}`]: "5x30",
    }],
  },
  PgreplDataDiffers: {
    fires: { 'pg_data_consistency_check{instance="cluster"}': "1x28 0 0" },
    quiet: { 'pg_data_consistency_check{instance="cluster"}': "1x30" },
  },
  PgreplExporterMissing: {
    fires: {},
    firesToo: {
      'pgrepl_build_info{job="j",instance="gone",version="1"}': "1x5",
      'pgrepl_build_info{job="j",instance="there",version="1"}': "1x30",
    },
    // Another version of it is no other exporter.
    quiet: {
      'pgrepl_build_info{job="j",instance="a",version="1"}': "1x5",
      'pgrepl_build_info{job="j",instance="a",version="2"}': "_x5 1x25",
    },
  },
  PgreplCollectorFails: {
    fires: { ...up, [`pgrepl_collector_success{${STANDBY},collector="slots"}`]: "0x30" },
    quiet: {
      [`pgrepl_up{${STANDBY}}`]: "0x30",
      [`pgrepl_collector_success{${STANDBY},collector="slots"}`]: "0x30",
    },
  },
  PgreplDataOld: {
    fires: { ...up, [`pgrepl_collection_age_seconds{${STANDBY}}`]: "121x30" },
    quiet: { ...up, [`pgrepl_collection_age_seconds{${STANDBY}}`]: "15x30" },
  },
  PgreplConfigReloadFailed: {
    fires: { pgrepl_config_last_reload_successful: "1x20 0x9" },
    quiet: { pgrepl_config_last_reload_successful: "1x30" },
  },
  PgreplSubscriptionFailing: {
    fires: { ...subscribed("apply_error", "1x20 0x9"), ...subscribed("disabled_by_error", "0x20 1x9") },
    firesToo: subscribed("copy_error"),
    // A single error is a lost connection; then it is disconnected for a moment.
    quiet: { ...subscribed("disconnected", "1x30"), ...subscribed("apply_error", "0x30") },
    silenced: [subscriberDown],
  },
  PgreplSubscriptionDown: {
    fires: subscribed("disconnected"),
    firesToo: { ...subscribed("slot_missing", "1x15 0x14"), ...subscribed("half_open", "0x15 1x14") },
    // A restart, and servers that have alerts of their own.
    quiet: {
      ...subscribed("disconnected", "0x28 1 1"),
      ...subscribed("unreachable"),
      ...subscribed("publisher_gone"),
    },
    silenced: [subscriberDown],
  },
  PgreplSubscriptionDisabled: {
    fires: subscribed("disabled"),
    quiet: subscribed("disabled", "0x25 1x4"),
    silenced: [subscriberDown],
  },
  PgreplSubscriptionBlocked: {
    fires: subscribed("blocked"),
    quiet: subscribed("blocked", "0x28 1 1"),
    silenced: [subscriberDown],
  },
  PgreplSubscriptionLag: {
    fires: { [`pgrepl_subscription_lag_seconds{${SUBSCRIPTION}}`]: "301x30", ...subscribed("streaming") },
    firesToo: { [`pgrepl_subscription_lag_seconds{${SUBSCRIPTION}}`]: "301x30" },
    quiet: { [`pgrepl_subscription_lag_seconds{${SUBSCRIPTION}}`]: "300x29 301" },
    silenced: ["apply_error", "disabled", "slot_lost", "publisher_gone"].map((reason) => subscribed(reason)),
  },
  PgreplSubscriptionConflicts: {
    fires: { [`pgrepl_subscription_conflicts_total{${SUBSCRIPTION},kind="update_missing"}`]: "0x25 1x4" },
    quiet: {
      [`pgrepl_subscription_conflicts_total{${SUBSCRIPTION},kind="insert_exists"}`]: "0+1x30",
      [`pgrepl_subscription_conflicts_total{${SUBSCRIPTION},kind="update_missing"}`]: "7x30",
    },
  },
  PgreplSlotNotConfirmed: {
    fires: foundOn("slot_not_confirmed"),
    firesToo: foundOn("slot_not_confirmed", "critical"),
    quiet: foundOn("slots_held"),
    silenced: [lostSoon],
  },
  PgreplSlotsHeld: {
    fires: foundOn("slots_held"),
    quiet: foundOn("slot_not_confirmed"),
    silenced: [lostSoon],
  },
  PgreplSubscriptionDataDiffers: {
    fires: {
      'pgrepl_consistency_different{instance="sub",cluster="c",subscription="s",table="public.t"}':
        "0x28 1 1",
      'pgrepl_consistency_different{instance="sub",cluster="c",subscription="s",table="public.u"}': "0x30",
    },
    quiet: {
      'pgrepl_consistency_different{instance="sub",cluster="c",subscription="s",table="public.t"}': "0x30",
      'pgrepl_consistency_different{instance="standby",cluster="c",table="public.t"}': "1x30",
    },
  },
  PgreplNotReplicated: {
    fires: foundOn("table_not_subscribed"),
    firesToo: foundOn("published_table_missing"),
    quiet: foundOn("table_columns_differ", "info"),
    silenced: [{
      'pgrepl_subscription_reason{instance="pub",cluster="c",subscription="s",reason="apply_error"}': "1x30",
    }],
  },
};
