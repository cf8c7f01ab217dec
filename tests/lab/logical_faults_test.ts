/**
 * Every fault of logical replication, asserted by what PostgreSQL itself shows, and undone as its line says.
 *
 * `PGREPL_TEST_MAJORS=15,17` tests those major versions; 18 when it is not set.
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { startLogicalCluster } from "../../compose/lab/logical.ts";
import { LOGICAL_FAULTS } from "../../compose/lab/logical_catalogue.ts";
import { until } from "../../compose/lab/until.ts";
import { Bench } from "./logical_bench.ts";

const majors = (Deno.env.get("PGREPL_TEST_MAJORS") ?? "18").split(",").map(Number);

const WORKER =
  "SELECT count(pid)::text FROM pg_stat_subscription WHERE subname = 'app_sub' AND relid IS NULL";
const CUSTOMERS = "SELECT md5(string_agg(customers::text, ',' ORDER BY id)) FROM customers";

for (const major of majors) {
  Deno.test(`faults of logical replication on PostgreSQL ${major}`, async (t) => {
    await using logical = await startLogicalCluster({ major, standbys: 1 });
    await testFaults(t, new Bench(logical));
  });
}

async function testFaults(t: Deno.TestContext, bench: Bench): Promise<void> {
  const { logical, major } = bench;
  const { subscriber, publisher, cdc } = logical;
  /** After a fault that is not undone, those that follow would say nothing. */
  const step = async (name: string, body: () => Promise<void>) => {
    if (!(await t.step(name, body))) throw new Error(`${name} failed: the faults after it are not tried`);
  };

  await step("disable-subscription", async () => {
    await bench.through("disable-subscription", async () => {
      assertEquals(await subscriber.text("SELECT subenabled FROM pg_subscription"), "false");
      await bench.until("subscriber", WORKER, "0");
    });
    await bench.until("subscriber", WORKER, "1");
  });

  await step("break-apply", async () => {
    await bench.through("break-apply", async () => {
      await bench.untilLogged(/"customers_pkey"/);
      if (major >= 15) {
        await bench.until(
          "subscriber",
          "SELECT apply_error_count > 1 FROM pg_stat_subscription_stats",
          "true",
        );
      }
    });
    assertEquals(await logical.text(subscriber, CUSTOMERS), await logical.text(publisher.primary, CUSTOMERS));
  });

  await step("disable-by-error", async () => {
    if (major < 15) return await bench.refused("disable-by-error", 15);
    await bench.through("disable-by-error", async () => {
      const state = "SELECT subenabled::text || subdisableonerr::text FROM pg_subscription";
      assertEquals(await subscriber.text(state), "falsetrue");
    });
    assertEquals(await subscriber.text("SELECT subdisableonerr FROM pg_subscription"), "false");
  });

  await step("missing-column", async () => {
    await bench.through("missing-column", async () => {
      await bench.untilLogged(/payments" is missing .*replicated column/);
    });
  });

  await step("missing-table", async () => {
    await bench.through("missing-table", async () => {
      await bench.untilLogged(/relation "public.refunds" does not exist/);
    });
    await bench.until("subscriber", "SELECT count(*)::text FROM refunds", "1");
  });

  await step("new-table", async () => {
    await bench.through("new-table", async () => {
      await logical.untilCaughtUp();
      assertEquals(await logical.text(subscriber, "SELECT count(*) FROM coupons"), "0");
    });
    assertEquals(await logical.text(subscriber, "SELECT count(*) FROM coupons"), "10");
  });

  await step("block-apply", async () => {
    await bench.through("block-apply", async () => {
      const waits =
        "SELECT wait_event FROM pg_stat_activity WHERE backend_type LIKE 'logical replication%' " +
        "AND wait_event_type = 'Lock'";
      await bench.until("subscriber", waits, "relation");
      assertEquals(await bench.slot("active"), "true");
    });
  });

  await step("block-copy", async () => {
    await bench.through("block-copy", async () => {
      await bench.until(
        "publisher",
        "SELECT count(*)::text FROM pg_stat_replication WHERE application_name ~ '\\d+_sync_\\d+'",
        "1",
      );
      const state = "SELECT srsubstate FROM pg_subscription_rel WHERE srrelid = 'imports'::regclass";
      await bench.until("subscriber", state, "d");
    });
    assertEquals(await logical.text(subscriber, "SELECT count(*) FROM imports"), "1000");
  });

  await step("break-copy", async () => {
    await bench.through("break-copy", async () => {
      await bench.untilLogged(/duplicate key value violates unique constraint "imports_pkey"/);
      if (major >= 15) {
        await bench.until(
          "subscriber",
          "SELECT sync_error_count > 1 FROM pg_stat_subscription_stats",
          "true",
        );
      }
    });
    assertEquals(await logical.text(subscriber, "SELECT count(*) FROM imports"), "1000");
  });

  await step("missing-rows", async () => {
    await bench.through("missing-rows", async () => {
      await logical.untilCaughtUp();
      if (major >= 18) {
        const counts =
          "SELECT confl_update_missing::text || ' ' || confl_delete_missing FROM pg_stat_subscription_stats";
        await bench.until("subscriber", counts, "9 1");
      }
      assert(await logical.text(subscriber, CUSTOMERS) !== await logical.text(publisher.primary, CUSTOMERS));
    });
    assertEquals(await logical.text(subscriber, CUSTOMERS), await logical.text(publisher.primary, CUSTOMERS));
  });

  await step("long-transaction", async () => {
    const open = "SELECT count(*)::text FROM pg_stat_activity WHERE state = 'idle in transaction' " +
      "AND backend_xid IS NOT NULL";
    await bench.through("long-transaction", async () => {
      await bench.until("publisher", open, "1");
      const restart = await bench.slot("restart_lsn");
      for (let round = 0; round < 3; round++) {
        await logical.publish("INSERT INTO orders (customer_id) VALUES (2)");
        await publisher.primary.sql("CHECKPOINT");
        await logical.untilCaughtUp();
      }
      assertEquals(await bench.slot("restart_lsn"), restart);
      await assertRejects(() => bench.inject("long-transaction"), Error, "A transaction is open already");
    });
    await bench.until("publisher", open, "0");
  });

  await step("huge-transaction", async () => {
    const rows = () => logical.text(subscriber, "SELECT count(*) FROM payments");
    const before = Number(await rows());
    await bench.through("huge-transaction off", async () => {
      if (major >= 14) {
        const spilled =
          "SELECT spill_bytes > 1000000 FROM pg_stat_replication_slots WHERE slot_name = 'app_sub'";
        await bench.until("publisher", spilled, "true");
      }
      assertEquals(Number(await rows()), before);
    });
    assertEquals(Number(await rows()), before + 50_000);
    if (major < 14) await bench.refused("huge-transaction on", 14);
    else {
      await bench.through("huge-transaction on", async () => {
        const streamed = "SELECT stream_txns > 0 FROM pg_stat_replication_slots WHERE slot_name = 'app_sub'";
        await bench.until("publisher", streamed, "true");
      });
    }
    if (major < 16) await bench.refused("huge-transaction parallel", 16);
    else {
      await bench.through("huge-transaction parallel", async () => {
        const workers = "SELECT count(*)::text FROM pg_stat_subscription WHERE leader_pid IS NOT NULL";
        await bench.until("subscriber", workers, "1");
      });
    }
    await bench.until("publisher", "SHOW logical_decoding_work_mem", "64MB");
  });

  await step("prepared-transaction", async () => {
    if (major < 15) {
      await bench.refused("prepared-transaction", 15);
      return await bench.refused("finish-prepared", 15);
    }
    await bench.through("prepared-transaction", async () => {
      assertEquals(
        await subscriber.text("SELECT count(*) FROM pg_prepared_xacts WHERE gid LIKE 'pg_gid_%'"),
        "1",
      );
    });
    assertEquals(await subscriber.text("SELECT count(*) FROM pg_subscription"), "1");
  });

  await step("no-replica-identity", async () => {
    const change = () => logical.publish("UPDATE payments SET amount = 2 WHERE id = 1");
    await bench.through("no-replica-identity", async () => {
      await assertRejects(change, Error, "does not have a replica identity and publishes updates");
    });
    await change();
  });

  await step("sequences-behind", async () => {
    const last = "SELECT last_value FROM orders_id_seq";
    await bench.through("sequences-behind", async () => {
      const [there, here] = [
        await logical.text(publisher.primary, last),
        await logical.text(subscriber, last),
      ];
      assert(Number(there) - Number(here) >= 1000, `${there} ${here}`);
    });
    assertEquals(await logical.text(subscriber, last), await logical.text(publisher.primary, last));
  });

  await step("quiet-noise", async () => {
    await publisher.setLoad(50);
    const written = () => publisher.load?.written ?? 0;
    await until("orders", () => written() > 0);
    const undo = await bench.inject("quiet-noise 200");
    assertEquals(publisher.load, null);
    await bench.until("publisher", "SELECT count(*) > 100 FROM noise", "true");
    await logical.untilCaughtUp();
    assertEquals(await logical.text(subscriber, "SELECT count(*) FROM noise"), "0");
    await bench.inject(undo);
    await until("orders", () => written() > 0);
    await publisher.setLoad(0);
  });

  await step("stop-ack", async () => {
    const undo = await bench.inject("stop-ack");
    const before = await bench.slot("confirmed_flush_lsn", "cdc");
    await logical.publish("INSERT INTO orders (customer_id) VALUES (3)");
    const reads = "SELECT write_lsn > flush_lsn AND replay_lsn IS NULL FROM pg_stat_replication " +
      "WHERE application_name = 'cdc'";
    await bench.until("publisher", reads, "true");
    assertEquals(await bench.slot("confirmed_flush_lsn", "cdc"), before);
    assertEquals(cdc.state, "reading");
    await bench.inject(undo);
    await logical.untilConsumed();
  });

  await step("stop-cdc", async () => {
    const undo = await bench.inject("stop-cdc");
    await bench.until(
      "publisher",
      "SELECT active::text FROM pg_replication_slots WHERE slot_name = 'cdc'",
      "false",
    );
    await bench.inject(undo);
    await logical.untilConsumed();
  });

  await step("idle-timeout", async () => {
    if (major < 18) return await bench.refused("idle-timeout", 18);
    const undo = await bench.inject("idle-timeout");
    assertEquals(await bench.slot("wal_status || ' ' || invalidation_reason", "cdc"), "lost idle_timeout");
    await bench.inject(undo);
    await logical.untilConsumed();
    assertEquals(await bench.slot("wal_status"), "reserved");
  });

  await step("lose-logical-slot", async () => {
    const undo = await bench.inject("lose-logical-slot cdc");
    assertEquals(await bench.slot("wal_status", "cdc"), "lost");
    assert(await bench.slot("wal_status") !== "lost", "only one slot is lost");
    await bench.inject(undo);
    await logical.untilConsumed();
    await logical.untilCaughtUp();
    await bench.through("lose-logical-slot", async () => {
      assertEquals(await bench.slot("wal_status"), "lost");
      assert(await bench.slot("wal_status", "cdc") !== "lost", "only one slot is lost");
      await bench.untilLogged(
        /requested WAL segment|cannot read from logical replication slot|can no longer/,
      );
    });
    assertEquals(await logical.text(subscriber, CUSTOMERS), await logical.text(publisher.primary, CUSTOMERS));
  });

  await step("drop-logical-slot", async () => {
    await bench.through("drop-logical-slot", async () => {
      await bench.untilLogged(/replication slot "app_sub" does not exist/);
    });
  });

  await step("fill-workers", async () => {
    await bench.through("fill-workers", async () => {
      await bench.untilLogged(/out of logical replication worker slots/);
      assertEquals(
        await subscriber.text("SELECT count(pid) FROM pg_stat_subscription WHERE subname = 'app_sub'"),
        "0",
      );
    });
    assertEquals(await publisher.primary.text("SELECT count(*) FROM pg_replication_slots"), "3");
  });

  await step("faults of links and servers reach the subscriber", async () => {
    await bench.through("cut subscriber", () => bench.until("subscriber", WORKER, "0"));
    // On a link that is stalled before the first answer, there is no time of one, and so no silence.
    await bench.until(
      "publisher",
      "SELECT (reply_time IS NOT NULL)::text FROM pg_stat_replication " +
        "WHERE application_name = 'app_sub'",
      "true",
    );
    await bench.through("stall subscriber", async () => {
      await logical.publish("INSERT INTO orders (customer_id) VALUES (4)");
      const silent = "SELECT now() - reply_time > interval '1.5 s' FROM pg_stat_replication " +
        "WHERE application_name = 'app_sub'";
      await bench.until("publisher", silent, "true");
    });
    await bench.through("freeze subscriber", async () => {
      await assertRejects(() => subscriber.sql("SELECT 1", 0.3), Error, "No answer");
    });
    await bench.through("kill subscriber", () => bench.until("publisher", ACTIVE, "false"));
    await bench.through("kill primary", () => bench.until("subscriber", WORKER, "0"));
    await logical.untilConsumed();
    await bench.through("lose-slot standby", async () => {
      const lost = "SELECT string_agg(slot_name, ',') FROM pg_replication_slots WHERE wal_status = 'lost'";
      assertEquals(await publisher.primary.text(lost), "standby", "logical slots are well");
    });
    await bench.inject("change-password");
    await using monitor = subscriber.connect("monitor");
    assertEquals(await monitor.text("SELECT 1"), "1");
    await bench.inject("restore-password");
    await assertRejects(() => bench.inject("rebuild subscriber"), RangeError, "it is a subscriber");
    await assertRejects(() => bench.inject("drop-slot subscriber"), Error, "is not a standby");
  });

  await step("failover slots", async () => {
    const copy = "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'app_sub' AND synced";
    const standby = publisher.server("standby");
    if (major < 17) {
      for (const name of ["no-failover-slot", "failover-slot", "stop-slot-sync", "start-slot-sync"]) {
        await bench.refused(name, 17);
      }
      return;
    }
    assertEquals(await standby.text(copy), "1");
    await bench.through("no-failover-slot", async () => {
      await until("the copy to be dropped", async () => await standby.text(copy) === "0");
    });
    assertEquals(await standby.text(copy), "1");
    await bench.through("stop-slot-sync", async () => {
      await until(
        "the worker to end",
        async () =>
          await standby.text(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'slotsync worker'",
          ) === "0",
      );
      assertEquals(await standby.text(copy), "1");
    });
  });

  await step("promote, with the slot and without", async () => {
    await bench.inject("kill primary");
    await bench.inject("promote standby");
    await bench.inject("repoint subscriber standby");
    if (major < 17) {
      await bench.untilLogged(/replication slot "app_sub" does not exist/);
      await bench.inject("resubscribe");
    }
    await logical.publish("INSERT INTO orders (customer_id) VALUES (5)");
    await logical.untilCaughtUp();
    await bench.inject("start-cdc");
    await logical.untilConsumed();
  });

  assertEquals(LOGICAL_FAULTS.map(({ name }) => name).filter((name) => !bench.used.has(name)), []);
}

const ACTIVE = "SELECT active::text FROM pg_replication_slots WHERE slot_name = 'app_sub'";
