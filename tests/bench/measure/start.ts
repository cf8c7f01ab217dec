/** Time to the first good scrape, from source and as a binary. */
import { compile, DEFAULT_OUTPUT, NoDenortError } from "../../../compose/build/compile.ts";
import { type Benchmark, judge, type Row, skippedRow } from "../row.ts";
import type { Stage } from "../stage.ts";
import { formatMebibytes, formatNumber, formatSpread, median } from "../statistics.ts";
import { restRow, startResting } from "./resident_memory.ts";

const GOAL_MS = 500;
/** Timeout for the download of `denort`. */
const DOWNLOAD_MS = 30_000;

async function measureStart(stage: Stage, binary?: string): Promise<Row> {
  const options = binary === undefined ? {} : { binary };
  const times: number[] = [];
  for (let index = -1; index < (stage.isQuick ? 3 : 9); index++) {
    await using exporter = await stage.startExporter(options);
    if (index >= 0) times.push(exporter.startMs); // the first one fills the caches
  }
  return {
    what: `Start to first good scrape of all three, ${binary === undefined ? "from source" : "binary"}`,
    goal: `under ${GOAL_MS} ms`,
    figure: `${formatNumber(median(times))} ms`,
    verdict: judge(median(times) < GOAL_MS),
    details: [
      `half of ${times.length} starts within ${formatSpread(times)} ms, the slowest ${
        formatNumber(Math.max(...times))
      } ms`,
    ],
    values: { medianMs: median(times) },
  };
}

/** A binary of the current sources in `directory`; else why there is none. */
async function makeBinary(
  directory: string,
): Promise<{ readonly path: string } | { readonly reason: string }> {
  const path = `${directory}/pg-replication-exporter`;
  try {
    await compile({ output: path, signal: AbortSignal.timeout(DOWNLOAD_MS) });
    return { path };
  } catch (error) {
    if (!(error instanceof NoDenortError)) throw error;
    const built = await Deno.stat(DEFAULT_OUTPUT).catch(() => null);
    return built?.isFile ? { path: DEFAULT_OUTPUT } : { reason: "no denort: set DENORT_BIN and DENORT_DENO" };
  }
}

async function measureBinary(stage: Stage): Promise<readonly Row[]> {
  const directory = await Deno.makeTempDir({ prefix: "pgrepl-bench-" });
  try {
    const made = await makeBinary(directory);
    if ("reason" in made) {
      return [skippedRow("Start and resident memory of the binary", { goal: "", reason: made.reason })];
    }
    await using resting = await startResting(stage, made.path);
    const start = await measureStart(stage, made.path);
    const { size } = await Deno.stat(made.path);
    const details = [...start.details ?? [], `size of the file: ${formatMebibytes(size)}`];
    return [{ ...start, details }, await restRow(resting, "binary")];
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Starts repeatedly. */
export const start: Benchmark = {
  name: "start",
  help: "Start to first good scrape, from source and of the binary; the binary's memory at rest",
  run: async (stage) => [await measureStart(stage), ...await measureBinary(stage)],
};
