/**
 * Advice about standbys: how they connect, replay and serve queries.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { DEFAULT_REPORT_THRESHOLDS } from "../../src/domain/thresholds.ts";
import { addToHba, FORTY_MB, removeFromHba, says, slotIsFree } from "./hands.ts";
import type { AdviceCases } from "./obey.ts";

/** While a receiver connects again, the primary may show its former connection too, under another name. */
const OWN_ROW = { subject: "standby" } as const;

export const standbyCases: AdviceCases = {
  "replay_paused: paused by hand": async (bench) => {
    const { cluster } = bench;
    await cluster.faults.pauseReplay("standby");
    await cluster.primary.sql(FORTY_MB);
    const paused = await bench.raised("replay_paused", { matches: /^warning/m });
    await bench.paste(paused, /pg_wal_replay_resume/);
    await bench.fine("replay_paused");
  },
  "lag_high: replay is paused": async (bench) => {
    const { cluster } = bench;
    await bench.watch({ report: { ...DEFAULT_REPORT_THRESHOLDS, warningLagSeconds: 2 } });
    await cluster.faults.pauseReplay("standby");
    await cluster.primary.sql(FORTY_MB);
    const high = await bench.raised("lag_high", { matches: /^warning/ });
    says(high, /see replay_paused/);
    await bench.paste(await bench.raised("replay_paused"), /pg_wal_replay_resume/);
    await bench.fine("lag_high");
    await bench.watch();
  },
  "replay_conflict: the query is ended, the next wait limited": async (bench) => {
    await bench.cluster.faults.holdConflict("standby");
    const conflict = await bench.raised("replay_conflict");
    // A wait that has begun does not end with the setting.
    await bench.paste(conflict, /max_standby_streaming_delay/);
    const [row = ""] = (await bench.paste(conflict, /FROM pg_stat_activity/)).split("\n");
    await bench.paste(conflict, /pg_terminate_backend/, { PID: row.split("|")[0] ?? "" });
    await bench.fine("replay_conflict");
    await bench.cluster.faults.releaseConflict("standby");
  },
  "queries_cancelled: feedback on": async (bench) => {
    await bench.cluster.faults.holdConflict("standby", 0.2);
    const cancelled = await bench.raised("queries_cancelled", { matches: /^warning/ });
    await bench.paste(cancelled, /hot_standby_feedback/);
    const after = await bench.raised("queries_cancelled", { matches: /^info/ });
    says(after, /max_standby_streaming_delay/);
    await bench.cluster.faults.releaseConflict("standby");
    await bench.cluster.server("standby").set("hot_standby_feedback", null);
    await bench.watch();
    await bench.fine("queries_cancelled");
  },
  "upstream_slot_missing: the slot is created": async (bench) => {
    const { cluster } = bench;
    await cluster.faults.cutLink("standby");
    await slotIsFree(bench, "standby");
    await cluster.faults.dropSlot("standby");
    await cluster.faults.healLink("standby");
    await bench.paste(await bench.raised("upstream_slot_missing"), /pg_create_physical_replication_slot/);
    await bench.fine("upstream_slot_missing");
  },
  "no_slot: a slot is created": async (bench) => {
    const { cluster } = bench;
    await cluster.server("standby").set("primary_slot_name", "");
    await slotIsFree(bench, "standby");
    await cluster.faults.dropSlot("standby");
    const none = await bench.raised("no_slot", OWN_ROW);
    await bench.paste(none, /pg_create_physical_replication_slot/);
    await bench.paste(none, /SET primary_slot_name/);
    await bench.fine("no_slot");
    await cluster.server("standby").set("primary_slot_name", null);
  },
  "no_slot: its own slot exists": async (bench) => {
    await bench.cluster.server("standby").set("primary_slot_name", "");
    await bench.paste(await bench.raised("no_slot", OWN_ROW), /SET primary_slot_name/);
    await bench.fine("no_slot");
    await bench.cluster.server("standby").set("primary_slot_name", null);
  },
  "no_slot: more WAL is kept": async (bench) => {
    const { cluster } = bench;
    await cluster.server("standby").set("primary_slot_name", "");
    await slotIsFree(bench, "standby");
    await cluster.faults.dropSlot("standby");
    await bench.paste(await bench.raised("no_slot", OWN_ROW), /wal_keep_size/);
    await bench.fine("no_slot");
    await cluster.faults.createSlot("standby");
    await cluster.server("standby").set("primary_slot_name", null);
    await cluster.primary.set("wal_keep_size", null);
  },
  "receiver_not_running: the network is repaired": async (bench) => {
    await bench.cluster.faults.cutLink("standby");
    says(
      await bench.raised("receiver_not_running"),
      /check that it reaches 127\.0\.0\.1:\d+|primary_conninfo/,
    );
    await bench.cluster.faults.healLink("standby");
    await bench.fine("receiver_not_running");
  },
  "receiver_not_running: primary_conninfo is empty": async (bench) => {
    const standby = bench.cluster.server("standby");
    const conninfo = await standby.text("SHOW primary_conninfo") ?? "";
    await standby.set("primary_conninfo", "");
    const stopped = await bench.raised("receiver_not_running", { matches: /is empty/ });
    await bench.paste(stopped, /SET primary_conninfo/, { "host=... user=...": conninfo });
    await bench.fine("receiver_not_running");
    await standby.set("primary_conninfo", null);
  },
  "receiver_not_running: primary_conninfo is wrong": async (bench) => {
    const standby = bench.cluster.server("standby");
    const conninfo = await standby.text("SHOW primary_conninfo") ?? "";
    await standby.set("primary_conninfo", conninfo.replace(/port=\d+/, "port=1"));
    const stopped = await bench.raised("receiver_not_running");
    assertMatch(await bench.paste(stopped, /SHOW primary_conninfo/), /port=1/);
    await bench.paste(stopped, /SET primary_conninfo/, { "host=... user=...": conninfo });
    await bench.fine("receiver_not_running");
    await standby.set("primary_conninfo", null);
  },
  "receiver_not_running: no line in pg_hba.conf": async (bench) => {
    const { cluster } = bench;
    await removeFromHba(bench, "primary", /^host replication/);
    await cluster.faults.cutLink("standby");
    await cluster.faults.healLink("standby");
    const stopped = await bench.raised("receiver_not_running", { matches: /host replication/ });
    const line = /host replication [^;,]*scram-sha-256/.exec(stopped.advice)?.[0] ?? "";
    await addToHba(
      bench,
      "primary",
      line.replace("ROLE", "replicator").replace("STANDBY_ADDRESS", "127.0.0.1"),
    );
    await bench.paste(stopped, /^SELECT pg_reload_conf/);
    await bench.fine("receiver_not_running");
  },
  "receiver_not_running: a wrong password": async (bench) => {
    const { cluster } = bench;
    await cluster.primary.sql("ALTER ROLE replicator PASSWORD 'another'");
    await cluster.faults.cutLink("standby");
    await cluster.faults.healLink("standby");
    const stopped = await bench.raised("receiver_not_running");
    await bench.paste(stopped, /^ALTER ROLE/, {
      "PASSWORD '...'": `PASSWORD '${cluster.passwords.replicator}'`,
    });
    await bench.fine("receiver_not_running");
  },
  "half_open: the network is repaired": async (bench) => {
    await bench.cluster.faults.stallLink("standby");
    says(await bench.raised("half_open"), /network/);
    await bench.cluster.faults.healLink("standby");
    await bench.fine("half_open");
  },
  "half_open: the dead sender is ended": async (bench) => {
    const { cluster } = bench;
    await cluster.faults.freezeReceiver("standby");
    const dead = await bench.raised("half_open");
    assertEquals(await bench.paste(dead, /pg_terminate_backend/), "t");
    cluster.faults.thawReceiver("standby");
    await bench.fine("half_open");
  },
  "standby_disconnected: it is started": async (bench) => {
    await bench.cluster.faults.kill("standby");
    says(await bench.raised("standby_disconnected"), /is PostgreSQL up/);
    await bench.raised("connection_refused");
    await bench.cluster.faults.start("standby");
    await bench.fine("standby_disconnected");
  },
  "few_standbys: the missing one is brought back": async (bench) => {
    await bench.cluster.faults.cutLink("standby");
    says(await bench.raised("few_standbys"), /see standby_disconnected and receiver_not_running/);
    await bench.cluster.faults.healLink("standby");
    await bench.fine("few_standbys");
  },
  "settings_mismatch: raised on the standby": async (bench) => {
    const { cluster, major } = bench;
    const standby = cluster.server("standby");
    await cluster.primary.set("max_worker_processes", "16");
    for (const each of cluster.standbys.slice(1)) {
      await each.set("max_worker_processes", "16");
      await each.restart();
    }
    // 13 does not pause: it shuts down when it replays the change.
    if (major === 13) await cluster.faults.cutLink("standby");
    await cluster.primary.restart();
    const small = await bench.raised("settings_mismatch", { server: "standby" });
    await bench.paste(small, /max_worker_processes/);
    says(small, /then restart it/);
    await standby.restart();
    if (major === 13) await cluster.faults.healLink("standby");
    await bench.fine("settings_mismatch");
  },
  "timeout_off: wal_sender_timeout": async (bench) => {
    await bench.cluster.primary.set("wal_sender_timeout", "0");
    await bench.paste(await bench.raised("timeout_off", { server: "primary" }), /wal_sender_timeout/);
    await bench.fine("timeout_off");
  },
  "timeout_off: both of a standby": async (bench) => {
    const standby = bench.cluster.server("standby");
    await standby.set("wal_receiver_timeout", "0");
    await standby.set("wal_receiver_status_interval", "0");
    for (const subject of ["wal_receiver_timeout", "wal_receiver_status_interval"]) {
      await bench.paste(await bench.raised("timeout_off", { subject }), /ALTER SYSTEM/);
    }
    await bench.fine("timeout_off");
    await standby.set("wal_receiver_status_interval", "1s");
  },
};
