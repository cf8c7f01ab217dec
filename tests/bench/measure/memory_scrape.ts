/** Scrapes answered from memory: latency, and rate per core. */
import { HttpClient } from "../http_client.ts";
import { runLoad } from "../load_client.ts";
import { readCpuSeconds } from "../process_usage.ts";
import { type Benchmark, judge } from "../row.ts";
import { formatNumber, formatSpread, median } from "../statistics.ts";

const GOAL_MS = 1;
const GOAL_RATE = 10_000;
/** A process that used more than this share of its time was saturated. */
const BUSY = 0.9;

/** One round of as many scrapes as possible. */
interface Burst {
  /** Scrapes per second. */
  readonly rate: number;
  /** Scrapes per second of the exporter's CPU time. */
  readonly perCpuSecond: number;
  /** Share of a core that the exporter used. */
  readonly exporterBusy: number;
  /** Share of a core that the client used. */
  readonly clientBusy: number;
}

/** Scrapes as fast as possible with the default settings, while a collection runs every second. */
export const memoryScrape: Benchmark = {
  name: "memory-scrape",
  help: "Scrapes answered from memory: median time and requests per second on one core",
  run: async (stage) => {
    const last = navigator.hardwareConcurrency - 1;
    const exporterCpu = stage.canPin ? { cpu: last } : {};
    const clientCpu = stage.canPin ? { cpu: 0 } : {};
    await using exporter = await stage.startExporter(exporterCpu);
    const seconds = 1.5;
    await runLoad(exporter.port, { seconds, connections: 8, ...clientCpu });
    const medians: number[] = [];
    const slow: number[] = [];
    const bursts: Burst[] = [];
    for (let round = 0; round < (stage.isQuick ? 2 : 5); round++) {
      stage.signal.throwIfAborted();
      const one = await runLoad(exporter.port, { seconds, connections: 1, ...clientCpu });
      medians.push(one.medianMs);
      slow.push(one.p99Ms);
      const before = await readCpuSeconds(exporter.pid);
      const many = await runLoad(exporter.port, { seconds, connections: 8, ...clientCpu });
      const cpu = await readCpuSeconds(exporter.pid) - before;
      bursts.push({
        rate: many.requests / many.seconds,
        perCpuSecond: many.requests / cpu,
        exporterBusy: cpu / many.seconds,
        clientBusy: many.clientCpuSeconds / many.seconds,
      });
    }
    using client = await HttpClient.connect(exporter.port);
    const bytes = await client.get();
    const of = (name: keyof Burst) => median(bursts.map((burst) => burst[name]));
    const [rate, perCpuSecond] = [of("rate"), of("perCpuSecond")];
    const [exporterBusy, clientBusy] = [of("exporterBusy"), of("clientBusy")];
    const p50Ms = median(medians);
    return [{
      what: "Scrape answered from memory, p50",
      goal: `under ${GOAL_MS} ms`,
      figure: `${formatNumber(p50Ms)} ms`,
      verdict: judge(p50Ms < GOAL_MS),
      details: [
        `p99 ${formatNumber(median(slow))} ms; page of ${bytes} bytes, uncompressed, one kept connection`,
      ],
      values: { p50Ms, p99Ms: median(slow), bytes },
    }, {
      what: "Scrapes from memory per second of one core's time",
      goal: `at least ${GOAL_RATE.toLocaleString("en")}/s`,
      // By CPU time, because on a shared machine wall time includes the load of others.
      figure: `${formatNumber(perCpuSecond)}/s (by the clock ${formatNumber(rate)}/s)`,
      verdict: judge(perCpuSecond >= GOAL_RATE),
      details: [
        `half of the rounds within ${
          formatSpread(bursts.map((burst) => burst.perCpuSecond))
        }/s, by the clock ` +
        `${formatSpread(bursts.map((burst) => burst.rate))}/s; 8 connections, ${
          stage.canPin ? "exporter and client bound to a core each" : "nothing bound to a core: no taskset"
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
