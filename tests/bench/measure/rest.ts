/** CPU time of an exporter that nobody scrapes, against the floor. */
import { readThreadSeconds } from "../process_usage.ts";
import { type Benchmark, judge, type Row } from "../row.ts";
import type { Stage } from "../stage.ts";
import { formatNumber, pause } from "../statistics.ts";

const GOAL_RATIO = 1.5;
const BUSY_ROWS_PER_SECOND = 20;

/** Milliseconds of CPU time that each process uses in a second, all measured at the same time. */
async function restOf(pids: readonly number[], seconds: number): Promise<readonly number[]> {
  const before = await Promise.all(pids.map(readThreadSeconds));
  await pause(seconds);
  const after = await Promise.all(pids.map(readThreadSeconds));
  return after.map((value, index) => (value - (before[index] ?? NaN)) * 1000 / seconds);
}

async function measure(stage: Stage, primary: string): Promise<Row> {
  await using ours = await stage.startExporter();
  await using floor = await stage.startFloor();
  // What runs every second is compiled by then, the first collections are done, and V8 has collected what the start left.
  await pause(stage.isQuick ? 5 : 60);
  stage.signal.throwIfAborted();
  const [own = NaN, least = NaN] = await restOf([ours.pid, floor.pid], stage.isQuick ? 15 : 60);
  return {
    what: `Processor time at rest with three servers, ${primary}, against the floor`,
    goal: `at most ${GOAL_RATIO}`,
    figure: `${formatNumber(own / least)} (${formatNumber(own)} of ${formatNumber(least)} ms a second)`,
    verdict: judge(own / least <= GOAL_RATIO),
    details: ["default settings: one sample a second; nobody scrapes, and both run at the same time"],
    values: { ratio: own / least, oursMsPerSecond: own, floorMsPerSecond: least },
  };
}

/** Runs beside the floor, with a primary that writes and with one that does not. */
export const rest: Benchmark = {
  name: "rest",
  help: "Processor time at rest, one sample a second, against the floor",
  run: async (stage) => {
    await stage.cluster.setLoad(BUSY_ROWS_PER_SECOND);
    try {
      const busy = await measure(stage, "busy primary");
      await stage.cluster.setLoad(0);
      return [busy, await measure(stage, "idle primary")];
    } finally {
      await stage.cluster.setLoad(0);
    }
  },
};
