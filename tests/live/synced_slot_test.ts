/**
 * Slots that were synchronized to a standby, after its promotion.
 *
 * `PGREPL_TEST_MAJORS=17,18` tests those major versions; 17 when it is not set.
 */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startLogicalPair } from "./logical_pair.ts";
import { reasonToSkip, until, untilHolds } from "./support.ts";
import { valueOf, watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null;
const majors = (Deno.env.get("PGREPL_TEST_MAJORS") ?? "17").split(",").map(Number).filter((each) =>
  each >= 17
);

for (const major of majors) {
  Deno.test({
    name: `a synchronized slot that its subscriber has not followed is not well on PostgreSQL ${major}`,
    ignore,
  }, async () => {
    await using pair = await startLogicalPair({ major, standbys: 1 });
    const { publisher, subscriber } = pair;
    const standby = publisher.server("standby");
    await using watching = watchCluster(publisher, {
      collect: { intervalSeconds: 0.3, maxAgeSeconds: 0 },
      only: ["primary", "standby"], // of a subscriber that is watched, more is known than its slot
    });
    const found = () =>
      watching.service.view()?.findings.filter(({ check, subject }) =>
        check.startsWith("slot_") && subject === "follower"
      ) ?? [];
    await subscriber.sql(
      `CREATE SUBSCRIPTION follower CONNECTION '${
        pair.conninfo(publisher.primary, "postgres")
      }' PUBLICATION pb WITH (failover = true)`,
    );
    const synced =
      "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'follower' AND synced AND NOT temporary";
    await until("the slot to be synchronized", async () => {
      await publisher.primary.sql("SELECT pg_log_standby_snapshot()");
      return await standby.text(synced) === "1";
    });
    await untilHolds("it to be read", async () => {
      const families = await watching.service.scrape();
      assertEquals(valueOf(families, "pgrepl_slot_synced", { instance: "standby", slot: "follower" }), 1);
    });
    assertEquals(found().map(({ server }) => server), [], "on a standby nothing is to be done about it");

    await publisher.faults.kill("primary");
    await publisher.faults.promote("standby");
    await standby.sql("INSERT INTO test_data (data) SELECT repeat('x', 1000) FROM generate_series(1, 60000)");
    await untilHolds("what it retains to be noticed", () => {
      assertEquals(
        found().map(({ severity, server }) => `${severity} ${server}`),
        ["warning standby"],
        found()[0]?.summary,
      );
      assertMatch(
        found()[0]?.summary ?? "",
        /^Slot "follower" on "standby" is inactive and retains [6-9]\d\./,
      );
    });
    const advice = found()[0]?.advice ?? "";
    assertStringIncludes(
      advice,
      'It was synchronized before "standby" was promoted, and its consumer has not followed',
    );
    const [query = ""] = /SELECT subname, subenabled [^;]+/.exec(advice) ?? [];
    assertEquals((await subscriber.sql(query)).map((row) => row["subname"]), ["follower"]);
    const [move = ""] = /ALTER SUBSCRIPTION NAME CONNECTION '[^']+'/.exec(advice) ?? [];
    assertStringIncludes(move, `host=127.0.0.1 port=${standby.port} dbname=postgres user=... password=...`);
    await subscriber.sql(
      move.replace("NAME", "follower").replace(
        "user=... password=...",
        `user=postgres password=${publisher.passwords.postgres}`,
      ),
    );
    await standby.sql("INSERT INTO t VALUES (1)");
    await until("its rows to follow", async () => await subscriber.text("SELECT count(*) FROM t") === "1");
    await untilHolds("the finding to pass", () => assertEquals(found(), []));
  });
}
