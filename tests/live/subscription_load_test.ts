import { majorsOr } from "../chaos/majors.ts";
import { assert, assertEquals, assertGreater } from "@std/assert";
import { DATABASE } from "../../compose/lab/app_database.ts";
import { startLogicalCluster } from "../../compose/lab/logical.ts";
import { checkTable, type TableVerdict } from "../../src/consistency/check_table.ts";
import { TableProgress } from "../../src/consistency/table_progress.ts";
import { count, repeat } from "./comparing.ts";
import { checkSubscribed, openSubscribed, subscribeTables } from "./comparing_subscription.ts";
import { reasonToSkip, until } from "./support.ts";
import { commitThatWaits } from "./waiting_commit.ts";

const ignore = reasonToSkip() !== null;
const SETTINGS = { logical_decoding_work_mem: "64kB", max_prepared_transactions: "10" };
const ONE_PLACE = { standbys: 0, cdc: false, subscription: false } as const;

for (const major of majorsOr(18)) {
  Deno.test(
    { name: `a busy publisher: no false difference, and no false equality (${major})`, ignore },
    async (t) => {
      await using logical = await startLogicalCluster({ major, settings: SETTINGS, ...ONE_PLACE });
      const { primary } = logical.publisher;
      await logical.publish("CREATE TABLE busy (id int PRIMARY KEY, n int NOT NULL, data text)");
      await logical.publish("INSERT INTO busy SELECT i, 0, 'row' FROM generate_series(1, 120) AS i");
      await logical.subscribe("CREATE TABLE busy (data text, n int NOT NULL, id int PRIMARY KEY)");
      await subscribeTables(logical, ["busy"]);
      await using opened = await openSubscribed(logical, "public.busy");
      const { pair } = opened;

      const underLoad = async (checks: number) => {
        const [verdicts, progress]: [TableVerdict[], TableProgress] = [[], new TableProgress()];
        // There and back: both reads of the publisher agree, the subscriber may be read in between.
        await using thereAndBack = repeat(primary, (id) => [
          `UPDATE busy SET n = n + 1 WHERE id = ${id}`,
          `UPDATE busy SET n = n - 1 WHERE id = ${id}`,
        ], DATABASE);
        await using outAndIn = repeat(primary, (id) => [
          `DELETE FROM busy WHERE id = ${id} AND id > 80`,
          `INSERT INTO busy VALUES (${Math.max(id, 81)}, 0, 'again') ON CONFLICT DO NOTHING`,
        ], DATABASE);
        await using inAndOut = repeat(primary, (id) => [
          `INSERT INTO busy VALUES (${id + 1000}, 0, 'for a moment')`,
          `DELETE FROM busy WHERE id = ${id + 1000}`,
        ], DATABASE);
        await using unflushed = repeat(primary, (id) => [
          "SET synchronous_commit = off",
          `UPDATE busy SET data = md5(random()::text) WHERE id = ${id}`,
          `SELECT pg_sleep(0.01)`,
        ], DATABASE);
        // Larger than logical_decoding_work_mem: spilled, or from 18 streamed and applied in parallel; every third is undone.
        await using large = repeat(primary, (id) => [
          `BEGIN; UPDATE busy SET data = repeat(md5(random()::text), 50) WHERE id <= 60; ${
            id % 3 === 0 ? "ROLLBACK" : "COMMIT"
          }`,
          "SELECT pg_sleep(0.05)",
        ], DATABASE);
        // Now and then the subscriber is behind: it waits for a lock that readers do not need.
        await using behind = repeat(logical.subscriber, () => [
          "BEGIN; LOCK TABLE busy IN EXCLUSIVE MODE; SELECT pg_sleep(0.3); COMMIT",
          "SELECT pg_sleep(0.3)",
        ], DATABASE);
        for (let check = 0; check < checks; check++) {
          verdicts.push(
            check % 2 === 0
              ? await checkTable(pair, { maxRows: 40, chunkRows: 30, progress })
              : await checkTable(pair, { maxRows: 100_000, chunkRows: 60 }),
          );
        }
        const failed = [thereAndBack, outAndIn, inAndOut, unflushed, large, behind].map((each) =>
          each.failed
        );
        assertEquals(failed.filter((each) => each !== null), []);
        return { verdicts, progress };
      };

      await t.step("no false difference in 60 checks", async () => {
        const { verdicts, progress } = await underLoad(60);
        const { different, failed, skipped, ...rest } = count(verdicts);
        const said = JSON.stringify([rest, verdicts.find(({ verdict }) => verdict === "different")]);
        assertEquals({ different, failed, skipped }, { different: 0, failed: 0, skipped: 0 }, said);
        assertGreater(rest.busy, 0, "the load was none");
        assertEquals(progress.summary?.persisting, null);
      });

      await t.step("equal under a light load, one change during each check", async () => {
        await logical.untilConfirmed("rows");
        const calm: TableVerdict[] = [];
        for (let id = 1; id <= 20; id++) {
          const [verdict] = await Promise.all([
            checkTable(pair, { maxRows: 100_000 }),
            logical.publish(`UPDATE busy SET n = n + 1 WHERE id = ${id}`),
          ]);
          calm.push(verdict);
        }
        assertEquals(count(calm), { equal: 20, different: 0, busy: 0, skipped: 0, failed: 0 });
      });

      await t.step("a row that differs is never found equal, and found when it is quiet", async () => {
        await logical.publish("INSERT INTO busy VALUES (500, 0, 'still')");
        await logical.untilConfirmed("rows");
        await logical.subscribe("DELETE FROM busy WHERE id = 500");
        const { verdicts } = await underLoad(12);
        const whole = verdicts.filter((_, index) => index % 2 === 1);
        assertEquals(count(whole).equal, 0, JSON.stringify(count(whole)));
        for (const { verdict, difference } of verdicts) {
          if (verdict === "different") assertEquals(difference?.fromKey, "500");
        }
        const { verdict, reason } = await checkTable(pair, { maxRows: 100_000 });
        assertEquals([verdict, reason], ["different", "The row with key 500 is missing on the subscriber"]);
        await logical.subscribe("INSERT INTO busy (id, n, data) VALUES (500, 0, 'still')");
        assertEquals((await checkTable(pair, { maxRows: 100_000 })).verdict, "equal");
      });
    },
  );
}

for (const major of majorsOr(18).filter((each) => each >= 15)) {
  Deno.test(
    { name: `a commit that waits on the publisher is no difference on the subscriber (${major})`, ignore },
    async () => {
      await using logical = await startLogicalCluster({ major, ...ONE_PLACE });
      const { primary } = logical.publisher;
      await subscribeTables(logical);
      await primary.set("synchronous_standby_names", "nobody");
      await using writer = primary.connect("postgres", DATABASE);
      const written = await commitThatWaits(primary, writer, "UPDATE shop SET n = n + 1 WHERE id = 3");
      const row = "SELECT n FROM shop WHERE id = 3";
      await until("the subscriber to show what the publisher does not", async () => {
        const shown = await logical.text(logical.subscriber, row);
        return Number(shown) === 1 && await logical.text(primary, row) === "0";
      });
      const checked = await checkSubscribed(logical, "public.shop");
      assertEquals([checked?.verdict, checked?.difference], ["busy", null], checked?.reason);
      assert(checked?.reason.startsWith("The subscriber already shows commits that still wait"));

      // A transaction that is open, and waits for its client, hides no difference.
      await primary.set("synchronous_standby_names", null);
      await written.ended;
      await logical.untilConfirmed("rows");
      assertEquals((await checkSubscribed(logical, "public.shop"))?.verdict, "equal");
      await using open = primary.connect("postgres", DATABASE);
      await open.query("BEGIN; UPDATE shop SET n = 5 WHERE id = 8");
      await logical.subscribe("UPDATE shop SET n = 9 WHERE id = 9");
      const found = await checkSubscribed(logical, "public.shop");
      assertEquals([found?.verdict, found?.difference?.fromKey], ["different", "9"], found?.reason);
      await open.query("ROLLBACK");
    },
  );
}
