/** CPU time of the scrapes of a process that has served few, and of the thousandth. */
import { AS_CURL, AS_PROMETHEUS, HttpClient, type ScrapeHeaders } from "../http_client.ts";
import { readCpuSeconds } from "../process_usage.ts";
import { type Benchmark, judge, type Row, skippedRow } from "../row.ts";
import { ON_DEMAND, type Stage } from "../stage.ts";
import { formatNumber, median, pause } from "../statistics.ts";

/** A form of the scrape, and the largest ratio to the other exporter's. */
interface Form {
  readonly name: string;
  readonly headers: ScrapeHeaders;
  readonly goal: number;
}

const FORMS: readonly Form[] = [
  { name: "as Prometheus asks, gzip", headers: AS_PROMETHEUS, goal: 1 },
  { name: "plain text", headers: AS_CURL, goal: 1.1 },
];

/** A quarter of an hour of a new process, at Prometheus's usual 15 s. */
const FIRST = 60;
const LAST = 100;
const THOUSAND = 1000;
/**
 * Long enough that no scrape finds the work of another unfinished. The real 15 s are worse for us: measured once, on a busy
 * machine, the ratio was 1.9 with them and 1.6 with 0.3 s.
 */
const PAUSE_SECONDS = 0.1;

/** CPU milliseconds of one scrape. */
interface Cost {
  readonly first: number;
  readonly last: number;
}

async function costs({ pid, port }: { readonly pid: number; readonly port: number }, options: {
  readonly headers: ScrapeHeaders;
  readonly signal: AbortSignal;
}): Promise<Cost> {
  using client = await HttpClient.connect(port, options);
  const scrape = async (count: number, seconds: number) => {
    const before = await readCpuSeconds(pid);
    for (let index = 0; index < count; index++) {
      options.signal.throwIfAborted();
      await client.get();
      if (seconds > 0) await pause(seconds);
    }
    return (await readCpuSeconds(pid) - before) * 1000 / count;
  };
  const first = await scrape(FIRST, PAUSE_SECONDS);
  await scrape(THOUSAND - FIRST - LAST, 0);
  return { first, last: await scrape(LAST, 0) };
}

async function compare(stage: Stage, { name, headers, goal }: Form): Promise<readonly Row[]> {
  const pairs: { readonly ours: Cost; readonly rival: Cost }[] = [];
  for (let round = 0; round < (stage.isQuick ? 1 : 3); round++) {
    await using ours = await stage.startExporter({ flags: ON_DEMAND });
    await using rival = await stage.startRival();
    const options = { headers, signal: stage.signal };
    const [own, theirs] = await Promise.all([costs(ours, options), costs(rival, options)]);
    pairs.push({ ours: own, rival: theirs });
  }
  const row = (which: keyof Cost, scrapes: string): Row => {
    const own = median(pairs.map(({ ours }) => ours[which]));
    const theirs = median(pairs.map(({ rival }) => rival[which]));
    const ratio = own / theirs;
    return {
      what: `Processor time of a collecting scrape of all three, ${scrapes}, against the other's (${name})`,
      goal: `at most ${goal}`,
      figure: `${formatNumber(ratio)} (${formatNumber(own)} of ${formatNumber(theirs)} ms)`,
      verdict: judge(ratio <= goal),
      values: { ratio, oursMs: own, rivalMs: theirs },
    };
  };
  return [
    {
      ...row("first", `the first ${FIRST} of a process`),
      details: [
        `both at the same time, ${pairs.length} new processes each; ${PAUSE_SECONDS} s between the first ${FIRST} scrapes`,
      ],
    },
    row("last", `the last ${LAST} of a thousand`),
  ];
}

/** Runs both exporters at the same time, in new processes. */
export const coldScrape: Benchmark = {
  name: "cold-scrape",
  help: "Processor time of the first 60 scrapes of a process and of the thousandth",
  run: async (stage) => {
    if (stage.withoutRival !== null) {
      return [skippedRow("Processor time of the first scrapes", { goal: "", reason: stage.withoutRival })];
    }
    const rows: Row[] = [];
    for (const form of FORMS) rows.push(...await compare(stage, form));
    return rows;
  },
};
