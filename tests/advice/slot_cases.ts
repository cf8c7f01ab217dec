/**
 * Advice about slots: those that nobody reads, that near their limit, and that are lost.
 *
 * @module
 */
import { assertEquals, assertMatch } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { until } from "../live/support.ts";
import { FORTY_MB, says, slotIsFree } from "./hands.ts";
import type { AdviceBench } from "./bench.ts";
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
  "slot_at_risk: an open transaction is ended": async (bench) => {
    const { cluster } = bench;
    const { primary } = cluster;
    await using subscription = await startSubscription(bench);
    await subscription.rows("2");
    await primary.sql("CHECKPOINT");
    await primary.set("max_slot_wal_keep_size", "64MB");
    await using writer = primary.connect("postgres");
    await writer.query("BEGIN; INSERT INTO test_data (data) VALUES ('open')");
    for (let n = 0; n < 3; n++) await primary.sql(FORTY_MB);
    await cluster.untilCaughtUp();
    const risk = await bench.raised("slot_at_risk", {
      subject: "follower",
      matches: /Its consumer has confirmed/,
    });
    const [pid = ""] = (await bench.paste(risk, /backend_xid/)).split("|");
    await bench.paste(risk, /pg_terminate_backend/, { PID: pid });
    const status = "SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'follower'";
    await until("the slot to move by itself", async () => await primary.text(status) === "reserved", {
      seconds: 40,
    });
    // Far enough: see slot_lost.
    await primary.set("max_slot_wal_keep_size", "20TB");
    await bench.fine("slot_at_risk");
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
    // Far enough: the WAL that the fault writes sets the rate of the forecast for a minute.
    await primary.set("max_slot_wal_keep_size", "20TB");
    const lost = await bench.raised("slot_lost");
    assertEquals(await bench.paste(lost, /SELECT wal_status, active/), "lost|f");
    await bench.paste(lost, /pg_drop_replication_slot/);
    // The new slot has no consumer here.
    await bench.fine("slot_lost", { allow: /^warning slot_inactive primary gone$/ });
    await primary.sql("SELECT pg_drop_replication_slot('gone')");
  },
  "slot_lost: a logical one, and its subscription": async (bench) => {
    const { primary } = bench.cluster;
    await using subscription = await startSubscription(bench);
    const { subscriber, create, rows } = subscription;
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
    await primary.set("max_slot_wal_keep_size", "20TB");
    const lost = await bench.raised("slot_lost");
    assertEquals(await bench.paste(lost, /SELECT wal_status, active/), "lost|f");
    const noted = await bench.psql(subscriber, bench.printed(lost, /subconninfo/).code);
    assertMatch(noted, /^follower\|host=.*\|{all_rows}$/);
    const { code } = bench.printed(lost, /ALTER SUBSCRIPTION/);
    await bench.psql(subscriber, named(code));
    await bench.paste(lost, /pg_drop_replication_slot/);
    says(lost, /empty the tables on the subscriber and create the subscription again/);
    await subscriber.sql("TRUNCATE published");
    await subscriber.sql(create);
    await rows("3");
    await bench.fine("slot_lost");
  },
  "slot_inactive: a disabled subscription is enabled": async (bench) => {
    await using subscription = await startSubscription(bench);
    const { subscriber, rows } = subscription;
    await subscriber.sql("ALTER SUBSCRIPTION follower DISABLE");
    await slotIsFree(bench, "follower");
    await bench.cluster.primary.sql(FORTY_MB);
    await bench.cluster.primary.sql("INSERT INTO published VALUES (3)");
    const away = await bench.raised("slot_inactive", { subject: "follower", matches: /^warning/ });
    assertEquals(await bench.psql(subscriber, bench.printed(away, /subenabled/).code), "follower|f");
    await bench.psql(subscriber, named(bench.printed(away, /ENABLE/).code));
    await rows("3");
    await bench.fine("slot_inactive");
  },
  "slot_inactive: a subscription is gone for good": async (bench) => {
    await using subscription = await startSubscription(bench);
    const { subscriber } = subscription;
    await subscriber.sql("ALTER SUBSCRIPTION follower DISABLE");
    await subscriber.sql("ALTER SUBSCRIPTION follower SET (slot_name = NONE)");
    await subscriber.sql("DROP SUBSCRIPTION follower");
    await slotIsFree(bench, "follower");
    await bench.cluster.primary.sql(FORTY_MB);
    const away = await bench.raised("slot_inactive", { subject: "follower", matches: /^warning/ });
    assertEquals(await bench.psql(subscriber, bench.printed(away, /subenabled/).code), "");
    assertMatch(await bench.paste(away, /SELECT active, restart_lsn/), /^f\|/);
    assertEquals(await bench.psql(subscriber, bench.printed(away, /^SELECT subname FROM/).code), "");
    await bench.paste(away, /pg_drop_replication_slot/);
    await bench.fine("slot_inactive");
  },
  "slot_inactive: a table is copied again": async (bench) => {
    await using subscription = await startSubscription(bench);
    const { subscriber } = subscription;
    for (const each of [bench.cluster.primary, subscriber]) {
      await each.sql("CREATE TABLE twice (id int PRIMARY KEY)");
    }
    for (const each of [bench.cluster.primary, subscriber]) await each.sql("INSERT INTO twice VALUES (1)");
    await bench.cluster.primary.sql("ALTER PUBLICATION all_rows ADD TABLE twice");
    await subscriber.sql("ALTER SUBSCRIPTION follower REFRESH PUBLICATION");
    const fails = await bench.raised("slot_inactive", { matches: /initial copy/ });
    assertEquals(await bench.psql(subscriber, bench.printed(fails, /::regclass/).code), "follower|t|twice");
    says(fails, /rows that the table has already: fix that/);
    await subscriber.sql("TRUNCATE twice");
    await until("the copy", async () => await subscriber.text("SELECT count(*) FROM twice") === "1");
    await bench.fine("slot_inactive");
    await bench.cluster.primary.sql("DROP TABLE twice");
  },
  "slot_lost: the initial copy of a table": async (bench) => {
    const { primary } = bench.cluster;
    await using subscription = await startSubscription(bench);
    const { subscriber } = subscription;
    for (const each of [primary, subscriber]) await each.sql("CREATE TABLE held (id int PRIMARY KEY)");
    await primary.sql("INSERT INTO held VALUES (1)");
    await subscriber.sql(
      "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END'",
    );
    await subscriber.sql("CREATE TRIGGER hold BEFORE INSERT ON held FOR EACH ROW EXECUTE FUNCTION hold()");
    await subscriber.sql("ALTER TABLE held ENABLE ALWAYS TRIGGER hold");
    const copySlots = "FROM pg_replication_slots WHERE slot_name LIKE 'pg%sync%'";
    {
      await using holder = subscriber.connect("postgres");
      await holder.query("SELECT pg_advisory_lock(1)");
      await primary.sql("ALTER PUBLICATION all_rows ADD TABLE held");
      await subscriber.sql("ALTER SUBSCRIPTION follower REFRESH PUBLICATION");
      await until("its slot", async () => await primary.text(`SELECT count(*) ${copySlots}`) === "1");
      await primary.set("max_slot_wal_keep_size", "48MB");
      await until("its slot to be lost", async () => {
        // The others keep up: what each checkpoint finds they have confirmed.
        await primary.sql(
          "INSERT INTO test_data (data) SELECT repeat('x', 1000) FROM generate_series(1, 8000)",
        );
        await bench.cluster.untilCaughtUp();
        for (let n = 0; n < 2; n++) {
          const written = await primary.text("SELECT pg_current_wal_lsn()");
          await until("the subscription to confirm it", async () =>
            await primary.text(
              `SELECT confirmed_flush_lsn >= '${written}' FROM pg_replication_slots WHERE slot_name = 'follower'`,
            ) === "true");
          await primary.sql("CHECKPOINT");
        }
        return await primary.text(`SELECT wal_status ${copySlots}`) === "lost";
      }, { seconds: 60 });
      await primary.set("max_slot_wal_keep_size", "20TB");
    }
    const lost = await bench.raised("slot_lost", { matches: /initial copy/ });
    assertEquals(await bench.paste(lost, /SELECT wal_status, active/), "lost|f");
    assertEquals(await bench.psql(subscriber, bench.printed(lost, /::regclass/).code), "follower|held");
    await subscriber.sql("DROP TRIGGER hold ON held");
    const names = { PUBNAME: "all_rows", TABLENAME: "held" };
    await bench.paste(lost, /DROP TABLE TABLENAME/, names);
    await bench.psql(subscriber, named(bench.printed(lost, /TRUNCATE/).code));
    await bench.paste(lost, /ADD TABLE TABLENAME/, names);
    await bench.psql(subscriber, "ALTER SUBSCRIPTION follower REFRESH PUBLICATION;");
    await until("the copy", async () => await subscriber.text("SELECT count(*) FROM held") === "1");
    await bench.fine("slot_lost");
    await primary.sql("DROP TABLE held");
  },
  "slot_lost: the consumer takes a new snapshot": async (bench) => {
    const { primary } = bench.cluster;
    await primary.sql("SELECT pg_create_logical_replication_slot('cdc', 'test_decoding')");
    await primary.set("max_slot_wal_keep_size", "1MB");
    await until("the slot to be lost", async () => {
      await primary.sql(FORTY_MB);
      await bench.cluster.untilCaughtUp();
      await primary.sql("CHECKPOINT");
      return await primary.text("SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'cdc'") ===
        "lost";
    });
    await primary.set("max_slot_wal_keep_size", "20TB");
    const lost = await bench.raised("slot_lost", { subject: "cdc" });
    says(lost, /end its consumer .* with a new slot and a new snapshot/);
    assertEquals(await bench.paste(lost, /SELECT wal_status, active/), "lost|f");
    await bench.paste(lost, /pg_drop_replication_slot/);
    await bench.fine("slot_lost");
  },
};

/** A subscription `follower` of the bench's primary, on a server of its own; gone with its slot when disposed. */
async function startSubscription(bench: AdviceBench) {
  await using stack = new AsyncDisposableStack();
  const { primary } = bench.cluster;
  const other = stack.use(
    await startCluster({
      ...bench.major === 15 ? { binaries: bench.cluster.binaries.directory } : { major: bench.major },
      standbys: 0,
    }),
  );
  const subscriber = other.primary;
  await primary.sql("CREATE TABLE published (id int PRIMARY KEY)");
  await primary.sql("INSERT INTO published VALUES (1), (2)");
  await primary.sql("CREATE PUBLICATION all_rows FOR TABLE published");
  await subscriber.sql("CREATE TABLE published (id int PRIMARY KEY)");
  const create =
    `CREATE SUBSCRIPTION follower CONNECTION 'host=127.0.0.1 port=${primary.port} dbname=postgres ` +
    `user=postgres password=${bench.cluster.passwords.postgres}' PUBLICATION all_rows`;
  await subscriber.sql(create);
  const rows = (count: string) =>
    until(`${count} rows`, async () => await subscriber.text("SELECT count(*) FROM published") === count);
  stack.defer(async () => {
    if (await subscriber.text("SELECT count(*) FROM pg_subscription") === "1") {
      await subscriber.sql("DROP SUBSCRIPTION follower");
    }
    await primary.sql("DROP PUBLICATION all_rows");
    await primary.sql("DROP TABLE published");
  });
  await rows("2");
  const owned = stack.move();
  return { subscriber, create, rows, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Code with the names of the subscription and the table in their places. */
function named(code: string): string {
  return code.replaceAll(/\bTABLENAME\b/g, "held").replaceAll(/\bNAME\b/g, "follower");
}
