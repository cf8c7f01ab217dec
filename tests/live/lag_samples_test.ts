/**
 * The histogram of the lag of a real standby that applies late, against the lag as it was read by hand.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { stringify } from "yaml";
import { startCluster } from "../../compose/lab/cluster.ts";
import { systemClock } from "../../src/domain/clock.ts";
import { LAG_BOUNDS_SECONDS } from "../../src/domain/lag.ts";
import { alertGroups, recordings } from "../../src/report/alerts/catalogue.ts";
import { lateRatio } from "../../src/report/alerts/lag_objective.ts";
import { buildRuleFile } from "../../src/report/alerts/rule_file.ts";
import { parseTextPage, type ReadFamily } from "../exposition/strict_parser.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { Prometheus, WITHOUT_PROMETHEUS as missing } from "./prometheus.ts";
import { until, untilHolds } from "./support.ts";

const NAME = "pgrepl_standby_lag_sampled_seconds";
const DELAY_SECONDS = 12;
const WATCHED_SAMPLES = 45;

/** Values of a standby's samples of one family, by name and bound. */
function samplesOf(page: readonly ReadFamily[], family: string): ReadonlyMap<string, number> {
  const { samples = [] } = page.find(({ name }) => name === family) ?? {};
  return new Map(
    samples.filter(({ labels }) => labels.get("instance") === "standby")
      .map(({ name, labels, value }) => [name.slice(family.length) + (labels.get("le") ?? ""), value]),
  );
}

Deno.test({
  name:
    `the buckets count what was read by hand, and Prometheus evaluates the objective over a restart${missing}`,
  ignore: missing !== "",
  async fn() {
    await using cluster = await startCluster({ standbys: 1, load: 20, settings: { fsync: "on" } });
    const args = [
      ...cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`),
      "--collect.deadline=30s",
    ];
    let exporter = await ServeProcess.start(FROM_SOURCE, { args });
    try {
      const scrape = async () => parseTextPage(await exporter.scrape());
      const config = (target: string) =>
        stringify({
          global: { evaluation_interval: "1s", scrape_interval: "1s" },
          rule_files: ["rules.yml"],
          scrape_configs: [{
            job_name: "pg-replication",
            honor_labels: true,
            static_configs: [{ targets: [target.replace("http://", "")] }],
          }],
        });
      const rules = stringify(buildRuleFile(alertGroups, { recordings, runbookUrl: "runbooks" }));
      await using prometheus = await Prometheus.start(config(exporter.url), rules);
      await until(
        "the lag to be known",
        async () => (samplesOf(await scrape(), NAME).get("_count") ?? 0) > 0,
      );
      await until(
        "Prometheus to have a first count",
        async () => (await prometheus.query(`${NAME}_count > 0`)).length > 0,
      );

      const before = samplesOf(await scrape(), NAME);
      await cluster.faults.delayApply("standby", DELAY_SECONDS);
      // The lag as it was read whenever a sample was counted: a machine that is busy delays both.
      const byHand: number[] = [];
      const startedAt = systemClock.monotonic();
      let after = before;
      const countedIn = (key: string) => (after.get(key) ?? 0) - (before.get(key) ?? 0);
      await until(`${WATCHED_SAMPLES} samples`, async () => {
        const page = await scrape();
        const lag = samplesOf(page, "pgrepl_standby_lag_seconds").get("");
        after = samplesOf(page, NAME);
        while (lag !== undefined && byHand.length < countedIn("_count")) byHand.push(lag);
        return countedIn("_count") >= WATCHED_SAMPLES;
      }, { seconds: 120 });
      const passed = systemClock.monotonic() - startedAt;
      assert(countedIn("_count") <= passed + 2, `one a second: ${countedIn("_count")} in ${passed} s`);
      for (const bound of LAG_BOUNDS_SECONDS) {
        const share = byHand.filter((lag) => lag <= bound).length / byHand.length;
        const key = `_bucket${bound % 1 === 0 ? bound.toFixed(1) : bound}`;
        assertAlmostEquals(countedIn(key), share * countedIn("_count"), 4, `within ${bound} s`);
      }
      const mean = byHand.reduce((sum, lag) => sum + lag, 0) / byHand.length;
      assertAlmostEquals(countedIn("_sum") / countedIn("_count"), mean, 1.5, "mean");
      assert(countedIn("_bucket10.0") < countedIn("_bucket30.0"), "the standby was late");

      const objective = `increase(${NAME}_bucket{le="5.0"}[1m]) / ignoring (le) increase(${NAME}_count[1m])`;
      const [answer = ""] = await prometheus.query(objective);
      const within = Number(answer.split(" ").at(-1));
      assert(within > 0.02 && within < 0.5, answer);
      // Prometheus asks for OpenMetrics, which says when the histogram began.
      const [created = ""] = await prometheus.query(`${NAME}_created`);
      assertAlmostEquals(Number(created.split(" ").at(-1)), systemClock.wall() - passed, 30, created);
      await until("the share to be recorded", async () => {
        const [recorded = ""] = await prometheus.query(lateRatio("5m"));
        return Number(recorded.split(" ").at(-1)) > 0.1;
      });

      // It is not lost while the standby is away: known or unknown, every second is counted.
      await cluster.faults.kill("standby");
      const counted = async () => {
        const page = await scrape();
        return (samplesOf(page, NAME).get("_count") ?? 0) +
          (samplesOf(page, "pgrepl_standby_lag_sampled_unknown_total").get("") ?? 0);
      };
      const atKill = await counted();
      await until("ten more samples", async () => await counted() >= atKill + 10);

      // A restart begins at 0, which Prometheus knows: what it counts neither falls nor jumps.
      const { url } = exporter;
      const total =
        `sum(increase(${NAME}_count[5m])) + sum(increase(pgrepl_standby_lag_sampled_unknown_total[5m]))`;
      const [atStop = ""] = await prometheus.query(total);
      await exporter[Symbol.asyncDispose]();
      exporter = await ServeProcess.start(FROM_SOURCE, {
        args: [...args, `--web.listen-address=${url.replace("http://", "")}`],
      });
      await untilHolds("five samples after the restart", async () => {
        const sum = await counted();
        assert(sum >= 5 && sum < atKill, `${sum}`);
      });
      const [now = ""] = await prometheus.query(total);
      const [was, is] = [atStop, now].map((each) => Number(each.split(" ").at(-1)));
      assert(was !== undefined && is !== undefined && is > was && is < was + 60, `${was} ${is}`);
      const report: unknown = await (await fetch(`${url}/api/v1/report`)).json();
      assertEquals(JSON.stringify(report).includes('"lag_last_hour":{"samples":'), true);
    } finally {
      await exporter[Symbol.asyncDispose]();
    }
  },
});
