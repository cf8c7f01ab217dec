/** Resident memory: at rest, and over thousands of collections. */
import { HttpClient } from "../http_client.ts";
import { type Memory, readMemory } from "../process_usage.ts";
import { type Benchmark, judge } from "../row.ts";
import { ON_DEMAND, type Stage } from "../stage.ts";
import { formatMebibytes, formatNumber } from "../statistics.ts";

const GOAL_BYTES = 80 * 1024 * 1024;
/** Growth that is still flat: garbage not yet collected differs by that much from moment to moment. */
const FLAT = 1.1;

/** The median of a few readings, a tenth of a second apart: a garbage collector's moment is not what counts. */
async function readSettled(pid: number): Promise<Memory> {
  const readings: Memory[] = [];
  for (let index = 0; index < 9; index++) {
    readings.push(await readMemory(pid));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return readings.sort((a, b) => a.resident - b.resident)[4] ?? readMemory(pid);
}

/**
 * Memory at rest: 200 scrapes, half of them collecting, then a while without any.
 *
 * @param stage The stage.
 * @param binary A compiled binary; from source when absent.
 */
export async function measureAtRest(stage: Stage, binary?: string): Promise<Memory> {
  await using exporter = await stage.startExporter({
    flags: ["--collect.max-age=0s"],
    ...(binary === undefined ? {} : { binary }),
  });
  using client = await HttpClient.connect(exporter.port);
  for (let index = 0; index < 200; index++) await client.get();
  await new Promise((resolve) => setTimeout(resolve, stage.isQuick ? 3000 : 15_000));
  stage.signal.throwIfAborted();
  return await readSettled(exporter.pid);
}

/** Tells memory and the part of it that is the process's own. */
export function describeMemory({ resident, anonymous }: Memory): string {
  return `${formatMebibytes(resident)}, of which ${
    formatMebibytes(anonymous)
  } its own, the rest pages of files`;
}

/** Reads the kernel's count at rest and after 1,000, 5,000 and 10,000 collections. */
export const residentMemory: Benchmark = {
  name: "memory",
  help: "Resident memory at rest and over 10,000 collections",
  run: async (stage) => {
    const rest = await measureAtRest(stage);
    const marks = stage.isQuick ? [100, 250, 500] : [1_000, 5_000, 10_000];
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
    return [{
      what: "Resident memory at rest with three servers, from source",
      goal: `at most ${formatMebibytes(GOAL_BYTES)}`,
      figure: formatMebibytes(rest.resident),
      verdict: judge(rest.resident <= GOAL_BYTES),
      details: [describeMemory(rest)],
      values: { residentBytes: rest.resident, anonymousBytes: rest.anonymous },
    }, {
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
