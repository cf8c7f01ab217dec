/**
 * Failover slots: what keeps a standby from having a copy is found, and the advice, carried out as it is printed, helps.
 *
 * `PGREPL_TEST_MAJORS=17,18` tests those major versions; 18 when it is not set.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startLogicalCluster } from "../../compose/lab/logical.ts";
import { SUBSCRIPTION } from "../../compose/lab/app_database.ts";
import type { Finding } from "../../src/domain/finding.ts";
import { typeIntoPsql } from "./psql.ts";
import { DEBIAN_15, isInstalled, reasonToSkip, until, untilHolds } from "./support.ts";
import { valueOf, watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);
const majors = (Deno.env.get("PGREPL_TEST_MAJORS") ?? "18").split(",").map(Number).filter((each) =>
  each >= 17
);
const COPY = { instance: "primary", slot: SUBSCRIPTION, standby: "standby" };

/** The statements of an advice for one server, in order: from its name to the name of another, or to a sentence. */
function statementsFor(server: string, advice: string): string {
  const parts = [...advice.matchAll(/[Oo]n "([^"]+)"[^:"]*: (.*?)(?=(?: [Oo]n "|$))/g)];
  const own = parts.filter(([, name]) => name === server).map(([, , text = ""]) => text).join(" ");
  return [...own.matchAll(/(?:ALTER SYSTEM|SELECT) (?:'[^']*'|[^;'])*(?:\\gexec;|;)/g)].map(([each]) => each)
    .map((each) => each.replace("\\gexec;", "\\gexec\n")).join("\n");
}

for (const major of majors) {
  Deno.test({ name: `copies of failover slots on PostgreSQL ${major}`, ignore }, async (t) => {
    await using logical = await startLogicalCluster({ major, standbys: 1, cdc: false });
    const { publisher, subscriber } = logical;
    const { primary } = publisher;
    const standby = publisher.server("standby");
    await using watching = watchCluster(publisher, { collect: { intervalSeconds: 0.3, maxAgeSeconds: 0 } });
    const { service } = watching;
    const found = (check: string): readonly Finding[] =>
      service.view()?.findings.filter((each) => each.check === check) ?? [];
    const all = () =>
      ["failover_slot_not_ready", "failover_slot_unguarded", "decoding_waits_for_standby"].flatMap(found);
    const survives = async () => valueOf(await service.scrape(), "pgrepl_slot_survives_failover", COPY);
    const works = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'slotsync worker'";
    const well = async () => {
      // A new connection wakes the server, which starts the worker otherwise within a minute.
      await until("the worker", async () => await typeIntoPsql(standby, works) === "1");
      await untilHolds("a copy that survives", async () => assertEquals(await survives(), 1));
      await untilHolds("no finding", () => assertEquals(all(), []));
    };
    const set = async (server: typeof standby, ...settings: readonly string[]) => {
      for (const each of settings) await server.sql(`ALTER SYSTEM SET ${each}`);
      await server.sql("SELECT pg_reload_conf()");
    };

    const step = async (name: string, run: () => Promise<void>) => assert(await t.step(name, run), name);

    await step("all is well, and the copy keeps up", async () => {
      await well();
      await logical.publish("INSERT INTO orders (customer_id) VALUES (1)");
      await untilHolds("the lag of the copy", async () => {
        await primary.sql("SELECT pg_log_standby_snapshot()");
        assertEquals(valueOf(await service.scrape(), "pgrepl_slot_copy_lag_bytes", COPY), 0);
      });
    });

    for (
      const [setting, reason] of [
        ["hot_standby_feedback = off", /hot_standby_feedback = off on "standby"/],
        ["sync_replication_slots = off", /sync_replication_slots = off on "standby"/],
        ["primary_conninfo", /primary_conninfo of "standby" names no database/],
        ["primary_slot_name = ''", /primary_slot_name is empty on "standby"/],
      ] as const
    ) {
      await step(`without it: ${setting}`, async () => {
        if (setting === "primary_conninfo") {
          await typeIntoPsql(
            standby,
            "SELECT format('ALTER SYSTEM SET primary_conninfo = %L', replace(current_setting('primary_conninfo'), " +
              "'dbname=postgres', '')) \\gexec\nSELECT pg_reload_conf();",
          );
        } else await set(standby, setting);
        await untilHolds("the finding", () => {
          const [finding] = found("failover_slot_not_ready");
          assertEquals([finding?.server, finding?.severity], ["standby", "warning"]);
          assertMatch(finding?.evidence ?? "", reason);
          assertMatch(
            finding?.summary ?? "",
            /^"standby" no longer keeps logical slots of "primary" in sync$/,
          );
        });
        assertEquals(await survives(), 1, "the copy that is there survives");
        const advice = found("failover_slot_not_ready")[0]?.advice ?? "";
        const forPrimary = statementsFor("primary", advice);
        if (setting === "primary_slot_name = ''") {
          // The slot of the standby is there already.
          assertEquals(forPrimary, "SELECT pg_create_physical_replication_slot('standby', true);");
        } else assertEquals(forPrimary, "");
        await typeIntoPsql(standby, statementsFor("standby", advice));
        await well();
      });
    }

    await step("a new slot that nobody reads yet stays temporary: only time is needed", async () => {
      await primary.sql(
        "SELECT pg_create_logical_replication_slot('fresh', 'test_decoding', false, false, true)",
      );
      await untilHolds("it to be known", async () => {
        const value = valueOf(await service.scrape(), "pgrepl_slot_survives_failover", {
          ...COPY,
          slot: "fresh",
        });
        assert(value !== undefined);
      });
      for (const { severity, evidence } of found("failover_slot_not_ready")) {
        assertEquals(severity, "info", evidence);
      }
      await primary.sql("SELECT pg_drop_replication_slot('fresh')");
      await well();
    });

    await step("a slot of the same name that is not synchronized", async () => {
      await standby.sql("ALTER SYSTEM SET sync_replication_slots = off");
      await standby.sql("SELECT pg_reload_conf()");
      await primary.sql(
        "SELECT pg_create_logical_replication_slot('own', 'test_decoding', false, false, true)",
      );
      const maker = standby.connect("postgres");
      const making = maker.query("SELECT pg_create_logical_replication_slot('own', 'test_decoding')");
      await until("the slot on the standby", async () => {
        await primary.sql("SELECT pg_log_standby_snapshot()");
        return await standby.text(
          "SELECT confirmed_flush_lsn IS NOT NULL FROM pg_replication_slots WHERE slot_name = 'own'",
        ) === "true";
      });
      await making;
      await maker[Symbol.asyncDispose]();
      await set(standby, "sync_replication_slots = on");
      await untilHolds("the finding", () => {
        const [finding] = found("failover_slot_not_ready");
        assertMatch(
          finding?.evidence ?? "",
          /"standby" has a slot "own" of its own, which is not synchronized/,
        );
      });
      const advice = found("failover_slot_not_ready")[0]?.advice ?? "";
      const statements = statementsFor("standby", advice);
      assertStringIncludes(statements, "SELECT pg_drop_replication_slot('own');");
      await typeIntoPsql(standby, statements);
      await primary.sql("SELECT pg_drop_replication_slot('own')");
      await well();
    });

    await step("decoding waits for the standby of a dead slot", async () => {
      await primary.sql("SELECT pg_create_physical_replication_slot('dead', true)");
      await set(primary, "synchronized_standby_slots = 'standby, dead'");
      const own = () => service.view()?.subscriptions.find(({ fact }) => fact.name === SUBSCRIPTION);
      let published = 0;
      await untilHolds("the finding and the reason", async () => {
        // What is decoded before the sender has read the setting does not wait.
        await logical.publish("INSERT INTO orders (customer_id) VALUES (2)");
        published += 1;
        const [finding] = found("decoding_waits_for_standby");
        assertEquals([finding?.server, finding?.severity], ["primary", "critical"]);
        assertMatch(finding?.evidence ?? "", /"dead" is inactive; waiting: "app_sub"/);
        assertEquals(own()?.reason, "waits_for_standby");
      });
      const count = "SELECT count(*) FROM orders WHERE customer_id = 2";
      assert(Number(await logical.text(subscriber, count)) < published, "what waits has not arrived");
      await typeIntoPsql(
        primary,
        statementsFor("primary", found("decoding_waits_for_standby")[0]?.advice ?? ""),
      );
      assertEquals(await primary.text("SHOW synchronized_standby_slots"), "standby");
      await untilHolds("it to go on", async () => {
        assertEquals(await logical.text(subscriber, count), String(published));
        assert(["streaming", "idle"].includes(own()?.reason ?? ""));
      });
      await primary.sql("SELECT pg_drop_replication_slot('dead')");
      await well();
    });

    await step("nobody is waited for: info", async () => {
      await set(primary, "synchronized_standby_slots = ''");
      await untilHolds("the finding", () => {
        const [finding] = found("failover_slot_unguarded");
        assertEquals([finding?.server, finding?.severity], ["primary", "info"]);
      });
      await typeIntoPsql(
        primary,
        statementsFor("primary", found("failover_slot_unguarded")[0]?.advice ?? ""),
      );
      assertEquals(await primary.text("SHOW synchronized_standby_slots"), "standby");
      await well();
    });
  });
}
