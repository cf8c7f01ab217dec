/** Time to the first good scrape, the first answers of a process, and the size of the binary. */
import { AS_PROMETHEUS, HttpClient } from "../http_client.ts";
import { type Benchmark, judge, type Row, skippedRow } from "../row.ts";
import type { Executables, ExporterOptions, Stage } from "../stage.ts";
import { formatMebibytes, formatNumber, formatSpread, median, pause } from "../statistics.ts";

const GOAL_MS = { source: 150, binary: 120 } as const;
const GOAL_FIRST = 1.5;
/** From the start to the first request: a person or a scrape comes later than this. */
const LISTENING_SECONDS = 3;
/** From one request to the next: longer than `--collect.max-age`, so that every one of them collects, as the first does. */
const PAUSE_SECONDS = 1.2;
const PATHS = [["the metrics", "/metrics"], ["the page", "/"]] as const;

/** What is measured: the sources, or the executables. */
interface Form {
  readonly name: string;
  readonly goalMs: number;
  readonly options: ExporterOptions;
  readonly floor?: string;
}

async function measureStart(stage: Stage, { name, goalMs, options, floor }: Form): Promise<Row> {
  const ours: number[] = [];
  const least: number[] = [];
  for (let index = -1; index < (stage.isQuick ? 3 : 9); index++) {
    await using exporter = await stage.startExporter(options);
    await using other = await stage.startFloor(floor);
    if (index < 0) continue; // the first one fills the caches
    ours.push(exporter.startMs);
    least.push(other.startMs);
  }
  return {
    what: `Start to first good scrape of all three, ${name}`,
    goal: `at most ${goalMs} ms`,
    figure: `${formatNumber(median(ours))} ms`,
    verdict: judge(median(ours) <= goalMs),
    details: [
      `half of ${ours.length} starts within ${formatSpread(ours)} ms, the slowest ${
        formatNumber(Math.max(...ours))
      } ms; the floor's answers after ${formatNumber(median(least))} ms`,
    ],
    values: { medianMs: median(ours), floorMs: median(least) },
  };
}

/** Milliseconds of one GET on a new connection. */
async function timeAnswer(port: number, path: string): Promise<number> {
  const before = performance.now();
  using client = await HttpClient.connect(port, { path, headers: AS_PROMETHEUS });
  await client.get();
  return performance.now() - before;
}

async function measureFirst(
  stage: Stage,
  { name, options }: Form,
  [what, path]: readonly [string, string],
): Promise<Row> {
  const firsts: number[] = [];
  const tenths: number[] = [];
  for (let round = 0; round < (stage.isQuick ? 2 : 5); round++) {
    await using exporter = await stage.startExporter({ ...options, isUntouched: true });
    await pause(LISTENING_SECONDS);
    const times: number[] = [];
    for (let index = 0; index < 12; index++) {
      times.push(await timeAnswer(exporter.port, path));
      await pause(PAUSE_SECONDS);
    }
    firsts.push(times[0] ?? NaN);
    tenths.push(median(times.slice(7)));
  }
  const ratio = median(firsts) / median(tenths);
  return {
    what: `First answer of a process with ${what}, against its tenth, ${name}`,
    goal: `at most ${GOAL_FIRST}`,
    figure: `${formatNumber(ratio)} (${formatNumber(median(firsts))} of ${formatNumber(median(tenths))} ms)`,
    verdict: judge(ratio <= GOAL_FIRST),
    details: [
      `asked ${LISTENING_SECONDS} s after it listens, each time on a new connection, half of the first within ` +
      `${formatSpread(firsts)} ms`,
    ],
    values: { ratio, firstMs: median(firsts), tenthMs: median(tenths) },
  };
}

async function measureSize({ exporter, floor }: Executables): Promise<Row> {
  const [{ size }, least] = await Promise.all([Deno.stat(exporter), Deno.stat(floor)]);
  return {
    what: "Size of the binary",
    goal: "",
    figure: formatMebibytes(size),
    verdict: "known",
    details: [
      `of which ${formatMebibytes(size - least.size)} more than the compiled floor: the rest is the runtime`,
    ],
    values: { bytes: size, ownBytes: size - least.size },
  };
}

async function measureForm(stage: Stage, form: Form): Promise<readonly Row[]> {
  const rows = [await measureStart(stage, form)];
  for (const path of PATHS) rows.push(await measureFirst(stage, form, path));
  return rows;
}

/** Starts repeatedly, exporter and floor in turn. */
export const start: Benchmark = {
  name: "start",
  help: "Start to first good scrape, and first answers, from source and of the binary; its size",
  run: async (stage) => {
    const source = await measureForm(stage, { name: "from source", goalMs: GOAL_MS.source, options: {} });
    const executables = await stage.executables();
    if (typeof executables === "string") {
      return [...source, skippedRow("The same of the binary", { goal: "", reason: executables })];
    }
    const binary = await measureForm(stage, {
      name: "binary",
      goalMs: GOAL_MS.binary,
      options: { binary: executables.exporter },
      floor: executables.floor,
    });
    return [...source, ...binary, await measureSize(executables)];
  },
};
