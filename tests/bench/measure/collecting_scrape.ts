/** Scrapes that collect, of our exporter and the other one in turn. */
import type { ChildServer } from "../child_server.ts";
import { AS_CURL, AS_PROMETHEUS, HttpClient, type ScrapeHeaders } from "../http_client.ts";
import { type Benchmark, judge, type Row, skippedRow } from "../row.ts";
import { ON_DEMAND } from "../stage.ts";
import { formatNumber, formatSpread, median, quantile } from "../statistics.ts";
import { WARM_UP } from "./cpu.ts";

const GOAL_RATIO = 0.7;
const GOAL = `at most ${GOAL_RATIO}`;
const FORMS: readonly (readonly [string, ScrapeHeaders])[] = [
  ["plain text", AS_CURL],
  ["as Prometheus asks, gzip", AS_PROMETHEUS],
];

async function timed(client: HttpClient): Promise<number> {
  const before = performance.now();
  await client.get();
  return performance.now() - before;
}

async function compare(
  [form, headers]: readonly [string, ScrapeHeaders],
  options: {
    readonly ours: ChildServer;
    readonly rival: ChildServer | null;
    readonly scrapes: number;
    readonly signal: AbortSignal;
  },
): Promise<Row> {
  using ourClient = await HttpClient.connect(options.ours.port, { headers });
  using rivalClient = options.rival === null
    ? null
    : await HttpClient.connect(options.rival.port, { headers });
  const ours: number[] = [];
  const rival: number[] = [];
  for (let index = -WARM_UP; index < options.scrapes; index++) {
    options.signal.throwIfAborted();
    const mine = await timed(ourClient);
    const theirs = rivalClient === null ? NaN : await timed(rivalClient);
    if (index < 0) continue;
    ours.push(mine);
    rival.push(theirs);
  }
  const what = `Scrape that collects all three, p50 against the other's of the primary (${form})`;
  const details = [
    `ours: half within ${formatSpread(ours)} ms, p95 ${formatNumber(quantile(ours, 0.95))} ms`,
  ];
  if (rivalClient === null) {
    return { what, goal: GOAL, figure: `${formatNumber(median(ours))} ms`, verdict: "skipped", details };
  }
  const ratio = median(ours) / median(rival);
  return {
    what,
    goal: GOAL,
    figure: `${formatNumber(ratio)} (${formatNumber(median(ours))} of ${formatNumber(median(rival))} ms)`,
    verdict: judge(ratio <= GOAL_RATIO),
    details: [
      ...details,
      `theirs: half within ${formatSpread(rival)} ms, p95 ${formatNumber(quantile(rival, 0.95))} ms`,
    ],
    values: { ratio, oursMs: median(ours), rivalMs: median(rival) },
  };
}

/** Alternates, scrape by scrape. */
export const collectingScrape: Benchmark = {
  name: "collecting-scrape",
  help: "Scrapes that trigger a collection of all three servers, against the other exporter's",
  run: async (stage) => {
    await using ours = await stage.startExporter({ flags: ON_DEMAND });
    await using rival = stage.withoutRival === null ? await stage.startRival() : null;
    const options = { ours, rival, scrapes: stage.isQuick ? 60 : 300, signal: stage.signal };
    const rows: Row[] = [];
    for (const form of FORMS) rows.push(await compare(form, options));
    return stage.withoutRival === null
      ? rows
      : [...rows, skippedRow("The other exporter's scrape", { goal: "", reason: stage.withoutRival })];
  },
};
