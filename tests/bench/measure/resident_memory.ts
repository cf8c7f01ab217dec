/** Resident memory: idle, and over thousands of collections. */
import { HttpClient } from "../http_client.ts";
import { type Memory, readMemory } from "../process_usage.ts";
import { type Benchmark, judge, type Row } from "../row.ts";
import { ON_DEMAND, type Stage } from "../stage.ts";
import { formatMebibytes, formatNumber } from "../statistics.ts";

const GOAL_BYTES = 80 * 1024 * 1024;
/** Growth up to this is noise: uncollected garbage varies by this much. */
const FLAT = 1.1;

/** The median of a few readings, a tenth of a second apart, to even out garbage collection. */
async function readSettled(pid: number): Promise<Memory> {
  const readings: Memory[] = [];
  for (let index = 0; index < 9; index++) {
    readings.push(await readMemory(pid));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return readings.sort((a, b) => a.resident - b.resident)[4] ?? readMemory(pid);
}

/** Scrapes before the idle period, each with a collection. */
const SCRAPES = 200;

/** An exporter that was scraped and is now idle. */
export interface Resting extends AsyncDisposable {
  /** Memory right after the start. */
  readonly fresh: Memory;
  /** Memory after the scrapes. */
  readonly scraped: Memory;
  /** Waits until it has been idle long enough. */
  read(): Promise<Memory>;
}

/**
 * Starts an exporter, scrapes it 200 times and leaves it idle: its own collections and samples continue.
 *
 * @param stage The stage.
 * @param binary A compiled binary; from source when absent.
 */
export async function startResting(stage: Stage, binary?: string): Promise<Resting> {
  const exporter = await stage.startExporter({
    flags: ["--collect.max-age=0s"],
    ...(binary === undefined ? {} : { binary }),
  });
  try {
    const fresh = await readSettled(exporter.pid);
    using client = await HttpClient.connect(exporter.port);
    for (let index = 0; index < SCRAPES; index++) await client.get();
    const scraped = await readMemory(exporter.pid);
    const until = performance.now() + (stage.isQuick ? 15_000 : 60_000);
    return {
      fresh,
      scraped,
      read: async () => {
        while (performance.now() < until) {
          stage.signal.throwIfAborted();
          await new Promise((resolve) => setTimeout(resolve, 250));
        }
        return await readSettled(exporter.pid);
      },
      [Symbol.asyncDispose]: () => exporter[Symbol.asyncDispose](),
    };
  } catch (error) {
    await exporter[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Waits for the idle period and returns a row.
 *
 * @param resting The exporter.
 * @param name "from source" or "binary".
 */
export async function restRow(resting: Resting, name: string): Promise<Row> {
  const rest = await resting.read();
  return {
    what: `Resident memory at rest with three servers, ${name}`,
    goal: `at most ${formatMebibytes(GOAL_BYTES)}`,
    figure: formatMebibytes(rest.resident),
    verdict: judge(rest.resident <= GOAL_BYTES),
    details: [
      `at rest: ${describeMemory(rest)}`,
      `right after the start ${
        formatMebibytes(resting.fresh.resident)
      }, after ${SCRAPES} scrapes without a pause ` +
      formatMebibytes(resting.scraped.resident),
    ],
    values: {
      residentBytes: rest.resident,
      anonymousBytes: rest.anonymous,
      freshBytes: resting.fresh.resident,
      scrapedBytes: resting.scraped.resident,
    },
  };
}

/** Formats memory and its private part. */
function describeMemory({ resident, anonymous }: Memory): string {
  return `${formatMebibytes(resident)}, of which ${
    formatMebibytes(anonymous)
  } its own, the rest pages of files`;
}

/** Reads the memory from the kernel when idle and after 1,000, 5,000 and 10,000 collections. */
export const residentMemory: Benchmark = {
  name: "memory",
  help: "Resident memory at rest and over 10,000 collections",
  run: async (stage) => {
    await using resting = await startResting(stage);
    const marks = stage.isQuick ? [200, 350, 500] : [1_000, 5_000, 10_000];
    await using exporter = await stage.startExporter({ flags: ON_DEMAND });
    using client = await HttpClient.connect(exporter.port);
    const readings: Memory[] = [];
    const start = performance.now();
    let done = 0;
    for (const mark of marks) {
      for (; done < mark; done++) {
        if (done % 100 === 0) stage.signal.throwIfAborted();
        await client.get();
      }
      readings.push(await readSettled(exporter.pid));
    }
    const perSecond = done / ((performance.now() - start) / 1000);
    const first = readings[0]?.resident ?? NaN;
    const last = readings[readings.length - 1]?.resident ?? NaN;
    return [await restRow(resting, "from source"), {
      what: `Resident memory over ${done.toLocaleString("en")} collections`,
      goal: `flat: up to ${FLAT} times that after ${marks[0]?.toLocaleString("en")}`,
      figure: `${formatNumber(last / first)} times`,
      verdict: judge(last / first <= FLAT),
      details: [
        ...readings.map((memory, index) =>
          `after ${marks[index]?.toLocaleString("en")}: ${describeMemory(memory)}`
        ),
        `${formatNumber(perSecond)} collections of three servers a second`,
      ],
      values: { growth: last / first, lastBytes: last },
    }];
  },
};
