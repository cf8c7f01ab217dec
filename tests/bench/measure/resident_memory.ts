/** Memory: of a new process and of one that was used, against the floor; and over thousands of collections. */
import type { ChildServer } from "../child_server.ts";
import type { FloorProcess } from "../floor_process.ts";
import { HttpClient } from "../http_client.ts";
import { runLoad } from "../load_client.ts";
import { type Memory, readMemory } from "../process_usage.ts";
import { type Benchmark, judge, type Row, skippedRow } from "../row.ts";
import { type Executables, ON_DEMAND, type Stage } from "../stage.ts";
import { formatMebibytes, formatNumber, median, pause } from "../statistics.ts";

/** Largest ratios to the floor. */
const GOAL = { freshResident: 1.3, freshDirty: 1.6, usedDirty: 1.9 } as const;
/** Growth up to this is noise: uncollected garbage varies by this much. */
const FLAT = 1.1;
/** Long enough for what a process loads in the background after its start. */
const FRESH_SECONDS = 5;
const TABLE = "bench_checked";
const ROWS = 100_000;

/** The median of a few readings, a tenth of a second apart, to even out garbage collection. */
async function readSettled(pid: number): Promise<Memory> {
  const readings: Memory[] = [];
  for (let index = 0; index < 9; index++) {
    readings.push(await readMemory(pid));
    await pause(0.1);
  }
  return {
    resident: median(readings.map(({ resident }) => resident)),
    privateDirty: median(readings.map(({ privateDirty }) => privateDirty)),
  };
}

/** An exporter and the floor, as they are compared. */
interface Pair {
  readonly ours: ChildServer;
  readonly floor: FloorProcess;
}

async function readPair({ ours, floor }: Pair): Promise<{ readonly ours: Memory; readonly floor: Memory }> {
  const [own, least] = await Promise.all([readSettled(ours.pid), readSettled(floor.pid)]);
  return { ours: own, floor: least };
}

function against(
  floor: number,
  { ours, what, goal }: { readonly ours: number; readonly what: string; readonly goal: number },
): Row {
  const ratio = ours / floor;
  return {
    what,
    goal: `at most ${goal}`,
    figure: `${formatNumber(ratio)} (${formatMebibytes(ours)} of ${formatMebibytes(floor)})`,
    verdict: judge(ratio <= goal),
    values: { ratio, oursBytes: ours, floorBytes: floor },
  };
}

async function freshRows(stage: Stage, name: string, executables?: Executables): Promise<readonly Row[]> {
  const readings: { readonly ours: Memory; readonly floor: Memory }[] = [];
  for (let round = -1; round < (stage.isQuick ? 1 : 3); round++) {
    await using ours = await stage.startExporter(
      executables === undefined ? {} : { binary: executables.exporter },
    );
    await using floor = await stage.startFloor(executables?.floor);
    if (round < 0) continue; // the first one fills the caches
    await pause(FRESH_SECONDS);
    readings.push(await readPair({ ours, floor }));
  }
  const of = (who: "ours" | "floor", part: keyof Memory) => median(readings.map((pair) => pair[who][part]));
  return [
    against(of("floor", "resident"), {
      ours: of("ours", "resident"),
      what: `Resident memory after the first scrape, against the floor, ${name}`,
      goal: GOAL.freshResident,
    }),
    against(of("floor", "privateDirty"), {
      ours: of("ours", "privateDirty"),
      what: `Private dirty memory after the first scrape, against the floor, ${name}`,
      goal: GOAL.freshDirty,
    }),
  ];
}

/** Reads a stream until it is told to stop. */
async function follow(port: number, path: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal });
  try {
    for await (const _ of response.body ?? []);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function untilChecked(port: number, { standbys, signal }: {
  readonly standbys: number;
  readonly signal: AbortSignal;
}): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const checked = text.matchAll(
      new RegExp(`^pgrepl_consistency_rows_compared\\{.*${TABLE}.*\\} (\\d+)`, "gm"),
    );
    if ([...checked].filter(([, rows]) => Number(rows) >= ROWS).length === standbys) return;
    await pause(0.5);
  }
}

/** All that people and Prometheus do with an exporter. */
async function use({ ours }: Pair, stage: Stage): Promise<void> {
  const { port } = ours;
  const open = new AbortController();
  const opened = pause(stage.isQuick ? 10 : 60);
  await (await fetch(`http://127.0.0.1:${port}/`)).text();
  const streams = ["/api/v1/events?as=page", "/api/v1/events", "/api/v1/events"]
    .map((path) => follow(port, path, open.signal));
  using client = await HttpClient.connect(port);
  for (let index = 0; index < 1000; index++) {
    if (index % 100 === 0) stage.signal.throwIfAborted();
    await client.get();
  }
  await untilChecked(port, { standbys: stage.cluster.standbys.length, signal: stage.signal });
  await opened;
  open.abort();
  await Promise.all(streams);
  await runLoad(port, { seconds: stage.isQuick ? 3 : 10, connections: 8 });
  await pause(stage.isQuick ? 10 : 30);
}

async function usedRow(stage: Stage, name: string, executables?: Executables): Promise<Row> {
  await using ours = await stage.startExporter({
    flags: ["--collect.max-age=0s", `--consistency.table=public.${TABLE}`, "--consistency.interval=20s"],
    ...(executables === undefined ? {} : { binary: executables.exporter }),
  });
  await using floor = await stage.startFloor(executables?.floor);
  await use({ ours, floor }, stage);
  const memory = await readPair({ ours, floor });
  return {
    ...against(memory.floor.privateDirty, {
      ours: memory.ours.privateDirty,
      what: `Private dirty memory after use, against the floor, ${name}`,
      goal: GOAL.usedDirty,
    }),
    details: [
      `the page and two event streams for a minute, 1,000 scrapes, a check of ${
        ROWS.toLocaleString("en")
      } rows, a load test of 10 s; then 30 s alone; resident ${formatMebibytes(memory.ours.resident)}`,
    ],
  };
}

async function growthRow(stage: Stage): Promise<Row> {
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
  return {
    what: `Resident memory over ${done.toLocaleString("en")} collections`,
    goal: `flat: up to ${FLAT} times that after ${marks[0]?.toLocaleString("en")}`,
    figure: `${formatNumber(last / first)} times`,
    verdict: judge(last / first <= FLAT),
    details: [
      ...readings.map(({ resident, privateDirty }, index) =>
        `after ${marks[index]?.toLocaleString("en")}: ${formatMebibytes(resident)}, of which ${
          formatMebibytes(privateDirty)
        } private dirty`
      ),
      `${formatNumber(perSecond)} collections of three servers a second`,
    ],
    values: { growth: last / first, lastBytes: last },
  };
}

/** Reads the memory from the kernel, of both programs at the same time. */
export const residentMemory: Benchmark = {
  name: "memory",
  help: "Memory of a new process and after use, against the floor; over 10,000 collections",
  run: async (stage) => {
    const { primary } = stage.cluster;
    await primary.sql(`
      CREATE TABLE ${TABLE} AS SELECT id, md5(id::text) AS data FROM generate_series(1, ${ROWS}) AS id;
      ALTER TABLE ${TABLE} ADD PRIMARY KEY (id);
      GRANT SELECT ON ${TABLE} TO PUBLIC`);
    try {
      const executables = await stage.executables();
      const compiled = typeof executables === "string"
        ? [skippedRow("The same of the binary", { goal: "", reason: executables })]
        : [
          ...await freshRows(stage, "binary", executables),
          await usedRow(stage, "binary", executables),
        ];
      const name = "from source";
      return [
        ...await freshRows(stage, name),
        await usedRow(stage, name),
        ...compiled,
        await growthRow(stage),
      ];
    } finally {
      await primary.sql(`DROP TABLE ${TABLE}`);
    }
  },
};
