/**
 * Advice about subscriptions and about logical slots that are read, on a publisher and its subscriber.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { CDC_SLOT, DATABASE, SUBSCRIPTION } from "../../compose/lab/app_database.ts";
import { DEFAULT_REPORT_THRESHOLDS } from "../../src/domain/thresholds.ts";
import type { ReportFinding } from "../../src/report/model.ts";
import { until } from "../live/support.ts";
import type { AdviceBench } from "./bench.ts";
import { addToHba, FORTY_MB, removeFromHba, says, slotIsFree } from "./hands.ts";
import type { AdviceCases } from "./obey.ts";

const ORDER = "INSERT INTO orders (customer_id) VALUES (1)";

/** From 18 on it is a conflict. */
const DUPLICATE = /duplicate key value violates unique constraint|conflict=insert_exists/;

export const subscriptionCases: AdviceCases = {
  "subscription_failing: a row that is there already": async (bench) => {
    const { logical } = bench;
    await logical.subscribe("INSERT INTO customers (id, name) VALUES (2001, 'mine')");
    await logical.publish("INSERT INTO customers (id, name) VALUES (2001, 'theirs')");
    const failing = await bench.raised("subscription_failing");
    assertMatch(await errorInLog(bench, failing), DUPLICATE);
    says(failing, /delete or change it on the subscriber/);
    await logical.subscribe("DELETE FROM customers WHERE id = 2001");
    await logical.untilCaughtUp();
    await bench.fine("subscription_failing");
    assertEquals(
      await logical.text(logical.subscriber, "SELECT name FROM customers WHERE id = 2001"),
      "theirs",
    );
  },
  "subscription_failing: a column that is missing": async (bench) => {
    const { logical } = bench;
    await logical.publish("ALTER TABLE orders ADD note text");
    await logical.publish("INSERT INTO orders (customer_id, note) VALUES (1, 'new')");
    const failing = await bench.raised("subscription_failing");
    assertMatch(await errorInLog(bench, failing), /missing replicated column/);
    says(failing, /A column that is missing: add it there/);
    await logical.subscribe("ALTER TABLE orders ADD note text");
    await logical.untilCaughtUp();
    await bench.fine("subscription_failing");
  },
  "subscription_failing: a table that is missing": async (bench) => {
    const { logical } = bench;
    await logical.publish("CREATE TABLE notes (id int PRIMARY KEY)");
    await logical.publish("ALTER PUBLICATION app_pub ADD TABLE notes");
    await logical.publish("INSERT INTO notes VALUES (1)");
    const failing = await bench.raised("subscription_failing");
    assertMatch(await errorInLog(bench, failing), /target relation "public.notes" does not exist/);
    await logical.subscribe("CREATE TABLE notes (id int PRIMARY KEY)");
    await bench.paste(failing, /REFRESH PUBLICATION/);
    await logical.untilCaughtUp();
    assertEquals(await logical.text(logical.subscriber, "SELECT count(*) FROM notes"), "1");
    await bench.fine("subscription_failing");
  },
  "subscription_failing: the copy of a table": async (bench) => {
    const { logical } = bench;
    for (const each of [logical.publisher.primary, logical.subscriber]) {
      await each.client(DATABASE).query("CREATE TABLE twice (id int PRIMARY KEY)");
      await each.client(DATABASE).query("INSERT INTO twice VALUES (1)");
    }
    await logical.publish("ALTER PUBLICATION app_pub ADD TABLE twice");
    await logical.subscribe(`ALTER SUBSCRIPTION ${SUBSCRIPTION} REFRESH PUBLICATION`);
    const failing = await bench.raised("subscription_failing", { matches: /fails to copy/ });
    assertMatch(await errorInLog(bench, failing), DUPLICATE);
    says(failing, /empty it there, after saving what only it has/);
    await logical.subscribe("TRUNCATE twice");
    await logical.untilCaughtUp();
    await bench.fine("subscription_failing");
  },
  "subscription_disabled: by hand": async (bench) => {
    const { logical } = bench;
    const { primary } = logical.publisher;
    const name = `"My ""Sub"`;
    await primary.sql("CREATE PUBLICATION empty");
    await logical.subscriber.sql(`CREATE DATABASE "Other DB"`);
    const other = logical.subscriber.client("Other DB");
    await other.query(
      `CREATE SUBSCRIPTION ${name} CONNECTION '${
        logical.conninfo(undefined, "postgres")
      }' PUBLICATION empty WITH (slot_name = my_sub)`,
    );
    await bench.fine("");
    await other.query(`ALTER SUBSCRIPTION ${name} DISABLE`);
    const disabled = await bench.raised("subscription_disabled", { subject: `My "Sub` });
    assertEquals(bench.findings().filter(({ check }) => check === "slot_inactive"), []);
    await bench.paste(disabled, /ENABLE/);
    await bench.fine("subscription_disabled");
    await other.query(`DROP SUBSCRIPTION ${name}`);
    await other[Symbol.asyncDispose]();
    await logical.subscriber.sql(`DROP DATABASE "Other DB" WITH (FORCE)`);
    await primary.sql("DROP PUBLICATION empty");
  },
  "subscription_disabled: by an error": async (bench) => {
    const { logical } = bench;
    await logical.subscribe(`ALTER SUBSCRIPTION ${SUBSCRIPTION} SET (disable_on_error = true)`);
    await logical.subscribe("INSERT INTO customers (id, name) VALUES (2002, 'mine')");
    await bench.nextLook();
    await logical.publish("INSERT INTO customers (id, name) VALUES (2002, 'theirs')");
    const disabled = await bench.raised("subscription_disabled", { matches: /^critical/ });
    assertMatch(await errorInLog(bench, disabled), DUPLICATE);
    await logical.subscribe("DELETE FROM customers WHERE id = 2002");
    await bench.paste(disabled, /ENABLE/);
    await logical.untilCaughtUp();
    await bench.fine("subscription_disabled");
    await logical.subscribe(`ALTER SUBSCRIPTION ${SUBSCRIPTION} SET (disable_on_error = false)`);
  },
  "subscription_blocked: a session is ended": async (bench) => {
    const { logical } = bench;
    await using holder = logical.subscriber.connect("postgres", DATABASE);
    await holder.query("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");
    await logical.publish(ORDER);
    const blocked = await bench.raised("subscription_blocked");
    assertMatch(await bench.paste(blocked, /pg_stat_activity/), /\|postgres\|idle in transaction\|/);
    await bench.paste(blocked, /pg_terminate_backend/);
    await logical.untilCaughtUp();
    await bench.fine("subscription_blocked");
  },
  "subscription_blocked: a prepared transaction is rolled back": async (bench) => {
    const { logical } = bench;
    await using holder = logical.subscriber.connect("postgres", DATABASE);
    await holder.query("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");
    await holder.query("PREPARE TRANSACTION 'it''s left'");
    await logical.publish(ORDER);
    const blocked = await bench.raised("subscription_blocked");
    assertMatch(await bench.paste(blocked, /pg_prepared_xacts/), /it's left/);
    await bench.paste(blocked, /ROLLBACK PREPARED/);
    await logical.untilCaughtUp();
    await bench.fine("subscription_blocked");
  },
  "subscription_blocked: an initial copy": async (bench) => {
    const { logical } = bench;
    for (const each of [logical.publisher.primary, logical.subscriber]) {
      await each.client(DATABASE).query("CREATE TABLE copied (id int PRIMARY KEY)");
    }
    await using holder = logical.subscriber.connect("postgres", DATABASE);
    await holder.query("BEGIN; LOCK TABLE copied IN SHARE MODE");
    await logical.publish("ALTER PUBLICATION app_pub ADD TABLE copied");
    await logical.subscribe(`ALTER SUBSCRIPTION ${SUBSCRIPTION} REFRESH PUBLICATION`);
    const blocked = await bench.raised("subscription_blocked", { matches: /initial copy/ });
    await bench.paste(blocked, /pg_stat_activity/);
    await bench.paste(blocked, /pg_terminate_backend/);
    await logical.untilCaughtUp();
    await bench.fine("subscription_blocked");
  },
  "subscription_disconnected: its connection string is corrected": async (bench) => {
    const { logical } = bench;
    await logical.subscribe(
      `ALTER SUBSCRIPTION ${SUBSCRIPTION} CONNECTION '${logical.conninfo().replace(/port=\d+/, "port=1")}'`,
    );
    const lost = await bench.raised("subscription_disconnected");
    assertMatch(await logOf(bench), /could not connect to the publisher/);
    assertMatch(await bench.paste(lost, /SELECT subconninfo/), /port=1 /);
    assertMatch(
      lost.advice,
      new RegExp(`must be "primary" \\(host=127\\.0\\.0\\.1 port=${logical.source.port}\\)`),
    );
    await bench.paste(lost, /CONNECTION/, {
      "host=... dbname=... user=... password=...": logical.conninfo(),
    });
    await logical.untilCaughtUp();
    await bench.fine("subscription_disconnected");
  },
  "subscription_disconnected: an error, where nothing counts them": async (bench) => {
    const { logical } = bench;
    await logical.subscribe("INSERT INTO customers (id, name) VALUES (2003, 'mine')");
    await logical.publish("INSERT INTO customers (id, name) VALUES (2003, 'theirs')");
    const lost = await bench.raised("subscription_disconnected");
    assertMatch(await errorInLog(bench, lost), DUPLICATE);
    says(lost, /delete or change it on the subscriber/);
    await logical.subscribe("DELETE FROM customers WHERE id = 2003");
    await logical.untilCaughtUp();
    await bench.fine("subscription_disconnected");
  },
  "subscription_disconnected: pg_hba.conf is corrected": async (bench) => {
    const { logical } = bench;
    const { primary } = logical.publisher;
    const line = `host ${DATABASE} replicator 127.0.0.1/32 reject`;
    await addToHba(bench, "primary", line);
    await primary.sql("SELECT pg_reload_conf()");
    await primary.sql(
      `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '${SUBSCRIPTION}'`,
    );
    const lost = await bench.raised("subscription_disconnected");
    says(lost, /fix the network, the login or pg_hba.conf/);
    assertMatch(await logOf(bench), /pg_hba.conf rejects/);
    await removeFromHba(bench, "primary", / reject$/);
    await logical.untilCaughtUp();
    await bench.fine("subscription_disconnected");
  },
  "subscription_disconnected: half open, the network is repaired": async (bench) => {
    const { logical } = bench;
    await bench.cluster.faults.stallLink("subscriber");
    await logical.publish(ORDER);
    says(
      await bench.raised("subscription_disconnected", { matches: /only looks alive/ }),
      /^Repair what drops/,
    );
    await bench.cluster.faults.healLink("subscriber");
    await logical.untilCaughtUp();
    await bench.fine("subscription_disconnected");
  },
  "subscription_disconnected: half open, both ends are ended": async (bench) => {
    const { logical } = bench;
    await bench.cluster.faults.stallLink("subscriber");
    await logical.publish(ORDER);
    const dead = await bench.raised("subscription_disconnected", { matches: /only looks alive/ });
    assertMatch(await bench.paste(dead, /last_msg_receipt_time/), /^\d+\|/);
    // What drops the packets of the old connection lets new ones through.
    logical.link.reset();
    await bench.cluster.faults.healLink("subscriber");
    await bench.paste(dead, /pg_terminate_backend\(active_pid\)/);
    await bench.paste(dead, /pg_terminate_backend\(\d+\)/);
    await logical.untilCaughtUp();
    await bench.fine("subscription_disconnected");
  },
  "subscription_disconnected: more workers": async (bench) => {
    const { logical } = bench;
    const { subscriber } = logical;
    await subscriber.set("max_logical_replication_workers", "0");
    await subscriber.restart();
    const without = await bench.raised("subscription_disconnected", { matches: /has no worker/ });
    await bench.paste(without, /ALTER SYSTEM/);
    says(without, /restart it/);
    await subscriber.restart();
    await logical.untilCaughtUp();
    await bench.fine("subscription_disconnected");
    await subscriber.set("max_logical_replication_workers", null);
    await subscriber.restart();
    await bench.fine("");
  },
  "subscription_lag_high: what slows the subscriber ends": async (bench) => {
    const { logical, major } = bench;
    await bench.watch({
      report: { ...DEFAULT_REPORT_THRESHOLDS, warningLagSeconds: 3, criticalLagSeconds: 300 },
    });
    await logical.subscribe(
      "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.2); RETURN NEW; END'",
    );
    await logical.subscribe(
      "CREATE TRIGGER slow BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION slow()",
    );
    await logical.subscribe("ALTER TABLE orders ENABLE ALWAYS TRIGGER slow");
    for (let n = 0; n < 60; n++) await logical.publish(ORDER);
    const behind = await bench.raised("subscription_lag_high");
    says(behind, /Most of it waits to be applied: look at the load and the disks of "subscriber"/);
    if (major >= 16) {
      const set = "SELECT substream FROM pg_subscription";
      const before = await logical.text(logical.subscriber, set);
      if (before !== "p") await bench.paste(behind, /streaming = parallel/);
      assertEquals(await logical.text(logical.subscriber, set), "p");
    } else assert(!behind.advice.includes("streaming"));
    await logical.subscribe("DROP TRIGGER slow ON orders");
    await logical.subscribe("DROP FUNCTION slow");
    await logical.untilCaughtUp();
    await bench.fine("subscription_lag_high");
    await bench.watch();
    await bench.fine("");
  },
  "subscription_conflicts: the tables are made equal": async (bench) => {
    const { logical } = bench;
    await logical.subscribe("DELETE FROM customers WHERE id = 7");
    await bench.nextLook();
    await logical.publish("UPDATE customers SET name = 'changed' WHERE id = 7");
    const differs = await bench.raised("subscription_conflicts");
    says(differs, /names table and key of each \("conflict detected on relation"\)/);
    assertMatch(await logOf(bench), /conflict detected on relation "public.customers"/);
    await logical.subscribe("INSERT INTO customers (id, name) VALUES (7, 'changed')");
    await logical.publish("UPDATE customers SET name = 'again' WHERE id = 7");
    await logical.untilCaughtUp();
    await bench.fine("subscription_conflicts", { seconds: 90 });
  },
  "slot_not_confirmed: its consumer confirms again": async (bench) => {
    const { logical } = bench;
    const { primary } = logical.publisher;
    await logical.cdc.createSlot();
    logical.cdc.start();
    await logical.untilConsumed();
    await bench.fine("");
    logical.cdc.stopConfirming();
    await primary.sql(FORTY_MB);
    const stands = await bench.raised("slot_not_confirmed", { subject: CDC_SLOT, seconds: 90 });
    says(stands, /Look at the log of that connector or program/);
    logical.cdc.startConfirming();
    await logical.untilConsumed();
    await bench.fine("slot_not_confirmed");
    await logical.cdc.stop();
    await slotIsFree(bench, CDC_SLOT);
    await primary.sql(`SELECT pg_drop_replication_slot('${CDC_SLOT}')`);
  },
  "slots_held: the transaction is ended": async (bench) => {
    const { logical } = bench;
    const { primary } = logical.publisher;
    await using holder = primary.connect("postgres");
    await holder.query("BEGIN; INSERT INTO test_data (data) VALUES ('held')");
    await primary.sql(FORTY_MB);
    await logical.untilCaughtUp();
    const held = await bench.raised("slots_held", { seconds: 330 });
    assertMatch(await bench.paste(held, /pg_stat_activity/), /\|postgres\|idle in transaction\|/);
    await bench.paste(held, /pg_terminate_backend/);
    await bench.fine("slots_held");
  },
  "slot_lost: of a watched subscription": async (bench) => {
    const { logical } = bench;
    const { primary } = logical.publisher;
    await logical.subscribe(`ALTER SUBSCRIPTION ${SUBSCRIPTION} DISABLE`);
    await primary.set("max_slot_wal_keep_size", "1MB");
    const status = `SELECT wal_status FROM pg_replication_slots WHERE slot_name = '${SUBSCRIPTION}'`;
    await until("the slot to be lost", async () => {
      await primary.sql(FORTY_MB);
      await primary.sql("CHECKPOINT");
      return await primary.text(status) === "lost";
    });
    await primary.set("max_slot_wal_keep_size", "20GB");
    await replaced(bench, await bench.raised("slot_lost", { subject: SUBSCRIPTION }), async (lost) => {
      assertEquals(await bench.paste(lost, /SELECT wal_status, active/), "lost|f");
      await bench.paste(lost, /DROP SUBSCRIPTION/);
      await bench.paste(lost, /pg_drop_replication_slot/);
    });
    await bench.fine("slot_lost");
  },
  "subscription_slot_missing: it is created again": async (bench) => {
    const { logical } = bench;
    const { primary } = logical.publisher;
    await logical.subscribe(`ALTER SUBSCRIPTION ${SUBSCRIPTION} DISABLE`);
    await slotIsFree(bench, SUBSCRIPTION);
    await primary.sql(`SELECT pg_drop_replication_slot('${SUBSCRIPTION}')`);
    await logical.subscribe(`ALTER SUBSCRIPTION ${SUBSCRIPTION} ENABLE`);
    await replaced(bench, await bench.raised("subscription_slot_missing"), async (missing) => {
      assertEquals(await bench.paste(missing, /SELECT slot_name, active/), "");
      await bench.paste(missing, /DROP SUBSCRIPTION/);
    });
    await bench.fine("subscription_slot_missing");
  },
};

/** Notes what defines the subscription as the advice says, drops it, empties its tables and creates it again. */
async function replaced(
  bench: AdviceBench,
  finding: ReportFinding,
  drop: (finding: ReportFinding) => Promise<void>,
): Promise<void> {
  const { logical } = bench;
  const [conninfo = "", publications = ""] = (await bench.paste(finding, /SELECT subconninfo/)).split("|");
  const tables = await logical.text(
    logical.subscriber,
    "SELECT string_agg(srrelid::regclass::text, ', ') FROM pg_subscription_rel",
  );
  await drop(finding);
  says(finding, /then empty its tables .+ and create it again/);
  await logical.subscribe(`TRUNCATE ${tables}`);
  await logical.subscribe(
    `CREATE SUBSCRIPTION ${SUBSCRIPTION} CONNECTION '${conninfo}' PUBLICATION ${
      publications.replaceAll(/[{}]/g, "")
    }`,
  );
  await logical.untilCaughtUp();
}

async function logOf({ logical }: AdviceBench): Promise<string> {
  return await Deno.readTextFile(logical.subscriber.logFile);
}

/** The error that an advice points to in the log of the subscriber, by the text that it quotes. */
async function errorInLog(bench: AdviceBench, { advice }: ReportFinding): Promise<string> {
  const lines = (await logOf(bench)).split("\n");
  const [, side, text = ""] = /it is (above|below) "(.+?)"\. /.exec(advice) ?? [];
  assert(side !== undefined, advice);
  const isError = (line: string) => /\bERROR: /.test(line);
  const at = lines.findLastIndex((line, index) =>
    line.includes(text) && (side === "above" ? lines.slice(0, index) : lines.slice(index)).some(isError)
  );
  assert(at >= 0, `The log has no "${text}"`);
  return (side === "above" ? lines.slice(0, at).findLast(isError) : lines.slice(at).find(isError)) ?? "";
}
