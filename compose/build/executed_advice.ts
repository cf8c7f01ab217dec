/**
 * Which advice is carried out in a test, on which majors, and which is not, and why.
 *
 * @module
 */
const ALL = [13, 14, 15, 16, 17, 18] as const;
/** `pg_stat_activity` shows the archiver, whose command the test ends; the slots of initial copies last; decoding is counted. */
const SINCE_14 = [14, 15, 16, 17, 18] as const;
/** No view shows an error of a subscription, nor that it is tried again and again. */
const ONLY_13 = [13] as const;
/** The server counts errors of subscriptions. */
const SINCE_15 = [15, 16, 17, 18] as const;
/** It counts conflicts. */
const SINCE_18 = [18] as const;
/** Where the programs that the advice runs are installed for the test. */
const WITH_PROGRAMS = [15] as const;

/** Branches of the advice of a finding or an alert, `name: branch`, with the majors on which a test carries it out. */
export const EXECUTED_ADVICE = {
  "replay_paused: paused by hand": ALL,
  "lag_high: replay is paused": ALL,
  "replay_conflict: the query is ended, the next wait limited": ALL,
  "queries_cancelled: feedback on": ALL,
  "upstream_slot_missing: the slot is created": ALL,
  "no_slot: a slot is created": ALL,
  "no_slot: its own slot exists": ALL,
  "no_slot: more WAL is kept": ALL,
  "receiver_not_running: the network is repaired": ALL,
  "receiver_not_running: primary_conninfo is empty": ALL,
  "receiver_not_running: primary_conninfo is wrong": ALL,
  "receiver_not_running: no line in pg_hba.conf": ALL,
  "receiver_not_running: a wrong password": ALL,
  "half_open: the network is repaired": ALL,
  "half_open: the dead sender is ended": ALL,
  "standby_disconnected: it is started": ALL,
  "few_standbys: the missing one is brought back": ALL,
  "settings_mismatch: raised on the standby": ALL,
  "timeout_off: wal_sender_timeout": ALL,
  "timeout_off: both of a standby": ALL,
  "login_failed: the password is set again": ALL,
  "login_failed: the role may log in again": ALL,
  "pg_hba_refused: the line is added": ALL,
  "connection_refused: it is started": ALL,
  "network_unreachable: the name is corrected": ALL,
  "server_silent: its processes run again": ALL,
  "connections_exhausted: idle sessions are ended": ALL,
  "connections_exhausted: the role may have more": ALL,
  "missing_rights: pg_monitor is granted": ALL,
  "collector_failing: the cause is removed": ALL,
  "collector_failing: done without": ALL,
  "sync_short: the standby is brought back": ALL,
  "sync_short: commits are let through, then wait again": ALL,
  "commits_wait: replay is resumed": ALL,
  "sync_no_spare: another standby is named": ALL,
  "senders_limit: max_wal_senders is raised": ALL,
  "slots_limit: max_replication_slots is raised": ALL,
  "archiver_failing: archive_command is corrected": ALL,
  "archive_backlog: the command no longer hangs": SINCE_14,
  "fsync_off: it is turned on": ALL,
  "full_page_writes_off: it is turned on": ALL,
  "few_standbys: fewer are expected": ALL,
  "consistency_not_checked: the privilege is granted": ALL,
  "foreign_server: a name for each cluster": ALL,
  "slot_inactive: its consumer comes back": ALL,
  "slot_inactive: it is dropped": ALL,
  "standby_disconnected: gone for good": ALL,
  "slot_inactive: a disabled subscription is enabled": ALL,
  "slot_inactive: a subscription is gone for good": ALL,
  "slot_inactive: a table is copied again": SINCE_14,
  "slots_keep_unlimited: a limit is set": ALL,
  "slot_at_risk: the limit is raised": ALL,
  "slot_at_risk: its consumer comes back": ALL,
  "slot_at_risk: an open transaction is ended": ALL,
  "slot_lost: a physical one is created again": ALL,
  "slot_lost: a logical one, and its subscription": ALL,
  "slot_lost: the initial copy of a table": SINCE_14,
  "slot_lost: the consumer takes a new snapshot": ALL,
  "slot_lost: of a watched subscription": ALL,
  "subscription_failing: a row that is there already": SINCE_14,
  "subscription_failing: a column that is missing": SINCE_14,
  "subscription_failing: a table that is missing": SINCE_14,
  "subscription_failing: the copy of a table": SINCE_15,
  "subscription_disabled: by hand": ALL,
  "subscription_disabled: by an error": SINCE_15,
  "subscription_blocked: a session is ended": ALL,
  "subscription_blocked: a prepared transaction is rolled back": ALL,
  "subscription_blocked: an initial copy": ALL,
  "subscription_disconnected: its connection string is corrected": ALL,
  "subscription_disconnected: an error, where nothing counts them": ONLY_13,
  "subscription_disconnected: pg_hba.conf is corrected": ALL,
  "subscription_disconnected: half open, the network is repaired": ALL,
  "subscription_disconnected: half open, both ends are ended": ALL,
  "subscription_disconnected: more workers": ALL,
  "subscription_lag_high: what slows the subscriber ends": ALL,
  "subscription_conflicts: the tables are made equal": SINCE_18,
  "subscription_slot_missing: it is created again": ALL,
  "slot_not_confirmed: its consumer confirms again": ALL,
  "slots_held: the transaction is ended": ALL,
  "split_brain: the one promoted last is right": WITH_PROGRAMS,
  "split_brain: one is a copy": WITH_PROGRAMS,
  "stranded: rewound": WITH_PROGRAMS,
  "stranded: rebuilt": WITH_PROGRAMS,
  "no_primary: it is started again": WITH_PROGRAMS,
  "no_primary: a standby is promoted": WITH_PROGRAMS,
  "wal_removed: rebuilt, its slot created again": WITH_PROGRAMS,
  "wal_removed: from an archive": WITH_PROGRAMS,
  "needs_archive: restore_command is corrected": WITH_PROGRAMS,
  "split_brain: the older one is right": WITH_PROGRAMS,
  "diverged: the standby is right": WITH_PROGRAMS,
  "diverged: the primary is right": WITH_PROGRAMS,
  "wal_level_minimal: set back": WITH_PROGRAMS,
  "checksums_off: they are enabled": WITH_PROGRAMS,
} as const satisfies Readonly<Record<string, readonly number[]>>;

/** A key of {@linkcode EXECUTED_ADVICE}. */
export type AdviceBranch = keyof typeof EXECUTED_ADVICE;

/** Findings whose advice no test carries out, and why. */
export const NOT_EXECUTED: Readonly<Record<string, string>> = {
  server_starting: "It says to wait; the finding passes by itself.",
  server_stopping: "It says to do nothing, or to read a log; the finding passes by itself.",
  answer_unusable: "It repeats the message of the connection, which differs with each cause.",
  divided_cluster: "It is a change of the configuration, and needs servers on hosts of their own to be seen.",
  not_discovered: "It is a change of the exporter's configuration, tried by the live tests of discovery.",
  shared_origin: "It says to name the clusters, as for `split_brain`, where that is executed.",
  mixed_versions: "It needs two minor versions of one major; the lab has one.",
  data_differs: "It needs a standby with damaged pages; the rebuild is executed for `wal_removed`.",
  old_xmin:
    "It needs ten million transactions; the same statements are executed for `replay_conflict` and `slot_inactive`.",
  long_query: "It needs a query of an hour; the same statements are executed for `replay_conflict`.",
  falling_behind: "It says where to look: a faster disk, another query.",
  // In the database that they name: the tests here have only one.
  decoding_waits_for_standby: "It is carried out by tests/live/failover_slots_test.ts.",
  failover_slot_not_ready: "It is carried out by tests/live/failover_slots_test.ts.",
  failover_slot_unguarded: "It is carried out by tests/live/failover_slots_test.ts.",
  publication_missing: "It is carried out by tests/live/not_replicated_test.ts.",
  published_table_missing: "It is carried out by tests/live/not_replicated_test.ts.",
  table_not_subscribed: "It is carried out by tests/live/not_replicated_test.ts.",
  table_not_published: "It is carried out by tests/live/not_replicated_test.ts.",
  subscription_data_differs: "It is carried out by tests/live/subscription_finding_test.ts.",
  table_columns_differ: "It is carried out by tests/live/not_replicated_test.ts.",
  replica_identity_missing: "It is carried out by tests/live/not_replicated_test.ts.",
  sequences_behind: "It is carried out by tests/live/not_replicated_test.ts.",
  database_not_read: "It is carried out by tests/live/not_replicated_test.ts.",
  clock_off: "It needs a host whose clock may be changed.",
};

/** Alerts whose explanation is not that of a finding: how their steps are executed, or why not. */
export const ALERTS_ON_THEIR_OWN: Readonly<Record<string, string>> = {
  PgreplServerDown: "Its steps are those of the findings about connections, executed there.",
  PgreplFailover: "It asks who did it; nothing is carried out.",
  PgreplCriticalFinding: "Its step is to follow the finding's advice.",
  PgreplExporterMissing:
    "Its steps are the exporter's start and configuration: tests/live/service_test.ts, check_config_test.ts.",
  PgreplDataOld: "Its step is a restart of the exporter, after a defect that no fault of the lab makes.",
  PgreplConfigReloadFailed: "Correct the file, then reload: tests/live/reload_test.ts.",
  PgreplStandbyLagBudget: "It asks what delays the standby at such times; its steps are those of `lag_high`.",
  PgreplStandbyLagUnknown: "Its steps are those of `no_primary`, `diverged` and `stranded`, executed there.",
};
