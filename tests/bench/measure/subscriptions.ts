/** A server with 200 subscriptions, and the slots that they read. */
import type { Server } from "../../../compose/lab/server.ts";
import { HttpClient } from "../http_client.ts";
import { type Benchmark, judge } from "../row.ts";
import { ON_DEMAND, type Stage } from "../stage.ts";
import { formatNumber, formatSpread, median, quantile } from "../statistics.ts";
import { countWire } from "./round_trips.ts";

const COUNTS = [50, 100, 200] as const;
const MOST = COUNTS[COUNTS.length - 1] ?? NaN;
const GOAL_MS = 30;
/** From one count to twice as many the time may grow by this factor. */
const LINEAR = 2.5;

/** Subscriptions that are disabled: none of them connects, and each has a slot on the same server. */
async function subscribe(server: Server, from: number, to: number): Promise<void> {
  for (let number = from; number <= to; number++) {
    await server.sql(`SELECT pg_create_logical_replication_slot('bench_sub_${number}', 'pgoutput')`);
    await server.sql(`CREATE SUBSCRIPTION bench_sub_${number} CONNECTION 'host=127.0.0.1 port=1'
      PUBLICATION bench WITH (connect = false)`);
  }
}

async function unsubscribe(server: Server): Promise<void> {
  const names = await server.sql("SELECT subname FROM pg_subscription WHERE subname LIKE 'bench%'");
  for (const { subname } of names) {
    await server.sql(`ALTER SUBSCRIPTION ${subname} SET (slot_name = NONE)`);
    await server.sql(`DROP SUBSCRIPTION ${subname}`);
  }
  await server.sql(
    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE 'bench%'",
  );
}

/** Milliseconds of collections, and of the scrapes that wait for them. */
interface Times {
  readonly collections: readonly number[];
  readonly scrapes: readonly number[];
}

async function timesOf(stage: Stage): Promise<Times> {
  await using exporter = await stage.startExporter({ flags: ON_DEMAND, primaryOnly: true });
  using client = await HttpClient.connect(exporter.port);
  const collections: number[] = [];
  const scrapes: number[] = [];
  for (let index = -20; index < (stage.isQuick ? 20 : 100); index++) {
    stage.signal.throwIfAborted();
    const before = performance.now();
    const text = await client.getText();
    if (index < 0) continue;
    scrapes.push(performance.now() - before);
    const [, seconds = "NaN"] = /^pgrepl_collection_duration_seconds\{.*\} (.*)$/m.exec(text) ?? [];
    collections.push(Number(seconds) * 1000);
  }
  return { collections, scrapes };
}

/** Creates them on the primary, which it restarts, and drops them again. */
export const subscriptions: Benchmark = {
  name: "subscriptions",
  help: `A collection with ${MOST} subscriptions and their slots on one server`,
  run: async (stage) => {
    const { primary } = stage.cluster;
    await primary.set("max_replication_slots", "600");
    await primary.set("wal_level", "logical");
    await primary.restart();
    await stage.cluster.untilStreaming(undefined, { signal: stage.signal });
    try {
      const medians: number[] = [];
      let times: Times = { collections: [], scrapes: [] };
      let before = 0;
      for (const count of COUNTS) {
        await subscribe(primary, before + 1, count);
        before = count;
        times = await timesOf(stage);
        medians.push(median(times.collections));
      }
      const proxy = stage.cluster.proxyTo(primary);
      await using exporter = await stage.startExporter({
        flags: ON_DEMAND,
        primaryOnly: true,
        proxies: [proxy],
      });
      const { roundTrips: [trips = NaN], connections } = await countWire(exporter, {
        proxies: [proxy],
        scrapes: 5,
      });
      const growth = medians.slice(1).map((each, index) => each / (medians[index] ?? NaN));
      return [{
        what: `Round trips of one collection with ${MOST} subscriptions`,
        goal: "1, and 0 connections",
        figure: `${formatNumber(trips)}, ${formatNumber(connections)} connections`,
        verdict: judge(trips === 1 && connections === 0),
        values: { roundTrips: trips, connections },
      }, {
        what: `Collection with ${MOST} subscriptions and their slots, p50`,
        goal: `under ${GOAL_MS} ms, linear`,
        figure: `${formatNumber(median(times.collections))} ms`,
        verdict: judge(median(times.collections) < GOAL_MS && growth.every((each) => each < LINEAR)),
        details: [
          `half within ${formatSpread(times.collections)} ms, p95 ${
            formatNumber(quantile(times.collections, 0.95))
          } ms; ` + COUNTS.map((count, index) =>
            `${count}: ${formatNumber(medians[index] ?? NaN)} ms`
          ).join(", "),
          `the scrape that waits for it, view and text included: ${formatNumber(median(times.scrapes))} ms`,
        ],
        values: { p50Ms: median(times.collections), scrapeP50Ms: median(times.scrapes) },
      }];
    } finally {
      await unsubscribe(primary);
    }
  },
};
