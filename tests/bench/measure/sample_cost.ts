/** Cost of a second's samples on the servers, as PostgreSQL counts it. */
import type { Server } from "../../../compose/lab/server.ts";
import { type Benchmark, judge, skippedRow } from "../row.ts";
import { formatNumber } from "../statistics.ts";

const WHAT = "PostgreSQL time of one server for the samples of one second";
const GOAL_MS = 0.02;
const GOAL = `at most ${GOAL_MS} ms`;
const FLAGS = ["--collect.interval=1h", "--consistency.interval=0s"];
/** Until the statements are planned and their plans kept, seconds. */
const WARM_SECONDS = 10;

/** Milliseconds of planning and execution of the exporter's statements, and their number, since the last reset. */
async function readSpent(server: Server): Promise<{ readonly ms: number; readonly calls: number }> {
  const [row] = await server.sql(`
    SELECT sum(total_exec_time + total_plan_time) AS ms, sum(calls) AS calls
    FROM pg_stat_statements AS statement JOIN pg_roles AS role ON role.oid = statement.userid
    WHERE rolname = 'monitor'`);
  return { ms: Number(row?.["ms"] ?? NaN), calls: Number(row?.["calls"] ?? NaN) };
}

/** Nothing but samples is sent: one collection at the start, the next an hour later. */
export const sampleCost: Benchmark = {
  name: "sample-cost",
  help: "PostgreSQL execution and planning time of the samples between collections",
  run: async (stage) => {
    const { cluster, isQuick, signal, withoutStatements } = stage;
    if (withoutStatements !== null) return [skippedRow(WHAT, { goal: GOAL, reason: withoutStatements })];
    const seconds = isQuick ? 20 : 60;
    await using _exporter = await stage.startExporter({ flags: FLAGS });
    const wait = (time: number) => new Promise((resolve) => setTimeout(resolve, time * 1000));
    await wait(WARM_SECONDS);
    for (const server of cluster.servers) await server.sql("SELECT pg_stat_statements_reset()");
    await wait(seconds);
    signal.throwIfAborted();
    const spent = await Promise.all(cluster.servers.map(readSpent));
    const perSecond = spent.map(({ ms }) => ms / seconds);
    const mean = perSecond.reduce((sum, ms) => sum + ms, 0) / perSecond.length;
    return [{
      what: WHAT,
      goal: GOAL,
      figure: `${formatNumber(mean)} ms on average`,
      verdict: judge(mean <= GOAL_MS),
      details: cluster.servers.map(({ name }, index) =>
        `${name}: ${formatNumber(perSecond[index] ?? NaN)} ms a second, ` +
        `${formatNumber((spent[index]?.calls ?? NaN) / seconds)} statements a second`
      ),
      values: { meanMs: mean, mostMs: Math.max(...perSecond) },
    }];
  },
};
