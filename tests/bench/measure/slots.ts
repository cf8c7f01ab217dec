/** A server with 500 replication slots. */
import { HttpClient } from "../http_client.ts";
import { type Benchmark, judge } from "../row.ts";
import { ON_DEMAND } from "../stage.ts";
import { formatNumber, formatSpread, median, quantile } from "../statistics.ts";
import { countWire } from "./round_trips.ts";

const SLOTS = 500;
const GOAL_MS = 50;

/** Creates the slots on the primary, which it restarts, and drops them again. */
export const slots: Benchmark = {
  name: "slots",
  help: `A collection and its scrape with ${SLOTS} slots on one server`,
  run: async (stage) => {
    const { primary } = stage.cluster;
    await primary.set("max_replication_slots", "600");
    await primary.restart();
    await stage.cluster.untilStreaming(undefined, { signal: stage.signal });
    await primary.sql(`
      SELECT pg_create_physical_replication_slot('bench_' || number, true)
      FROM generate_series(1, ${SLOTS}) AS number`);
    try {
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
      await using direct = await stage.startExporter({ flags: ON_DEMAND, primaryOnly: true });
      using client = await HttpClient.connect(direct.port);
      const text = await client.getText();
      const series = text.split("\n").filter((line) => /^[a-z]/.test(line)).length;
      const times: number[] = [];
      for (let index = -10; index < (stage.isQuick ? 20 : 100); index++) {
        stage.signal.throwIfAborted();
        const before = performance.now();
        await client.get();
        if (index >= 0) times.push(performance.now() - before);
      }
      return [{
        what: `Round trips of one collection with ${SLOTS} slots`,
        goal: "1, and 0 connections",
        figure: `${formatNumber(trips)}, ${formatNumber(connections)} connections`,
        verdict: judge(trips === 1 && connections === 0),
        values: { roundTrips: trips, connections },
      }, {
        what: `Scrape that collects, with ${SLOTS} slots, p50`,
        goal: `under ${GOAL_MS} ms`,
        figure: `${formatNumber(median(times))} ms`,
        verdict: judge(median(times) < GOAL_MS),
        details: [
          `half within ${formatSpread(times)} ms, p95 ${formatNumber(quantile(times, 0.95))} ms; ` +
          `${series.toLocaleString("en")} series, ${text.length.toLocaleString("en")} bytes`,
        ],
        values: { p50Ms: median(times), p95Ms: quantile(times, 0.95), series },
      }];
    } finally {
      await primary.sql(
        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE 'bench%'",
      );
    }
  },
};
