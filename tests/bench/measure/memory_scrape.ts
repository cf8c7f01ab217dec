/** Scrapes answered from memory: how fast, and how many a core can give. */
import { HttpClient } from "../http_client.ts";
import { runLoad } from "../load_client.ts";
import { readCpuSeconds } from "../process_usage.ts";
import { type Benchmark, judge } from "../row.ts";
import { formatNumber } from "../statistics.ts";

const GOAL_MS = 1;
const GOAL_RATE = 10_000;
/** A process that used more of its time than this had no more to give. */
const BUSY = 0.9;

/** Scrapes as fast as it goes, with the default settings: collections go on once a second meanwhile. */
export const memoryScrape: Benchmark = {
  name: "memory-scrape",
  help: "Scrapes answered from memory: median time and requests per second on one core",
  run: async (stage) => {
    const last = navigator.hardwareConcurrency - 1;
    const exporterCpu = stage.canPin ? { cpu: last } : {};
    const clientCpu = stage.canPin ? { cpu: 0 } : {};
    await using exporter = await stage.startExporter(exporterCpu);
    const seconds = stage.isQuick ? 2 : 5;
    await runLoad(exporter.port, { seconds: 2, connections: 8, ...clientCpu });
    const one = await runLoad(exporter.port, { seconds, connections: 1, ...clientCpu });
    const before = await readCpuSeconds(exporter.pid);
    const many = await runLoad(exporter.port, { seconds, connections: 8, ...clientCpu });
    const cpu = await readCpuSeconds(exporter.pid) - before;
    using client = await HttpClient.connect(exporter.port);
    const bytes = await client.get();
    const rate = many.requests / many.seconds;
    const perCpuSecond = many.requests / cpu;
    const exporterBusy = cpu / many.seconds;
    const clientBusy = many.clientCpuSeconds / many.seconds;
    return [{
      what: "Scrape answered from memory, p50",
      goal: `under ${GOAL_MS} ms`,
      figure: `${formatNumber(one.medianMs)} ms`,
      verdict: judge(one.medianMs < GOAL_MS),
      details: [
        `p99 ${formatNumber(one.p99Ms)} ms; page of ${bytes} bytes, uncompressed, one kept connection`,
      ],
      values: { p50Ms: one.medianMs, p99Ms: one.p99Ms, bytes },
    }, {
      what: `Scrapes per second from memory, ${stage.canPin ? "exporter on one core" : "cores not bound"}`,
      goal: `at least ${GOAL_RATE.toLocaleString("en")}/s`,
      figure: `${formatNumber(rate)}/s`,
      verdict: judge(rate >= GOAL_RATE),
      details: [
        `${formatNumber(perCpuSecond)} per second of the exporter's processor time; 8 connections, ${
          stage.canPin ? "the client on another core" : "no taskset, so nothing is bound to a core"
        }`,
        `exporter ${(exporterBusy * 100).toFixed(0)} % of a core, client ${
          (clientBusy * 100).toFixed(0)
        } %: ` +
        (clientBusy > BUSY && exporterBusy < BUSY
          ? "the client was the bottleneck, the exporter can give more"
          : exporterBusy > BUSY
          ? "the exporter was the bottleneck"
          : "neither was: others used the cores too"),
      ],
      values: { perSecond: rate, perCpuSecond, exporterBusy, clientBusy },
    }];
  },
};
