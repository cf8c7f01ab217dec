import { majorsOr } from "../chaos/majors.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DATABASE } from "../../compose/lab/app_database.ts";
import { startLogicalCluster } from "../../compose/lab/logical.ts";
import { DEFAULT_CONSISTENCY } from "../../src/config/consistency.ts";
import { DEFAULT_REPORT_THRESHOLDS } from "../../src/domain/thresholds.ts";
import { deriveReport } from "../../src/report/derive.ts";
import { splitAdvice } from "../../src/report/page/advice.ts";
import { renderReportText } from "../../src/report/text/report.ts";
import { repeat } from "./comparing.ts";
import { subscribeTables } from "./comparing_subscription.ts";
import { reasonToSkip, until, untilHolds } from "./support.ts";
import { valueOf, watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null;

for (const major of majorsOr(18)) {
  Deno.test(
    { name: `a subscriber that differs is a finding, and its advice mends it (${major})`, ignore },
    async (t) => {
      await using logical = await startLogicalCluster({
        ...{ major, standbys: 0, cdc: false, subscription: false },
      });
      const { primary } = logical.publisher;
      await subscribeTables(logical);
      await using watching = watchCluster(logical.publisher, {
        collect: { intervalSeconds: 0.4, maxAgeSeconds: 0 },
        consistency: {
          ...DEFAULT_CONSISTENCY,
          tables: ["public.shop", "public.texts", "public.local_only"],
          isDefaultTable: false,
          intervalSeconds: 1,
        },
      });
      const { service } = watching;
      const place = (table: string) => ({ instance: "subscriber", subscription: "rows", table });
      const different = async (table: string) =>
        valueOf(await service.scrape(), "pgrepl_consistency_different", place(table));
      const finding = () =>
        service.view()?.findings.find(({ check }) => check === "subscription_data_differs");

      await t.step("equal, and nothing is said of a table that it does not have", async () => {
        await untilHolds("both tables to be compared", async () => {
          assertEquals([await different("public.shop"), await different("public.texts")], [0, 0]);
        });
        assertEquals(service.view()?.consistency.length, 2);
        assertEquals(valueOf(await service.scrape(), "pg_data_consistency_check", {}), undefined);
        assertEquals(finding(), undefined);
      });

      await t.step("different: metric, finding and report name subscription and keys", async () => {
        await logical.subscribe("UPDATE shop SET data = 'other', mine = 'kept' WHERE id = 7");
        await logical.subscribe("DELETE FROM shop WHERE id = 9; INSERT INTO shop (id, n) VALUES (0, 1)");
        await untilHolds("the finding", async () => {
          assertEquals(await different("public.shop"), 1);
          assert(finding() !== undefined);
        });
        assertEquals([finding()?.server, finding()?.subject], ["subscriber", "rows public.shop"]);
        assertMatch(finding()?.evidence ?? "", /^At least 3 rows .*: 1 differ, 1 missing on the subscriber/);
        const view = service.view();
        assert(view !== null);
        const report = deriveReport(view, {
          ...{ now: view.at, wallNow: 1, thresholds: DEFAULT_REPORT_THRESHOLDS },
          build: { version: "0.0.0", revision: "test" },
        });
        const text = renderReportText(report, { width: 120, color: false });
        assertMatch(text, /TABLE +SUBSCRIBER +VERDICT.*\n.*public\.shop +subscriber \(rows\) +different/);
        const rows = report.clusters.flatMap(({ consistency }) => consistency);
        assertEquals(rows.map((each) => [each.standby, each.subscription, each.compared_with]), [
          ["subscriber", "rows", "primary"],
          ["subscriber", "rows", "primary"],
        ]);
      });

      await t.step("the advice, pasted while others write, mends it and destroys nothing", async () => {
        const advice = finding()?.advice ?? "";
        const codes = splitAdvice(advice).filter(({ kind }) => kind === "code").map(({ text }) => text);
        const [copying = "", applying = "", ending = "", , looking = "", deleting = ""] = codes;
        assertStringIncludes(copying, "FOR SHARE;");
        await using load = repeat(primary, (id) => [
          `UPDATE shop SET n = n + 1 WHERE id = ${id % 12}`,
          "SELECT pg_sleep(0.2)",
        ], DATABASE);
        await using first = primary.connect("postgres", DATABASE);
        const printed: string[] = [];
        for (const statement of copying.split("\n")) {
          printed.push(...(await first.query(statement)).map((row) => String(row["format"])));
        }
        const inserts = printed.filter((each) => each.startsWith("INSERT"));
        const confirmed = printed.find((each) => each.startsWith("SELECT")) ?? "";
        assertEquals(inserts.length, 2);
        await until("it to be confirmed", async () => (await logical.text(primary, confirmed)) === "true");
        await using second = logical.subscriber.connect("postgres", DATABASE);
        for (const statement of [...applying.split("\n"), ...inserts]) await second.query(statement);
        await second.query("COMMIT");
        await first.query(ending.startsWith("COMMIT") ? "COMMIT" : "");
        const extra = "SELECT count(*)::text FROM shop WHERE id = 0";
        assertEquals(await logical.text(logical.subscriber, extra), "1");
        assertMatch(looking, /^SELECT \* FROM public\.shop WHERE id IN \('0'\);$/);
        await logical.subscribe(looking);
        assertMatch(deleting, /^DELETE FROM public\.shop WHERE id IN \('0'\);$/);
        await logical.subscribe(deleting);
        await untilHolds("the finding to pass, under load", async () => {
          assertEquals(await different("public.shop"), 0);
          assertEquals(finding(), undefined);
        });
        assertEquals(load.failed, null);
        assertEquals(await logical.text(logical.subscriber, "SELECT mine FROM shop WHERE id = 7"), "kept");
      });

      await t.step("disabled: no verdict, and the last one stays", async () => {
        await logical.subscribe("ALTER SUBSCRIPTION rows DISABLE");
        await logical.publish("UPDATE shop SET n = n + 1 WHERE id = 1");
        await untilHolds("it to be skipped", async () => {
          const families = await service.scrape();
          const verdict = { ...place("public.shop"), verdict: "skipped" };
          assertEquals(valueOf(families, "pgrepl_consistency_verdict", verdict), 1);
          assertEquals(valueOf(families, "pgrepl_consistency_different", place("public.shop")), 0);
        });
      });
    },
  );
}
