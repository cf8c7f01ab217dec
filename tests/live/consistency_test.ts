import { assert, assertEquals, assertGreater, assertMatch, assertStringIncludes } from "@std/assert";
import { DEFAULT_REPORT_THRESHOLDS } from "../../src/domain/thresholds.ts";
import { deriveReport } from "../../src/report/derive.ts";
import { renderRegions } from "../../src/report/page/regions.ts";
import { renderReportText } from "../../src/report/text/report.ts";
import { checkTable, type TableVerdict } from "../../src/consistency/check_table.ts";
import { TableProgress } from "../../src/consistency/table_progress.ts";
import { check, count, LIMITS, makeTable, openPair, patch, repeat } from "./comparing.ts";
import { reasonToSkip, until, untilHolds, withCluster } from "./support.ts";
import { commitThatWaits } from "./waiting_commit.ts";
import { valueOf, watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null;

Deno.test({ name: "consistency: 200 checks under load raise no false alarm", ignore }, async () => {
  await withCluster({ standbys: 1 }, async (cluster) => {
    await makeTable(cluster, "busy", 120);
    await using opened = await openPair(cluster, "public.busy");
    const { pair } = opened;
    const progress = new TableProgress();
    // Every other check reads the whole table, the others a third of it in turn.
    let checks = 0;
    const check = () =>
      ++checks % 2 === 0
        ? checkTable(pair, { maxRows: 40, chunkRows: 30, progress })
        : checkTable(pair, { maxRows: 100_000, chunkRows: 60 });
    const verdicts: TableVerdict[] = [];
    {
      const { primary } = cluster;
      // There and back: both reads of the primary agree, the standby may be read in between.
      await using thereAndBack = repeat(primary, (id) => [
        `UPDATE busy SET n = n + 1 WHERE id = ${id}`,
        `UPDATE busy SET n = n - 1 WHERE id = ${id}`,
      ]);
      await using outAndIn = repeat(primary, (id) => [
        `DELETE FROM busy WHERE id = ${id} AND id > 80`,
        `INSERT INTO busy VALUES (${Math.max(id, 81)}, 0, 'again') ON CONFLICT DO NOTHING`,
      ]);
      await using inAndOut = repeat(primary, (id) => [
        `INSERT INTO busy VALUES (${id + 1000}, 0, 'for a moment')`,
        `DELETE FROM busy WHERE id = ${id + 1000}`,
      ]);
      await using unflushed = repeat(primary, (id) => [
        "SET synchronous_commit = off",
        `UPDATE busy SET data = md5(random()::text) WHERE id = ${id}`,
        `SELECT pg_sleep(0.01)`,
      ]);
      while (verdicts.length < 200) verdicts.push(await check());
      assertEquals([thereAndBack, outAndIn, inAndOut, unflushed].map(({ failed }) => failed), [
        null,
        null,
        null,
        null,
      ]);
    }
    const { different, failed, skipped, ...rest } = count(verdicts);
    assertEquals(
      { different, failed, skipped },
      { different: 0, failed: 0, skipped: 0 },
      JSON.stringify(rest),
    );
    assertGreater(rest.busy, 0, "the load was none");
    assertEquals(progress.summary?.persisting, null);

    // A light load: one change during each check.
    const calm: TableVerdict[] = [];
    for (let id = 1; id <= 20; id++) {
      const [verdict] = await Promise.all([
        check(),
        cluster.primary.sql(`UPDATE busy SET n = n + 1 WHERE id = ${id}`),
      ]);
      calm.push(verdict);
    }
    assertEquals(count(calm), { equal: 20, different: 0, busy: 0, skipped: 0, failed: 0 });
  });
});

Deno.test(
  { name: "consistency: a commit that waits for a synchronous standby is no difference", ignore },
  async () => {
    await withCluster({ standbys: 1 }, async (cluster) => {
      await makeTable(cluster, "waits", 10);
      assertEquals((await check(cluster, "public.waits"))?.verdict, "equal");
      await cluster.primary.set("synchronous_standby_names", "nobody");
      await using writer = cluster.primary.connect("postgres");
      const written = await commitThatWaits(
        cluster.primary,
        writer,
        "UPDATE waits SET n = n + 1 WHERE id = 3",
      );
      await until("the standby to show what the primary does not", async () => {
        const row = "SELECT n FROM waits WHERE id = 3";
        const [shown, hidden] = [await cluster.server("standby").text(row), await cluster.primary.text(row)];
        return Number(shown) === Number(hidden) + 1;
      });
      const verdict = await check(cluster, "public.waits");
      assertEquals([verdict?.verdict, verdict?.difference], ["busy", null], verdict?.reason);
      assertStringIncludes(verdict?.reason ?? "", "synchronous standby");
      await cluster.primary.set("synchronous_standby_names", null);
      await written.ended;
      assertEquals((await check(cluster, "public.waits"))?.verdict, "equal");
    });
  },
);

Deno.test(
  { name: "consistency: a standby that was promoted and written to is found, with the key", ignore },
  async () => {
    await withCluster({ standbys: 1 }, async (cluster) => {
      await makeTable(cluster, "strayed", 12_000);
      await makeTable(cluster, "strayed_too", 100);
      await cluster.primary.sql("CREATE TABLE keyless (a int)");
      await cluster.primary.sql("INSERT INTO keyless SELECT generate_series(1, 50)");
      await cluster.primary.sql("GRANT SELECT ON keyless TO monitor");
      await cluster.primary.sql("CREATE TABLE texts (id text PRIMARY KEY, n int)");
      await cluster.primary.sql("INSERT INTO texts SELECT 'key ' || i, i FROM generate_series(1, 9) AS i");
      await cluster.primary.sql("GRANT SELECT ON texts TO monitor");
      await cluster.untilCaughtUp();
      const standby = cluster.server("standby");
      for (const table of ["strayed", "strayed_too", "keyless", "texts"]) {
        const { verdict, reason } = await check(cluster, `public.${table}`) ?? {};
        assertEquals([verdict, reason], ["equal", ""], table);
      }
      await cluster.faults.promote(standby);
      await standby.sql("UPDATE strayed SET data = 'row 07777 omega' WHERE id = 7777");
      await standby.sql("DELETE FROM strayed_too WHERE id = 40");
      await standby.sql("INSERT INTO strayed_too VALUES (60000, 1, 'extra')");
      await standby.sql("UPDATE keyless SET a = 0 WHERE a = 50");
      await standby.sql("DELETE FROM texts WHERE id = 'key 3'");
      await standby.sql("UPDATE texts SET n = 0 WHERE id = 'key 5'");
      await standby.sql("INSERT INTO texts VALUES ('key 50', 50)");
      // Ahead of the primary, so that the standby has replayed every position that a check waits for.
      await standby.sql("CREATE TABLE filler AS SELECT generate_series(1, 20000)");
      assertEquals((await check(cluster, "public.strayed"))?.verdict, "skipped", "it is a primary now");
      await standby.stop();
      await Deno.writeTextFile(`${standby.dataDir}/standby.signal`, "");
      await standby.start();
      const strayed = await check(cluster, "public.strayed");
      assertEquals([strayed?.verdict, strayed?.difference], ["different", {
        fromKey: "7777",
        toKey: "7777",
      }]);
      assertEquals(strayed?.reason, "The row with key 7777 differs");
      {
        await using opened = await openPair(cluster, "public.strayed");
        const options = { maxRows: 5000, progress: new TableProgress() };
        const next = async () => {
          const { verdict, window } = await checkTable(opened.pair, options);
          return [verdict, window?.afterKey, window?.upToKey, options.progress.summary?.persisting?.reason];
        };
        assertEquals([await next(), await next(), await next()], [
          ["equal", null, "5000", undefined],
          ["different", "5000", "10000", strayed?.reason],
          ["different", "10000", null, strayed?.reason],
        ]);
        assertEquals(options.progress.summary?.pass.ratio, 1);
      }
      const too = await check(cluster, "public.strayed_too");
      assertEquals([too?.verdict, too?.difference], ["different", { fromKey: "40", toKey: "60000" }]);
      assertStringIncludes(too?.reason ?? "", "1 missing on the standby, 1 only on the standby");
      const keyless = await check(cluster, "public.keyless");
      assertEquals([keyless?.verdict, keyless?.difference], ["different", null]);
      assertEquals(
        (await check(cluster, "public.texts"))?.reason,
        "At least 3 rows from key key 3 to key key 50: 1 differ, 1 missing on the standby, 1 only on the standby",
      );
    });
  },
);

Deno.test({ name: "consistency: a table that cannot be compared has a reason", ignore }, async (t) => {
  await withCluster({ standbys: 1 }, async (cluster) => {
    await makeTable(cluster, "fine", 3000);
    const { primary } = cluster;
    await primary.sql("CREATE TABLE keyless AS SELECT generate_series(1, 5) AS a");
    await primary.sql("GRANT SELECT ON keyless TO monitor");

    await t.step("a role without the privilege gets the GRANT, which helps", async () => {
      const denied = await check(cluster, "public.fine", { user: "plain" });
      assertEquals([denied?.verdict, denied?.rowsCompared], ["failed", null]);
      const [grant] = /GRANT SELECT ON .*$/.exec(denied?.reason ?? "") ?? [];
      assertEquals(grant, "GRANT SELECT ON public.fine TO plain");
      await primary.sql(grant ?? "");
      await cluster.untilCaughtUp();
      assertEquals((await check(cluster, "public.fine", { user: "plain" }))?.verdict, "equal");
    });

    await t.step("no table, a view, an unlogged table", async () => {
      await primary.sql("CREATE VIEW public.seen AS SELECT * FROM fine");
      await primary.sql("CREATE UNLOGGED TABLE unlogged (a int)");
      await primary.sql("GRANT SELECT ON seen, unlogged TO monitor");
      assertEquals(await check(cluster, "public.nothing"), null);
      for (const name of ["public.seen", "public.unlogged"]) {
        assertEquals((await check(cluster, name))?.verdict, "skipped", name);
      }
    });

    await t.step("too many rows, too little time", async () => {
      const tooMany = await check(cluster, "public.fine", { maxRows: 2999 });
      assertEquals([tooMany?.verdict, tooMany?.rowsCompared], ["equal", 2999]);
      assertEquals(tooMany?.window, { afterKey: null, upToKey: "2999" });
      const whole = await check(cluster, "public.fine", { maxRows: 3000 });
      assertEquals([whole?.verdict, whole?.window], ["equal", { afterKey: null, upToKey: null }]);
      const keyless = await check(cluster, "public.keyless", { maxRows: 3 });
      assertEquals([keyless?.verdict, keyless?.window], ["failed", null]);
      assertStringIncludes(keyless?.reason ?? "", "--consistency.max-rows");
      // Less than a login takes on any machine.
      const tooLong = await check(cluster, "public.fine", { maxDurationSeconds: 0.0001 });
      assertEquals(tooLong?.verdict, "failed");
      assertStringIncludes(tooLong?.reason ?? "", "--consistency.max-duration");
    });

    await t.step("keys of several columns, of text, in partitions, with odd names and values", async () => {
      await primary.sql(`CREATE SCHEMA "My Schema"`);
      await primary.sql(`GRANT USAGE ON SCHEMA "My Schema" TO monitor`);
      await primary.sql(
        `CREATE TABLE "My Schema"."Or""der" (t text, "when" timestamptz, u uuid, f float8, PRIMARY KEY (t, "when")) PARTITION BY RANGE ("when")`,
      );
      await primary.sql(
        `CREATE TABLE "My Schema".p1 PARTITION OF "My Schema"."Or""der" FOR VALUES FROM ('2000-01-01') TO ('2020-01-01')`,
      );
      await primary.sql(
        `CREATE TABLE "My Schema".p2 PARTITION OF "My Schema"."Or""der" DEFAULT`,
      );
      await primary.sql(
        `INSERT INTO "My Schema"."Or""der" SELECT 'O''Neil \\ ' || i % 7, timestamptz '2019-12-01' + i * interval '1 hour', gen_random_uuid(), random() FROM generate_series(1, 11000) AS i`,
      );
      await primary.sql(`GRANT SELECT ON "My Schema"."Or""der" TO monitor`);
      await cluster.untilCaughtUp();
      const odd = await check(cluster, `"My Schema"."Or""der"`);
      assertEquals([odd?.verdict, odd?.reason, odd?.rowsCompared], ["equal", "", 11_000]);
      await using opened = await openPair(cluster, `"My Schema"."Or""der"`);
      const options = { maxRows: 4000, progress: new TableProgress() };
      const parts = [];
      for (let part = 0; part < 3; part++) {
        parts.push(await checkTable(opened.pair, options));
      }
      assertEquals(parts.map(({ verdict, rowsCompared }) => [verdict, rowsCompared]), [
        ["equal", 4000],
        ["equal", 4000],
        ["equal", 3000],
      ]);
      assertEquals(parts[2]?.window, { afterKey: parts[1]?.window?.upToKey ?? null, upToKey: null });
    });

    await t.step("a standby that does not replay", async () => {
      await cluster.faults.pauseReplay("standby");
      await primary.sql("UPDATE fine SET n = 1 WHERE id = 5");
      const behind = await check(cluster, "public.fine", { maxLagSeconds: 1 });
      assertEquals([behind?.verdict, behind?.difference], ["skipped", null], behind?.reason);
      await cluster.faults.resumeReplay("standby");
      await cluster.untilCaughtUp();
      assertEquals((await check(cluster, "public.fine"))?.verdict, "equal");
    });
  });
});

Deno.test(
  { name: "consistency: the service finds a row that was damaged on the standby's disk", ignore },
  async () => {
    await withCluster({ standbys: 2, cascade: true }, async (cluster) => {
      await makeTable(cluster, "kept", 12_000);
      const { primary } = cluster;
      const standby = cluster.server("standby2");
      // Hint bits and free space are settled, and no page image of the table comes behind the checkpoint.
      await primary.sql("VACUUM FREEZE kept");
      await primary.sql("CHECKPOINT");
      await cluster.untilCaughtUp();
      await standby.set("ignore_checksum_failure", "on");
      await standby.sql("CHECKPOINT");
      const path = await standby.text("SELECT pg_relation_filepath('kept')");
      await standby.stop();
      await patch(`${standby.dataDir}/${path}`, { from: "row 07777 alpha", to: "row 07777 omega" });
      await standby.start();
      assertEquals(await standby.text("SELECT data FROM kept WHERE id = 7777"), "row 07777 omega");
      await cluster.setLoad(5);

      await using watching = watchCluster(cluster, {
        collect: { intervalSeconds: 1 },
        // A check reads less than half of the table: a pass takes three.
        consistency: {
          ...LIMITS,
          maxRows: 5000,
          tables: ["public.kept", "public.test_data"],
          intervalSeconds: 1,
        },
      });
      const { service } = watching;
      const resultOf = (server: string, table: string) =>
        service.view()?.consistency.find((each) => each.standby === server && each.table === table);
      await until(
        "every table to be compared on both standbys",
        () =>
          ["standby", "standby2"].every((server) =>
            ["public.kept", "public.test_data"].every((table) => {
              const { conclusive, pass } = resultOf(server, table) ?? {};
              return conclusive && (table !== "public.kept" || typeof pass?.fullAt === "number");
            })
          ),
        { seconds: 60 },
      );
      assertEquals(
        [resultOf("standby", "public.kept"), resultOf("standby", "public.test_data")].map((each) =>
          each?.conclusive?.verdict
        ),
        ["equal", "equal"],
      );
      assertEquals(resultOf("standby2", "public.test_data")?.conclusive?.verdict, "equal");
      assertEquals(resultOf("standby2", "public.kept")?.difference, { fromKey: "7777", toKey: "7777" });
      // An inconclusive later check would be the latest verdict until the next one.
      await untilHolds("the difference to be published", async () => {
        const families = await service.scrape();
        assertEquals(valueOf(families, "pg_data_consistency_check", { instance: "cluster" }), 0);
        for (const instance of ["standby", "standby2"]) {
          const kept = { instance, table: "public.kept" };
          const different = valueOf(families, "pgrepl_consistency_different", kept);
          assertEquals(different, Number(instance === "standby2"), instance);
          assertEquals(typeof valueOf(families, "pgrepl_consistency_full_pass_age_seconds", kept), "number");
        }
        const verdict = { instance: "standby2", table: "public.kept", verdict: "different" };
        assertEquals(valueOf(families, "pgrepl_consistency_verdict", verdict), 1);
        assertEquals(valueOf(families, "pgrepl_finding", { instance: "standby2", check: "data_differs" }), 1);
      });
      const finding = service.view({ maxAgeSeconds: 0 })?.findings.find(({ check }) =>
        check === "data_differs"
      );
      assertEquals([finding?.severity, finding?.server, finding?.subject], [
        "critical",
        "standby2",
        "public.kept",
      ]);
      assertMatch(finding?.evidence ?? "", /^The row with key 7777 differs/);
      assert(
        watching.lines.some(({ level, fields }) => level === "error" && fields["table"] === "public.kept"),
      );

      // A check's sessions exist only during the check, besides the kept one. The next check may follow at once, so the
      // session that was seen must end.
      const sessions = (where: string) =>
        primary.text(
          `SELECT string_agg(pid::text, ',') FROM pg_stat_activity WHERE usename = 'monitor' AND application_name ${where}`,
        );
      let seen: string | null = null;
      await until("a session of a check", async () => {
        seen = await sessions("LIKE '% consistency'");
        return seen !== null;
      });
      await until(
        "it to end",
        async () => !(await sessions("LIKE '% consistency'"))?.split(",").includes(seen ?? ""),
      );
      assertMatch(await sessions("NOT LIKE '% consistency'") ?? "", /^\d+$/);

      // A difference persists through inconclusive checks: in the finding and in every form of the report.
      await standby.stop();
      await until(
        "a check to have been skipped",
        () => resultOf("standby2", "public.kept")?.verdict === "skipped",
      );
      const view = service.view({ maxAgeSeconds: 0 });
      assert(view !== null);
      assertEquals(
        view.findings.filter((each) => each.check === "data_differs").map(({ subject }) => subject),
        ["public.kept"],
      );
      const report = deriveReport(view, {
        now: view.at,
        wallNow: Date.now() / 1000,
        build: { version: "", revision: "" },
        thresholds: DEFAULT_REPORT_THRESHOLDS,
      });
      const said = report.clusters.flatMap((each) => each.consistency).find(({ standby: name, table }) =>
        name === "standby2" && table === "public.kept"
      );
      assertEquals([said?.verdict, said?.conclusive_verdict, said?.difference_from_key], [
        "skipped",
        "different",
        "7777",
      ]);
      assertMatch(
        renderReportText(report, { width: 100, color: false }),
        /public\.kept +standby2 +different .*\n +The row with key 7777 differs.*\n +Found .* ago; the latest check was inconclusive \(skipped\)/,
      );
      assertMatch(renderRegions(report).regions.clusters, /different<[\s\S]*The row with key 7777 differs/);
    });
  },
);
