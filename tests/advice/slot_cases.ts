/**
 * Advice about slots: those that nobody reads, that near their limit, and that are lost.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { until } from "../live/support.ts";
import { FORTY_MB, says, slotIsFree } from "./hands.ts";
import type { AdviceCases } from "./obey.ts";

export const slotCases: AdviceCases = {
  "slot_inactive: its consumer comes back": async (bench) => {
    const { cluster } = bench;
    await cluster.faults.cutLink("standby");
    await slotIsFree(bench, "standby");
    await cluster.primary.sql(FORTY_MB);
    says(await bench.raised("slot_inactive", { matches: /^warning/ }), /^Bring its standby back/);
    await cluster.faults.healLink("standby");
    await bench.fine("slot_inactive");
  },
  "slot_inactive: it is dropped": async (bench) => {
    const { primary } = bench.cluster;
    await primary.sql("SELECT pg_create_physical_replication_slot('left', true)");
    await primary.sql(FORTY_MB);
    const left = await bench.raised("slot_inactive", { subject: "left", matches: /^warning/ });
    const before = await bench.paste(left, /SELECT active, restart_lsn/);
    assertMatch(before, /^f\|/);
    assertEquals(await bench.paste(left, /SELECT active, restart_lsn/), before);
    await bench.paste(left, /pg_drop_replication_slot/);
    await bench.fine("slot_inactive");
  },
  "standby_disconnected: gone for good": async (bench) => {
    const { cluster } = bench;
    await bench.watch({ only: ["primary", "standby"] });
    await bench.fine("");
    await cluster.faults.stop("standby2");
    await slotIsFree(bench, "standby2");
    await cluster.primary.sql(FORTY_MB);
    const gone = await bench.raised("standby_disconnected", { subject: "standby2" });
    says(gone, /see slot_inactive/);
    const slot = await bench.raised("slot_inactive", { subject: "standby2" });
    await bench.paste(slot, /pg_drop_replication_slot/);
    says(gone, /forgets the standby when it is restarted/);
    await bench.watch({ only: ["primary", "standby"] });
    await bench.fine("standby_disconnected", { standbys: false });
    await cluster.faults.createSlot("standby2");
    await cluster.faults.start("standby2");
    await bench.watch();
    await bench.fine("standby_disconnected");
  },
  "slots_keep_unlimited: a limit is set": async (bench) => {
    await bench.cluster.primary.set("max_slot_wal_keep_size", "-1");
    await bench.paste(await bench.raised("slots_keep_unlimited"), /max_slot_wal_keep_size/);
    await bench.fine("slots_keep_unlimited");
  },
  "slot_at_risk: the limit is raised": async (bench) => {
    const { cluster } = bench;
    await cluster.primary.sql("CHECKPOINT");
    await cluster.primary.set("max_slot_wal_keep_size", "64MB");
    await cluster.faults.cutLink("standby");
    await slotIsFree(bench, "standby");
    await cluster.primary.sql(FORTY_MB);
    await cluster.primary.sql(FORTY_MB);
    await cluster.primary.sql(FORTY_MB);
    await bench.raised("slot_at_risk", { matches: /^critical/ });
    await bench.nextLook();
    const risk = await bench.raised("slot_at_risk");
    await bench.paste(risk, /max_slot_wal_keep_size/);
    const status = "SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'standby'";
    await until("the slot to be safe", async () => await cluster.primary.text(status) !== "unreserved");
    await cluster.faults.healLink("standby");
    await bench.fine("slot_at_risk");
  },
  "slot_at_risk: its consumer comes back": async (bench) => {
    const { cluster } = bench;
    await cluster.primary.sql("CHECKPOINT");
    await cluster.primary.set("max_slot_wal_keep_size", "64MB");
    await cluster.faults.cutLink("standby");
    await slotIsFree(bench, "standby");
    await cluster.primary.sql(FORTY_MB);
    await cluster.primary.sql(FORTY_MB);
    says(await bench.raised("slot_at_risk", { matches: /^critical/ }), /^Bring its consumer up to date now/);
    await cluster.faults.healLink("standby");
    await bench.fine("slot_at_risk");
    await cluster.primary.set("max_slot_wal_keep_size", "20GB");
  },
  "slot_lost: a physical one is created again": async (bench) => {
    const { primary } = bench.cluster;
    await primary.sql("SELECT pg_create_physical_replication_slot('gone', true)");
    await primary.set("max_slot_wal_keep_size", "1MB");
    await until("the slot to be lost", async () => {
      await primary.sql(FORTY_MB);
      await bench.cluster.untilCaughtUp();
      await primary.sql("CHECKPOINT");
      return await primary.text("SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'gone'") ===
        "lost";
    });
    await primary.set("max_slot_wal_keep_size", "20GB");
    const lost = await bench.raised("slot_lost");
    assertEquals(await bench.paste(lost, /SELECT wal_status, active/), "lost|f");
    await bench.paste(lost, /pg_drop_replication_slot/);
    // The new slot has no consumer here, and the WAL of the fault sets the rate of its forecast.
    await bench.fine("slot_lost", { allow: /^warning slot_(?:inactive|at_risk) primary gone$/ });
    await primary.sql("SELECT pg_drop_replication_slot('gone')");
  },
  "slot_lost: a logical one, and its subscription": async (bench) => {
    const { primary } = bench.cluster;
    await using other = await startCluster({
      ...bench.major === 15 ? { binaries: bench.cluster.binaries.directory } : { major: bench.major },
      standbys: 0,
    });
    const subscriber = other.primary;
    await primary.sql("CREATE TABLE published (id int PRIMARY KEY)");
    await primary.sql("INSERT INTO published VALUES (1), (2)");
    await primary.sql("CREATE PUBLICATION all_rows FOR TABLE published");
    await subscriber.sql("CREATE TABLE published (id int PRIMARY KEY)");
    const create =
      `CREATE SUBSCRIPTION follower CONNECTION 'host=127.0.0.1 port=${primary.port} dbname=postgres ` +
      `user=postgres password=${bench.cluster.passwords.postgres}' PUBLICATION all_rows`;
    await subscriber.sql(create);
    const rows = async (count: string) =>
      await until(
        `${count} rows`,
        async () => await subscriber.text("SELECT count(*) FROM published") === count,
      );
    await rows("2");
    await subscriber.sql("ALTER SUBSCRIPTION follower DISABLE");
    await slotIsFree(bench, "follower");
    await primary.sql("INSERT INTO published VALUES (3)");
    await primary.set("max_slot_wal_keep_size", "1MB");
    await until("the slot to be lost", async () => {
      await primary.sql(FORTY_MB);
      await bench.cluster.untilCaughtUp();
      await primary.sql("CHECKPOINT");
      return await primary.text(
        "SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'follower'",
      ) === "lost";
    });
    await primary.set("max_slot_wal_keep_size", "20GB");
    const lost = await bench.raised("slot_lost");
    const { code } = bench.printed(lost, /ALTER SUBSCRIPTION/);
    await bench.psql(subscriber, code.replaceAll("NAME", "follower").replace("slot_follower", "slot_name"));
    await bench.paste(lost, /pg_drop_replication_slot/);
    says(lost, /empty the tables on the subscriber and create the subscription again/);
    await subscriber.sql("TRUNCATE published");
    await subscriber.sql(create);
    await rows("3");
    await bench.fine("slot_lost");
    await subscriber.sql("DROP SUBSCRIPTION follower");
    await primary.sql("DROP PUBLICATION all_rows");
  },
};
