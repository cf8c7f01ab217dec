/** Routing checks, which a load balancer requests several times a second for every server. */
import { HttpClient } from "../http_client.ts";
import { type Benchmark, judge } from "../row.ts";
import { formatNumber, median } from "../statistics.ts";

const GOAL_MS = 1;

/** A standby of the stage, and typical limits of a load balancer. */
const PATH = "/servers/standby/replica?max_lag=1h&max_bytes=1GB";

/** One check after the other on an open connection, including the time of the client. */
export const routingCheck: Benchmark = {
  name: "routing-check",
  help: "Routing checks for load balancers: time of one",
  run: async (stage) => {
    await using exporter = await stage.startExporter({});
    using client = await HttpClient.connect(exporter.port, { path: PATH });
    const rounds = stage.isQuick ? 500 : 5000;
    for (let warm = 0; warm < rounds; warm++) await client.get();
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      if (round % 100 === 0) stage.signal.throwIfAborted();
      const before = performance.now();
      await client.get();
      times.push(performance.now() - before);
    }
    times.sort((a, b) => a - b);
    const p50Ms = median(times);
    const p99Ms = times[Math.floor(times.length * 0.99)] ?? NaN;
    return [{
      what: "Routing check, p50",
      goal: `well under ${GOAL_MS} ms`,
      figure: `${formatNumber(p50Ms)} ms`,
      verdict: judge(p50Ms < GOAL_MS / 2),
      details: [`p99 ${formatNumber(p99Ms)} ms; GET ${PATH}, one kept connection`],
      values: { p50Ms, p99Ms },
    }];
  },
};
