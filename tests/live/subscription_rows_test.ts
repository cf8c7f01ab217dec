import { majorsOr } from "../chaos/majors.ts";
import { assertEquals, assertGreater, assertMatch } from "@std/assert";
import { startLogicalCluster } from "../../compose/lab/logical.ts";
import { DATABASE } from "../../compose/lab/app_database.ts";
import { checkSubscribed, subscribeTables, untilCopied } from "./comparing_subscription.ts";
import { reasonToSkip, until } from "./support.ts";

const ignore = reasonToSkip() !== null;

for (const major of majorsOr(15)) {
  Deno.test({ name: `rows of a subscription are compared on both ends (${major})`, ignore }, async (t) => {
    await using logical = await startLogicalCluster({ major, standbys: 0, cdc: false, subscription: false });
    const { subscriber } = logical;
    await subscribeTables(logical);
    const verdictOn = async (table: string) => {
      const { verdict, reason = "" } = await checkSubscribed(logical, table) ?? {};
      return [verdict, reason];
    };

    await t.step("equal, with other columns, another order and other types on the subscriber", async () => {
      for (const table of ["shop", "texts", "keyless", "parts", "parts_1"]) {
        const checked = await checkSubscribed(logical, `public.${table}`);
        assertEquals([checked?.verdict, checked?.reason], ["equal", ""], table);
        assertGreater(checked?.rowsCompared ?? 0, 0);
      }
      assertEquals(await checkSubscribed(logical, "public.local_only"), null, "it is not published");
      assertEquals(await checkSubscribed(logical, "public.no_such"), null);
    });

    await t.step(
      "a row that was changed, deleted or added on the subscriber is found, with its key",
      async () => {
        await logical.subscribe("UPDATE shop SET data = 'other' WHERE id = 7777");
        assertEquals((await checkSubscribed(logical, "public.shop"))?.difference, {
          ...{ fromKey: "7777", toKey: "7777" },
          rows: {
            ...{ key: ["id"], toCopy: [["7777"]], extra: [], isPublishedAgain: false },
            columns: ["id", "n", "price", "ok", "data", "doc", "seen"],
          },
        });
        assertEquals(await verdictOn("public.shop"), ["different", "The row with key 7777 differs"]);
        await logical.publish("UPDATE shop SET n = n + 1 WHERE id = 7777");
        await logical.untilConfirmed("rows");
        assertEquals(await verdictOn("public.shop"), ["equal", ""], "the whole row was sent again");
        await logical.subscribe("DELETE FROM shop WHERE id = 40");
        assertEquals(await verdictOn("public.shop"), [
          "different",
          "The row with key 40 is missing on the subscriber",
        ]);
        await logical.subscribe("INSERT INTO shop (id, n) VALUES (30, 1) ON CONFLICT DO NOTHING");
        await logical.subscribe(
          "DELETE FROM texts WHERE id IN ('a3', 'B4'); INSERT INTO texts VALUES (1, 'B3x')",
        );
        assertEquals(await verdictOn("public.texts"), [
          "different",
          "At least 3 rows from key B4 to key B3x: 0 differ, 2 missing on the subscriber, 1 only on the subscriber",
        ]);
        await logical.subscribe("INSERT INTO parts VALUES (500, 1); UPDATE keyless SET b = 'y' WHERE a = 5");
        assertEquals(await verdictOn("public.parts"), [
          "different",
          "The row with key 500 exists only on the subscriber",
        ]);
        assertEquals(await verdictOn("public.keyless"), [
          "different",
          "Rows differ; the table has no usable key to tell which",
        ]);
      },
    );

    await t.step("only what is published: row filter, list of columns, partitioned root", async () => {
      if (major < 15) return;
      await logical.subscribe("INSERT INTO filtered VALUES (150, 1)");
      await logical.subscribe("UPDATE listed SET b = 1");
      for (const table of ["filtered", "listed", "root"]) {
        const checked = await checkSubscribed(logical, `public.${table}`);
        assertEquals([checked?.verdict, checked?.reason], ["equal", ""], table);
        assertEquals(checked?.rowsCompared, table === "filtered" ? 100 : 200);
      }
      assertEquals(
        (await verdictOn("public.root_1"))[1],
        "public.root_1 is published as public.root: name that in --consistency.table",
      );
      await logical.subscribe(
        "UPDATE filtered SET n = 9 WHERE id = 99; UPDATE listed SET a = -1 WHERE id = 5",
      );
      await logical.subscribe("DELETE FROM root WHERE id = 150");
      assertEquals(await verdictOn("public.filtered"), ["different", "The row with key 99 differs"]);
      assertEquals(await verdictOn("public.listed"), ["different", "The row with key 5 differs"]);
      assertEquals(await verdictOn("public.root"), [
        "different",
        "The row with key 150 is missing on the subscriber",
      ]);
    });

    await t.step("a table that is being copied is skipped", async () => {
      for (const make of [logical.publish, logical.subscribe]) {
        await make.call(logical, "CREATE TABLE late (id int PRIMARY KEY)");
      }
      await logical.publish("INSERT INTO late VALUES (1); ALTER PUBLICATION rows_a ADD TABLE late");
      assertMatch((await verdictOn("public.late")).join(), /^skipped,.*REFRESH PUBLICATION$/);
      await using locker = subscriber.connect("postgres", DATABASE);
      await locker.query("BEGIN; LOCK TABLE late IN ROW EXCLUSIVE MODE; CREATE INDEX ON late (id)");
      await logical.subscribe("ALTER SUBSCRIPTION rows REFRESH PUBLICATION");
      await until(
        "the copy to wait",
        async () =>
          await logical.text(
            subscriber,
            "SELECT srsubstate::text FROM pg_subscription_rel WHERE srsubstate = 'd'",
          ) === "d",
      );
      assertEquals(await verdictOn("public.late"), [
        "skipped",
        "public.late is being copied: its initial copy is under way",
      ]);
      await locker.query("COMMIT");
      await untilCopied(logical);
      assertEquals(await verdictOn("public.late"), ["equal", ""]);
    });

    await t.step("a right that is missing is told with the place and the GRANT", async () => {
      await logical.subscribe("REVOKE SELECT ON late FROM monitor");
      assertEquals(await verdictOn("public.late"), [
        "failed",
        'Role "monitor" may not read public.late; run on "subscriber", in database "app": GRANT SELECT ON public.late TO monitor',
      ]);
      await logical.subscribe("GRANT SELECT ON late TO monitor");
      await logical.publish("REVOKE SELECT ON late FROM monitor");
      assertMatch(
        (await verdictOn("public.late")).join(),
        /run on "primary", in database "app": GRANT SELECT ON public.late/,
      );
      await logical.publish("GRANT SELECT ON late TO monitor");
      assertEquals(await verdictOn("public.late"), ["equal", ""]);
    });

    await t.step(
      "cut off during the check: no verdict, and none when what lacks is there again",
      async () => {
        await logical.publish("UPDATE texts SET n = n"); // mends nothing that is missing
        await logical.subscribe("TRUNCATE texts");
        await logical.publish("TRUNCATE texts");
        await logical.untilConfirmed("rows");
        assertEquals(await verdictOn("public.texts"), ["equal", ""]);
        await logical.link.cut();
        await logical.publish("INSERT INTO texts VALUES ('new', 1)");
        const cut = await checkSubscribed(logical, "public.texts", { maxLagSeconds: 2 });
        assertEquals([cut?.verdict, cut?.difference], ["skipped", null]);
        assertEquals(cut?.reason, "The subscriber did not apply the publisher's WAL within 2 s");
        await logical.link.heal();
        await logical.untilConfirmed("rows");
        assertEquals(await verdictOn("public.texts"), ["equal", ""]);
      },
    );
  });
}
