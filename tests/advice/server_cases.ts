/**
 * Advice about servers: how the exporter reaches them, what it may read, their settings and limits.
 *
 * @module
 */
import { assert, assertMatch } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { sendSignal } from "../../compose/lab/processes.ts";
import { until } from "../live/support.ts";
import { addToHba, removeFromHba, says } from "./hands.ts";
import type { AdviceCases } from "./obey.ts";

/** What the collector archive_queue calls fails, as when a disk does not answer. */
const BREAK_COLLECTOR =
  "SET allow_system_table_mods = on; ALTER FUNCTION pg_ls_archive_statusdir() RENAME TO away; " +
  "CREATE FUNCTION pg_catalog.pg_ls_archive_statusdir(OUT name text, OUT size bigint, OUT modification timestamptz) " +
  "RETURNS SETOF record LANGUAGE plpgsql AS $$ BEGIN RAISE 'the disk does not answer'; END $$;";
const MEND_COLLECTOR =
  "SET allow_system_table_mods = on; DROP FUNCTION pg_catalog.pg_ls_archive_statusdir(); " +
  "ALTER FUNCTION away() RENAME TO pg_ls_archive_statusdir;";

export const serverCases: AdviceCases = {
  "login_failed: the password is set again": async (bench) => {
    const { cluster } = bench;
    const password = cluster.passwords.monitor;
    await cluster.primary.sql("ALTER ROLE monitor PASSWORD 'another'");
    await cluster.faults.endSessions("primary");
    const failed = await bench.raised("login_failed", { server: "primary" });
    await bench.paste(failed, /ALTER ROLE/, { "PASSWORD '...'": `PASSWORD '${password}'` });
    await bench.fine("login_failed");
  },
  "login_failed: the role may log in again": async (bench) => {
    const { cluster } = bench;
    await cluster.primary.sql("ALTER ROLE monitor NOLOGIN");
    await cluster.faults.endSessions("primary");
    await bench.paste(await bench.raised("login_failed", { server: "primary" }), /ALTER ROLE/);
    await bench.fine("login_failed");
  },
  "pg_hba_refused: the line is added": async (bench) => {
    const { cluster } = bench;
    await removeFromHba(bench, "primary", /^host all all/);
    await addToHba(bench, "primary", "host all postgres,plain 127.0.0.1/32 scram-sha-256");
    await cluster.primary.sql("SELECT pg_reload_conf()");
    await cluster.faults.endSessions("primary");
    const refused = await bench.raised("pg_hba_refused", { server: "primary" });
    const line = /: (host \S+ \S+ \S+ scram-sha-256)/.exec(refused.advice)?.[1] ?? "";
    await addToHba(bench, "primary", line);
    await bench.paste(refused, /pg_reload_conf/);
    await bench.fine("pg_hba_refused");
    await addToHba(bench, "primary", "host all all 127.0.0.1/32 scram-sha-256");
    await cluster.primary.sql("SELECT pg_reload_conf()");
  },
  "connection_refused: it is started": async (bench) => {
    await bench.cluster.faults.stop("standby");
    says(await bench.raised("connection_refused"), /Start PostgreSQL there/);
    await bench.cluster.faults.start("standby");
    await bench.fine("connection_refused");
  },
  "network_unreachable: the name is corrected": async (bench) => {
    await bench.watch({ hosts: { standby: "nowhere.invalid" } });
    says(await bench.raised("network_unreachable"), /its name and DNS/);
    await bench.watch();
    await bench.fine("network_unreachable");
  },
  "server_silent: its processes run again": async (bench) => {
    await bench.watch({ collect: { deadlineSeconds: 2 } });
    await bench.fine("");
    await bench.cluster.faults.freeze("standby");
    says(await bench.raised("server_silent", { server: "standby" }), /stopped processes/);
    await bench.cluster.faults.thaw("standby");
    await bench.fine("server_silent");
    await bench.watch();
  },
  "connections_exhausted: idle sessions are ended": async (bench) => {
    const { cluster } = bench;
    await bench.stopWatching();
    await cluster.faults.exhaustConnections("primary");
    await bench.watch();
    const exhausted = await bench.raised("connections_exhausted", { server: "primary" });
    const idle = await bench.paste(exhausted, /client backend/);
    for (const line of idle.split("\n").filter((row) => row.split("|")[1] === "plain").slice(0, 10)) {
      await bench.paste(exhausted, /pg_terminate_backend/, { PID: line.split("|")[0] ?? "" });
    }
    await bench.fine("connections_exhausted");
    await cluster.faults.releaseConnections("primary");
  },
  "connections_exhausted: the role may have more": async (bench) => {
    const { cluster } = bench;
    await cluster.primary.sql("ALTER ROLE monitor CONNECTION LIMIT 0");
    await cluster.faults.endSessions("primary");
    says(await bench.raised("connections_exhausted"), /CONNECTION LIMIT/);
    await cluster.primary.sql("ALTER ROLE monitor CONNECTION LIMIT 5");
    await bench.fine("connections_exhausted");
  },
  "missing_rights: pg_monitor is granted": async (bench) => {
    await bench.watch({ user: "plain" });
    await bench.paste(await bench.raised("missing_rights", { server: "standby" }), /GRANT/);
    await bench.fine("missing_rights");
    await bench.cluster.primary.sql("REVOKE pg_monitor FROM plain");
    await bench.watch();
  },
  "collector_failing: the cause is removed": async (bench) => {
    await bench.psql(bench.cluster.primary, BREAK_COLLECTOR);
    // An open session has the old function in its plans.
    await bench.watch();
    says(await bench.raised("collector_failing"), /Follow the message/);
    await bench.psql(bench.cluster.primary, MEND_COLLECTOR);
    await bench.fine("collector_failing");
  },
  "collector_failing: done without": async (bench) => {
    await bench.psql(bench.cluster.primary, BREAK_COLLECTOR);
    // An open session has the old function in its plans.
    await bench.watch();
    says(await bench.raised("collector_failing"), /--no-collector\.archive_queue$/);
    await bench.watch({ without: ["archive_queue"] });
    await bench.fine("collector_failing");
    await bench.psql(bench.cluster.primary, MEND_COLLECTOR);
    await bench.watch();
  },
  "sync_short: the standby is brought back": async (bench) => {
    const { cluster } = bench;
    await cluster.primary.set("synchronous_standby_names", "standby");
    await cluster.faults.cutLink("standby");
    says(await bench.raised("sync_short"), /^Bring the missing standby back/);
    await cluster.faults.healLink("standby");
    await bench.fine("sync_short");
    await cluster.primary.set("synchronous_standby_names", null);
  },
  "sync_short: commits are let through, then wait again": async (bench) => {
    const { cluster } = bench;
    await cluster.primary.set("synchronous_standby_names", "FIRST 1 (standby)");
    await cluster.faults.cutLink("standby");
    const short = await bench.raised("sync_short");
    await using writer = cluster.primary.connect("postgres");
    const commit = writer.query("INSERT INTO test_data (data) VALUES ('waits')", 60);
    await bench.raised("sync_short", { matches: /^critical/m });
    assertMatch(await bench.psql(cluster.server("standby"), "SELECT pg_is_in_recovery();"), /^t$/);
    await bench.paste(short, /synchronous_standby_names = ''/);
    await commit;
    await cluster.faults.healLink("standby");
    await cluster.untilStreaming("standby");
    await bench.paste(short, /FIRST 1/);
    await bench.fine("sync_short");
    await cluster.primary.set("synchronous_standby_names", null);
  },
  "commits_wait: replay is resumed": async (bench) => {
    const { cluster } = bench;
    await cluster.primary.set("synchronous_commit", "remote_apply");
    await cluster.primary.set("synchronous_standby_names", "standby");
    await cluster.faults.pauseReplay("standby");
    await using writer = cluster.primary.connect("postgres");
    const commit = writer.query("INSERT INTO test_data (data) VALUES ('waits')", 60);
    says(await bench.raised("commits_wait"), /look for a paused or blocked replay/);
    await bench.paste(await bench.raised("replay_paused"), /pg_wal_replay_resume/);
    await commit;
    await bench.fine("commits_wait");
    await cluster.primary.set("synchronous_commit", null);
    await cluster.primary.set("synchronous_standby_names", null);
  },
  "sync_no_spare: another standby is named": async (bench) => {
    const { cluster } = bench;
    await cluster.primary.set("synchronous_standby_names", "standby");
    await bench.paste(await bench.raised("sync_no_spare"), /synchronous_standby_names/, {
      "..., another": "standby, standby2",
    });
    await bench.fine("sync_no_spare");
    await cluster.primary.set("synchronous_standby_names", null);
  },
  "senders_limit: max_wal_senders is raised": async (bench) => {
    const { cluster } = bench;
    for (const each of [cluster.primary, ...cluster.standbys]) await each.set("max_wal_senders", "2");
    await cluster.primary.restart();
    await cluster.untilStreaming();
    await cluster.primary.sql("INSERT INTO test_data (data) VALUES ('x')");
    await cluster.untilCaughtUp();
    for (const each of cluster.standbys) await each.sql("CHECKPOINT");
    for (const each of cluster.standbys) await each.restart();
    const limit = await bench.raised("senders_limit", { server: "primary" });
    const { code } = bench.printed(limit, /max_wal_senders/);
    for (const each of cluster.standbys) {
      await bench.psql(each, code);
      await each.restart();
    }
    await bench.psql(cluster.primary, code);
    await cluster.primary.restart();
    await cluster.untilStreaming();
    await bench.fine("senders_limit");
  },
  "slots_limit: max_replication_slots is raised": async (bench) => {
    const { primary } = bench.cluster;
    await primary.set("max_replication_slots", "2");
    await primary.restart();
    const limit = await bench.raised("slots_limit", { server: "primary" });
    await bench.paste(limit, /max_replication_slots/);
    says(limit, /then restart it/);
    await primary.restart();
    await bench.cluster.untilStreaming();
    await bench.fine("slots_limit");
  },
  "archiver_failing: archive_command is corrected": async (bench) => {
    const { primary } = bench.cluster;
    await primary.set("archive_command", "false");
    await primary.sql("SELECT pg_switch_wal()");
    const failing = await bench.raised("archiver_failing");
    says(failing, /Read the log of "primary" for the error of archive_command/);
    await primary.sql("ALTER SYSTEM SET archive_command = 'true'");
    await bench.paste(failing, /pg_reload_conf/);
    await bench.fine("archiver_failing");
  },
  "archive_backlog: the command no longer hangs": async (bench) => {
    const { primary } = bench.cluster;
    await primary.set("archive_command", "exec sleep 600");
    await until("70 segments", async () => {
      await primary.sql("INSERT INTO test_data (data) VALUES ('x')");
      await primary.sql("SELECT pg_switch_wal()");
      return bench.alarms().some((alarm) => alarm.includes("archive_backlog"));
    });
    says(await bench.raised("archive_backlog"), /ps shows it as a child of the archiver/);
    const archiver = await primary.text(
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'archiver'",
    );
    await primary.set("archive_command", "true");
    const children = (await Deno.readTextFile(`/proc/${archiver}/task/${archiver}/children`)).match(/\d+/g) ??
      [];
    assert(children.length > 0, "the archiver has no child");
    for (const child of children) sendSignal(Number(child), "SIGTERM");
    await bench.fine("archive_backlog");
    await primary.set("archive_command", null);
  },
  "fsync_off: it is turned on": async (bench) => {
    await bench.cluster.primary.set("fsync", "off");
    await bench.paste(await bench.raised("fsync_off"), /fsync/);
    await bench.fine("fsync_off");
  },
  "full_page_writes_off: it is turned on": async (bench) => {
    await bench.cluster.primary.set("full_page_writes", "off");
    await bench.paste(await bench.raised("full_page_writes_off"), /full_page_writes/);
    await bench.fine("full_page_writes_off");
  },
  "few_standbys: fewer are expected": async (bench) => {
    await bench.cluster.faults.stop("standby2");
    says(await bench.raised("few_standbys"), /correct the number of expected standbys/);
    await bench.watch({ only: ["primary", "standby"] });
    await bench.fine("few_standbys", { standbys: false, allow: /slot_inactive/ });
    await bench.cluster.faults.start("standby2");
    await bench.watch();
    await bench.fine("few_standbys");
  },
  "consistency_not_checked: the privilege is granted": async (bench) => {
    const { primary } = bench.cluster;
    await primary.sql("CREATE TABLE secret (id int PRIMARY KEY)");
    await bench.watch({
      consistency: {
        tables: ["public.secret"],
        intervalSeconds: 1,
        statementTimeoutSeconds: 5,
        maxRows: 1000,
        maxDurationSeconds: 10,
        maxLagSeconds: 20,
      },
    });
    const missing = await bench.raised("consistency_not_checked", { matches: /^warning/ });
    await bench.paste(missing, /GRANT/);
    await bench.fine("consistency_not_checked");
    await bench.watch();
    await primary.sql("DROP TABLE secret");
  },
  "foreign_server: a name for each cluster": async (bench) => {
    await using other = await startCluster({
      ...bench.major === 15 ? { binaries: bench.cluster.binaries.directory } : { major: bench.major },
      standbys: 0,
      settings: { fsync: "on", full_page_writes: "on" },
    });
    await other.faults.changeMonitorPassword(bench.cluster.passwords.monitor);
    const also = { other: other.primary.port };
    const one = { primary: "one", standby: "one", standby2: "one" };
    await bench.watch({ also, clusters: { ...one, other: "one" } });
    says(await bench.raised("foreign_server"), /^Name them as different clusters in the configuration/);
    await bench.watch({ also, clusters: { ...one, other: "another" } });
    await bench.fine("foreign_server");
    await bench.watch();
  },
};
