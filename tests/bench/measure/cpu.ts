/** CPU time of a collection, and of an idle exporter. */
import type { ChildServer } from "../child_server.ts";
import { AS_CURL, AS_PROMETHEUS, HttpClient, type ScrapeHeaders } from "../http_client.ts";
import { readCpuSeconds } from "../process_usage.ts";
import { type Benchmark, judge, type Row, skippedRow } from "../row.ts";
import { ON_DEMAND, type Stage } from "../stage.ts";
import { formatNumber, formatSpread, median, pause } from "../statistics.ts";

const GOAL = "at most 1";
const FORMS: readonly (readonly [string, ScrapeHeaders])[] = [
  ["plain text", AS_CURL],
  ["as Prometheus asks, gzip", AS_PROMETHEUS],
];

/**
 * Scrapes before the measurement, because both runtimes compile and cache frequently used code. At Prometheus's usual 15 s
 * they take an hour and a quarter.
 */
export const WARM_UP = 300;

/** CPU milliseconds per scrape. */
async function cost(server: ChildServer, scrapes: number, headers: ScrapeHeaders): Promise<number> {
  using client = await HttpClient.connect(server.port, { headers });
  const before = await readCpuSeconds(server.pid);
  for (let index = 0; index < scrapes; index++) await client.get();
  return (await readCpuSeconds(server.pid) - before) * 1000 / scrapes;
}

async function compare(
  stage: Stage,
  [form, headers]: readonly [string, ScrapeHeaders],
  exporters: { readonly ours: ChildServer; readonly rival: ChildServer },
): Promise<Row> {
  const scrapes = 100;
  const ours: number[] = [];
  const rival: number[] = [];
  const first = await cost(exporters.ours, scrapes, headers);
  await cost(exporters.ours, WARM_UP - scrapes, headers);
  await cost(exporters.rival, WARM_UP, headers);
  for (let round = 0; round < (stage.isQuick ? 3 : 9); round++) {
    stage.signal.throwIfAborted();
    ours.push(await cost(exporters.ours, scrapes, headers));
    rival.push(await cost(exporters.rival, scrapes, headers));
  }
  const ratio = median(ours) / median(rival);
  return {
    what:
      `Processor time of a collection of all three, scrape included, against the other's scrape (${form})`,
    goal: GOAL,
    figure: `${formatNumber(ratio)} (${formatNumber(median(ours))} of ${formatNumber(median(rival))} ms)`,
    verdict: judge(ratio <= 1),
    details: [
      `half of the rounds within ${formatSpread(ours)} ms, theirs ${formatSpread(rival)} ms; ` +
      `${scrapes} scrapes a round after ${WARM_UP}, of which the first ${scrapes} took ${
        formatNumber(first)
      } ms each`,
    ],
    values: { ratio, oursMs: median(ours), rivalMs: median(rival) },
  };
}

/** Cost of the lag clock's samples: the difference of two exporters that are not scraped. */
async function measureRest(stage: Stage): Promise<Row> {
  const seconds = stage.isQuick ? 5 : 20;
  const quiet = ["--collect.interval=1h"];
  await using sampling = await stage.startExporter({ flags: [...quiet, "--lag.sample-interval=100ms"] });
  await using still = await stage.startExporter({ flags: [...quiet, "--lag.sample-interval=1m"] });
  await pause(2);
  const read = () => Promise.all([readCpuSeconds(sampling.pid), readCpuSeconds(still.pid)]);
  const before = await read();
  await pause(seconds);
  const after = await read();
  const [busy = NaN, idle = NaN] = after.map((value, index) =>
    (value - (before[index] ?? NaN)) * 1000 / seconds
  );
  const sample = (busy - idle) / 10;
  return {
    what: "Processor time of the lag clock's sampler (one sample a second)",
    goal: "",
    figure: `${formatNumber(sample)} ms a second`,
    verdict: "known",
    details: [
      `measured at ten samples a second; the process at rest without it: ${formatNumber(idle)} ms a second`,
    ],
    values: { samplerMsPerSecond: sample, idleMsPerSecond: idle },
  };
}

/** Alternates after a hundred scrapes, because the kernel counts in steps of 10 ms. */
export const cpu: Benchmark = {
  name: "cpu",
  help: "Processor time of a collection, against the other exporter's scrape; the sampler apart",
  run: async (stage) => {
    const rows: Row[] = [];
    if (stage.withoutRival !== null) {
      rows.push(skippedRow("Processor time of a collection", { goal: GOAL, reason: stage.withoutRival }));
    } else {
      await using rival = await stage.startRival();
      for (const form of FORMS) {
        await using ours = await stage.startExporter({ flags: ON_DEMAND });
        rows.push(await compare(stage, form, { ours, rival }));
      }
    }
    return [...rows, await measureRest(stage)];
  },
};
