/**
 * Runs the scenarios of the accuracy table, on as few clusters as possible.
 *
 * @module
 */
import { startCluster } from "../../compose/lab/cluster.ts";
import type { Server } from "../../compose/lab/server.ts";
import type { Cluster } from "../../compose/lab/topology.ts";
import type { Clock } from "../../src/domain/clock.ts";
import { valueOf, watchCluster } from "../live/watching.ts";
import { STANDBY_FAULTS } from "./faults.ts";
import { type Course, runDelayedWrite, runFailover, runMiddleDeath, runOrdeal } from "./ordeal.ts";
import { type Moment, type Score, scoreOf } from "./score.ts";
import { Stage } from "./stage.ts";
import { type Formula, FORMULAS } from "./usual.ts";

/** A measurement of the lag: ours, or a common formula. */
export type Way = "ours" | Formula;

/** Every measurement, in the order of the page. */
export const WAYS: readonly Way[] = ["ours", ...FORMULAS];

/** Result of one scenario. */
export interface Row<W extends string = Way> {
  /** Name on the command line. */
  readonly id: string;
  /** Title on the page. */
  readonly title: string;
  /** The largest true lag of the scenario, seconds. */
  readonly truthSeconds: number;
  /** Seconds from the end of the fault until ours reported recovery; null where nothing was healed. */
  readonly recoverySeconds: number | null;
  /** Score of each measurement. */
  readonly scores: Readonly<Record<W, Score>>;
}

/** Options of a run. */
export interface RunOptions {
  /** Names of scenarios; empty: all. */
  readonly only: readonly string[];
  /** PostgreSQL's major version. */
  readonly major: number;
  /** Aborts the run. */
  readonly signal: AbortSignal;
  /** Called with each step. */
  readonly progress: (message: string) => void;
}

/** Result of a run. */
export interface Outcome<R = Row> {
  /** PostgreSQL's version. */
  readonly version: string;
  /** Every row. */
  readonly rows: readonly R[];
}

/** Seconds each fault lasts. */
const FAULT_SECONDS = 14;
const RECOVERY_SECONDS = 20;
/** More than `--collect.max-age`, so that every scrape starts its own collection. */
const PERIOD_SECONDS = 1.25;
const IDLE_SECONDS = 30;
/** In the idle phase the clock of a second exporter runs faster by this factor: the idle seconds are ten minutes to it. */
const HASTE = 600 / IDLE_SECONDS;

const OTHERS: readonly (readonly [id: string, title: string])[] = [
  ["none", "No fault, the primary writes"],
  ["E8", "First write after 8 s without writes, applied 3 s late on purpose"],
  ["idle", `Primary idle for ${IDLE_SECONDS} s`],
  ["idle10", "Primary idle for ten minutes of the exporter's clock"],
  ["cascade", "Middle standby of a cascade dies; the standby behind it"],
  ["E5", "Failover; the standby left on the old timeline"],
];

/** Names and titles of all scenarios. */
export const SCENARIOS: readonly (readonly [id: string, title: string])[] = [
  ...STANDBY_FAULTS.map(({ id, title }) => [id, title] as const),
  ...OTHERS,
];

/** Runs scenarios. */
export async function runScenarios(options: RunOptions): Promise<Outcome> {
  const wanted = new Set(options.only.length > 0 ? options.only : SCENARIOS.map(([id]) => id));
  const rows: Row[] = [];
  let version = "";
  const withCluster = async (
    shape: { readonly standbys: number; readonly cascade?: boolean },
    body: (cluster: Cluster) => Promise<readonly Row[]>,
  ) => {
    options.progress(`Starting a cluster with ${shape.standbys} standbys`);
    await using cluster = await startCluster({
      ...shape,
      major: options.major,
      signal: options.signal,
      // Its commits are not among our rows, but a delayed standby lags behind them too.
      settings: { autovacuum: "off" },
    });
    version = cluster.binaries.version;
    rows.push(...await body(cluster));
  };
  const faults = STANDBY_FAULTS.filter(({ id }) => wanted.has(id));
  if (faults.length > 0 || wanted.has("none") || wanted.has("E8")) {
    await withCluster(
      { standbys: faults.length + 1 },
      (cluster) => runSideBySide(cluster, wanted, options),
    );
  }
  if (["idle", "idle10", "cascade", "E5"].some((id) => wanted.has(id))) {
    await withCluster({ standbys: 3, cascade: true }, (cluster) => runOneByOne(cluster, wanted, options));
  }
  const order = SCENARIOS.map(([id]) => id);
  return { version, rows: rows.toSorted((a, b) => order.indexOf(a.id) - order.indexOf(b.id)) };
}

function openStage(cluster: Cluster): Promise<Stage> {
  // The exporter's default; tests wait longer, and a frozen standby would hold up every answer.
  return Stage.open(cluster, { usual: true, periodSeconds: PERIOD_SECONDS, collect: { deadlineSeconds: 2 } });
}

async function runSideBySide(
  cluster: Cluster,
  wanted: ReadonlySet<string>,
  { progress }: RunOptions,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const [control, ...others] = cluster.standbys;
  if (control === undefined) return rows;
  await using stage = await openStage(cluster);
  const faults = new Map(
    STANDBY_FAULTS.filter(({ id }) => wanted.has(id)).flatMap((fault, index) => {
      const standby = others[index];
      return standby === undefined ? [] : [[standby, fault] as const];
    }),
  );
  if (faults.size > 0 || wanted.has("none")) {
    progress(`${[...faults.values(), { id: "none" }].map(({ id }) => id).join(", ")}, side by side`);
    const course = await runOrdeal(stage, faults, {
      seconds: FAULT_SECONDS,
      recoverySeconds: RECOVERY_SECONDS,
      mebibytes: 32,
    });
    for (const [standby, { id }] of faults) rows.push(rowOf(stage, { id, standby, course }));
    if (wanted.has("none")) rows.push(rowOf(stage, { id: "none", standby: control, course }));
  }
  if (wanted.has("E8")) {
    progress("E8");
    const course = await runDelayedWrite(stage, control, { delaySeconds: 3, idleSeconds: 8 });
    rows.push(rowOf(stage, { id: "E8", standby: control, course }));
  }
  return rows;
}

async function runOneByOne(
  cluster: Cluster,
  wanted: ReadonlySet<string>,
  { progress }: RunOptions,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const [goes, left, behind] = cluster.standbys;
  if (goes === undefined || left === undefined || behind === undefined) return rows;
  await using stage = await openStage(cluster);
  const lasts = { seconds: FAULT_SECONDS, recoverySeconds: RECOVERY_SECONDS };
  if (wanted.has("idle") || wanted.has("idle10")) {
    progress(`idle, for ${IDLE_SECONDS} s`);
    rows.push(...(await runIdle(stage, left)).filter(({ id }) => wanted.has(id)));
  }
  stage.markers.resume();
  if (wanted.has("cascade")) {
    progress("cascade");
    const course = await runMiddleDeath(stage, { goes, left: behind }, lasts);
    rows.push(rowOf(stage, { id: "cascade", standby: behind, course }));
  }
  if (wanted.has("E5")) {
    progress("E5");
    const course = await runFailover(stage, { goes, left }, lasts);
    rows.push(rowOf(stage, { id: "E5", standby: left, course }));
  }
  return rows;
}

/** Nothing is written; a second exporter with a faster clock monitors the same servers. */
async function runIdle(stage: Stage, standby: Server): Promise<readonly Row[]> {
  await stage.markers.untilVisible(stage.standbys);
  const from = performance.now() / 1000;
  await using hasty = watchCluster(stage.cluster, {
    clock: hastyClock(HASTE),
    collect: { deadlineSeconds: 40 },
  });
  const moments: Moment[] = [];
  const idle = stage.sampleFor(IDLE_SECONDS);
  while (performance.now() / 1000 < from + IDLE_SECONDS) {
    const families = await hasty.service.scrape();
    const said = valueOf(families, "pgrepl_standby_lag_seconds", { instance: standby.name }) ?? null;
    // The first answer is from before the primary was read.
    moments.push({ at: (performance.now() / 1000 - from) * HASTE, truth: { from: 0, to: 0 }, said });
    await new Promise((resolve) => setTimeout(resolve, 1000 * 4 / HASTE));
  }
  await idle;
  const nothing = scoreOf([]);
  const course: Course = { from, imposedAt: from, healedAt: from, recoveredAt: from };
  return [
    rowOf(stage, { id: "idle", standby, course }),
    {
      id: "idle10",
      title: titleOf("idle10"),
      truthSeconds: 0,
      recoverySeconds: null,
      scores: { ours: scoreOf(moments), received: nothing, last_replay: nothing, replay_lag: nothing },
    },
  ];
}

/** A clock that runs faster than the system's. */
export function hastyClock(haste: number): Clock {
  const origin = performance.now() / 1000;
  return {
    monotonic: () => origin + (performance.now() / 1000 - origin) * haste,
    wall: () => Date.now() / 1000,
    sleep: (seconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = () => {
          clearTimeout(timer);
          reject(signal?.reason);
        };
        const timer = setTimeout(() => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        }, Math.max(0, seconds * 1000 / haste));
        signal?.addEventListener("abort", onAbort, { once: true });
      }),
  };
}

function titleOf(id: string): string {
  return SCENARIOS.find(([each]) => each === id)?.[1] ?? id;
}

function rowOf(
  stage: Stage,
  { id, standby, course }: { readonly id: string; readonly standby: Server; readonly course: Course },
): Row {
  const { from, healedAt, recoveredAt } = course;
  // The time until a recovery is detected has its own column.
  const moments = (way: Way) =>
    stage.momentsOf(standby.name, way, from).filter(({ at }) => at <= healedAt || at >= recoveredAt);
  const score = (way: Way) => scoreOf(moments(way));
  return {
    id,
    title: titleOf(id),
    truthSeconds: Math.max(...moments("ours").map(({ truth }) => truth.from)),
    recoverySeconds: id === "none" || recoveredAt === healedAt ? null : recoveredAt - healedAt,
    scores: {
      ours: score("ours"),
      received: score("received"),
      last_replay: score("last_replay"),
      replay_lag: score("replay_lag"),
    },
  };
}
