import { assert, assertEquals, assertMatch } from "@std/assert";
import { startLogicalPair } from "./logical_pair.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, until, untilHolds } from "./support.ts";
import { valueOf, watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);
const QUICK = { collect: { intervalSeconds: 0.3, maxAgeSeconds: 0 } };
const LAGS = ["pg_replication_lag_seconds", "pg_replication_lag_bytes", "pg_replication_lag_mb"];
const FORTY_MB = "INSERT INTO test_data (data) SELECT repeat('x', 1000) FROM generate_series(1, 40000)";

Deno.test({ name: "an initial copy is no standby, and its slot is left alone", ignore }, async (t) => {
  await using pair = await startLogicalPair({ binaries: DEBIAN_15, standbys: 1 });
  const { publisher, subscriber } = pair;
  const { primary } = publisher;
  await primary.sql("INSERT INTO t SELECT generate_series(1, 10)");
  await using watching = watchCluster(publisher, {
    ...QUICK,
    expectedStandbys: 1,
  });
  const { service } = watching;
  const found = (check: string) => service.view()?.findings.filter((each) => each.check === check) ?? [];
  const copySlot = "SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE 'pg%sync%'";
  await subscriber.sql(
    `CREATE SUBSCRIPTION follower CONNECTION '${
      pair.conninfo(primary, "postgres")
    }' PUBLICATION pb WITH (enabled = false)`,
  );

  await t.step(
    "a subscriber has no lag that nobody measured, and no standbys are expected of it",
    async () => {
      await untilHolds("the subscriber to be known", async () => {
        const families = await service.scrape();
        assertEquals(
          LAGS.map((name) => valueOf(families, name, { instance: "subscriber" })),
          LAGS.map(() => undefined),
        );
        assertEquals(LAGS.map((name) => valueOf(families, name, { instance: "primary" })), [0, 0, 0]);
        const expected = service.view()?.clusters.map((each) => [each.primary, each.expectedStandbys]);
        assertEquals(expected?.toSorted(), [["primary", 1], ["subscriber", 0]]);
        assertEquals(found("few_standbys"), []);
      });
    },
  );

  await t.step("under the cluster name of its publisher nobody is to make it a standby", async () => {
    const clusters = { primary: "shop", standby: "shop", subscriber: "shop" };
    await using named = watchCluster(publisher, { ...QUICK, clusters });
    await untilHolds("the finding", () => {
      const foreign = named.service.view()?.findings.filter(({ check }) => check === "foreign_server");
      assertEquals(foreign?.map(({ severity }) => severity), ["info"]);
      assertMatch(foreign?.[0]?.advice ?? "", /^Give "subscriber" another cluster name/);
    });
  });

  await t.step("its sender is no standby while the copy waits for a lock", async () => {
    const locker = subscriber.connect("postgres");
    await locker.query("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
    await subscriber.sql("ALTER SUBSCRIPTION follower ENABLE");
    const copying = "SELECT application_name FROM pg_stat_replication WHERE application_name LIKE 'pg%sync%'";
    await until("the copy to wait", async () => await primary.text(copying) !== null);
    const name = await primary.text(copying) ?? "";
    await untilHolds("its sender to be read", async () => {
      const families = await service.scrape();
      const sender = { instance: "primary", application_name: name };
      assertEquals(valueOf(families, "pgrepl_sender_info", { ...sender, kind: "logical" }), 1);
      assertEquals(valueOf(families, "pg_replication_connections", { instance: "primary" }), 1);
    });
    assertEquals(service.view()?.standbys.map((each) => each.name), ["standby"]);
    assertEquals(found("no_slot").filter(({ subject }) => subject === name), []);
    await locker.query("COMMIT");
    await locker[Symbol.asyncDispose]();
    await until("the copy", async () => await subscriber.text("SELECT count(*) FROM t") === "10");
  });

  await t.step("its slot, inactive until all rows are copied, is not unused", async () => {
    await subscriber.sql("CREATE TABLE u (id int PRIMARY KEY)");
    await subscriber.sql(
      "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END'",
    );
    await subscriber.sql("CREATE TRIGGER hold BEFORE INSERT ON u FOR EACH ROW EXECUTE FUNCTION hold()");
    await subscriber.sql("ALTER TABLE u ENABLE ALWAYS TRIGGER hold");
    const locker = subscriber.connect("postgres");
    await locker.query("SELECT pg_advisory_lock(1)");
    await primary.sql("CREATE TABLE u (id int PRIMARY KEY)");
    await primary.sql("INSERT INTO u VALUES (1)");
    await primary.sql("ALTER PUBLICATION pb ADD TABLE u");
    await subscriber.sql("ALTER SUBSCRIPTION follower REFRESH PUBLICATION");
    await until("the slot of the copy", async () => await primary.text(copySlot) !== null);
    await primary.sql(FORTY_MB);
    const slot = await primary.text(copySlot) ?? "";
    await untilHolds("what it retains to be read", async () => {
      const place = { instance: "primary", slot };
      const families = await service.scrape();
      assert((valueOf(families, "pgrepl_slot_retained_bytes", place) ?? 0) > 40e6);
      assertEquals(valueOf(families, "pgrepl_slot_active", place), 0);
    });
    assertEquals(found("slot_inactive").filter(({ subject }) => subject === slot), []);
    await locker[Symbol.asyncDispose]();
    await until("the copy", async () => await subscriber.text("SELECT count(*) FROM u") === "1");
  });

  await t.step("a copy that fails: the advice names the table, and mending it is enough", async () => {
    for (const each of [primary, subscriber]) {
      await each.sql("CREATE TABLE twice (id int PRIMARY KEY)");
      await each.sql("INSERT INTO twice VALUES (1)");
    }
    await primary.sql("ALTER PUBLICATION pb ADD TABLE twice");
    await subscriber.sql("ALTER SUBSCRIPTION follower REFRESH PUBLICATION");
    let advice = "";
    await until("the slot between two tries", async () => {
      const slot = await primary.text(copySlot);
      advice = found("slot_inactive").find(({ subject }) => subject === slot)?.advice ?? "";
      return advice !== "";
    });
    assertMatch(
      advice,
      /^It belongs to the initial copy of one table of a subscription, which is tried again/,
    );
    const [, query = ""] = /On "subscriber", [^:]+: (SELECT [^;]+);/.exec(advice) ?? [];
    const rows = await subscriber.sql(query);
    assertEquals(rows.map((row) => [row["subname"], row["subenabled"], row["regclass"]]), [[
      "follower",
      true,
      "twice",
    ]]);
    await subscriber.sql("TRUNCATE twice");
    await until("the copy", async () => await subscriber.text("SELECT count(*) FROM twice") === "1");
    await untilHolds("the finding to pass", () => assertEquals(found("slot_inactive"), []));
  });
});

Deno.test(
  { name: "a subscription that nobody watches is looked at before its slot is dropped", ignore },
  async (t) => {
    await using pair = await startLogicalPair({ binaries: DEBIAN_15, standbys: 0 });
    const { publisher, subscriber } = pair;
    const { primary } = publisher;
    const { link } = pair;
    await subscriber.sql(
      `CREATE SUBSCRIPTION follower CONNECTION '${pair.conninfo(undefined, "postgres")}' PUBLICATION pb`,
    );
    await primary.sql("SELECT pg_create_logical_replication_slot('cdc', 'test_decoding')");
    await using watching = watchCluster(publisher, { ...QUICK, only: ["primary"] });
    const adviceFor = (slot: string) =>
      watching.service.view()?.findings.find(({ check, subject }) =>
        check === "slot_inactive" && subject === slot
      )
        ?.advice ?? "";
    const streams = () =>
      until(
        "it to stream",
        async () =>
          await primary.text("SELECT active FROM pg_replication_slots WHERE slot_name = 'follower'") ===
            "true" &&
          adviceFor("follower") === "",
      );
    await streams();

    /** What the printed query says on the subscriber. */
    const looked = async () => {
      await until("the finding", () => adviceFor("follower") !== "");
      const advice = adviceFor("follower");
      assertMatch(
        advice,
        /^Most likely a subscription reads it\. On the subscriber: SELECT/,
      );
      assertMatch(
        advice,
        /Only if that consumer is gone for good .* Check first: .*FROM pg_subscription.* Then on "primary": SELECT pg_drop/,
      );
      const [query = ""] = /SELECT subname, subenabled [^;]+/.exec(advice) ?? [];
      return (await subscriber.sql(query)).map((row) => [row["subname"], row["subenabled"]]);
    };

    await t.step("disabled: enabling it is enough", async () => {
      await subscriber.sql("ALTER SUBSCRIPTION follower DISABLE");
      assertEquals(await looked(), [["follower", false]]);
      const [enable = ""] = /ALTER SUBSCRIPTION NAME ENABLE/.exec(adviceFor("follower")) ?? [];
      await subscriber.sql(enable.replace("NAME", "follower"));
      await streams();
    });

    await t.step(
      "an error loop, and a column that is missing: it is enabled, and mending what its log says is enough",
      async () => {
        await subscriber.sql("INSERT INTO t VALUES (5)");
        await primary.sql("INSERT INTO t VALUES (5)");
        assertEquals(await looked(), [["follower", true]]);
        await subscriber.sql("DELETE FROM t");
        await streams();
        await primary.sql("ALTER TABLE t ADD more int");
        await primary.sql("INSERT INTO t VALUES (6, 6)");
        assertEquals(await looked(), [["follower", true]]);
        await subscriber.sql("ALTER TABLE t ADD more int");
        await streams();
      },
    );

    await t.step("a cut link: it comes back by itself", async () => {
      await link.cut();
      assertEquals(await looked(), [["follower", true]]);
      await link.heal();
      await streams();
    });

    await t.step("the slot of a CDC connector belongs to no subscription", () => {
      const advice = adviceFor("cdc");
      assertMatch(
        advice,
        /^A CDC connector or another program reads it with test_decoding, not a subscription/,
      );
      assert(!advice.includes("pg_subscription"), advice);
      assertMatch(advice, /If that is wrong, its consumer must take a new snapshot of all its tables$/);
    });
  },
);
