/** Cost of one collection on the servers, as PostgreSQL counts it. */
import type { Server } from "../../../compose/lab/server.ts";
import type { ChildServer } from "../child_server.ts";
import { HttpClient } from "../http_client.ts";
import { type Benchmark, judge, type Row, skippedRow } from "../row.ts";
import { ON_DEMAND, type Stage } from "../stage.ts";
import { formatNumber, formatSpread, median } from "../statistics.ts";

/** Maximum cost of a collection of all three servers, as a share of one scrape of the other exporter. */
const SHARE = 1 / 5;
const WHAT =
  "PostgreSQL execution time of a collection of all three, against a scrape of the other (primary alone)";
const GOAL = "at most 1/5 (0.2)";

/** Milliseconds of planning and execution so far, by role. */
async function readTotals(server: Server): Promise<ReadonlyMap<string, number>> {
  const rows = await server.sql(`
    SELECT rolname AS role, sum(total_exec_time + total_plan_time) AS total
    FROM pg_stat_statements AS statement JOIN pg_roles AS role ON role.oid = statement.userid GROUP BY rolname`);
  return new Map(rows.map(({ role, total }) => [String(role), Number(total)]));
}

async function scrape(exporter: ChildServer, times: number): Promise<void> {
  using client = await HttpClient.connect(exporter.port);
  for (let index = 0; index < times; index++) await client.get();
}

/** The most expensive statements of a role, one per line. */
async function describeDearest(
  server: Server,
  { role, scrapes, limit }: { readonly role: string; readonly scrapes: number; readonly limit: number },
): Promise<readonly string[]> {
  const rows = await server.sql(`
    SELECT calls, total_exec_time, total_plan_time, regexp_replace(query, '\\s+', ' ', 'g') AS text
    FROM pg_stat_statements AS statement JOIN pg_roles AS role ON role.oid = statement.userid
    WHERE rolname = '${role}' ORDER BY total_exec_time + total_plan_time DESC LIMIT ${limit}`);
  return rows.map(({ calls, total_exec_time, total_plan_time, text }) =>
    `  ${role} on ${server.name}: ${formatNumber(Number(total_exec_time) / scrapes)} ms executing, ` +
    `${formatNumber(Number(total_plan_time) / scrapes)} ms planning, ${
      formatNumber(Number(calls) / scrapes)
    } calls ` +
    `a scrape: ${String(text).trim().slice(0, 90)}`
  );
}

/** One round: the cost of each exporter per scrape, ms; ours by server. */
interface Round {
  readonly ours: readonly number[];
  readonly rival: number;
}

async function measure(
  stage: Stage,
  exporters: { readonly ours: ChildServer; readonly rival: ChildServer },
): Promise<Row[]> {
  const { servers, primary } = stage.cluster;
  const scrapes = stage.isQuick ? 10 : 20;
  const count = stage.isQuick ? 5 : 15;
  // Planning on a new connection is not part of the cost of a scrape.
  await Promise.all([scrape(exporters.ours, 10), scrape(exporters.rival, 10)]);
  for (const server of servers) await server.sql("SELECT pg_stat_statements_reset()");
  const rounds: Round[] = [];
  let before = await Promise.all(servers.map(readTotals));
  for (let index = 0; index < count; index++) {
    stage.signal.throwIfAborted();
    await scrape(exporters.ours, scrapes);
    await scrape(exporters.rival, scrapes);
    const after = await Promise.all(servers.map(readTotals));
    const spent = (role: string, server: number) =>
      ((after[server]?.get(role) ?? 0) - (before[server]?.get(role) ?? 0)) / scrapes;
    rounds.push({ ours: servers.map((_, server) => spent("monitor", server)), rival: spent("rival", 0) });
    before = after;
  }
  const sums = rounds.map(({ ours }) => ours.reduce((sum, each) => sum + each, 0));
  const rival = rounds.map((round) => round.rival);
  const onPrimary = rounds.map(({ ours }) => ours[0] ?? NaN);
  const ratios = rounds.map((round, index) => (sums[index] ?? NaN) / round.rival);
  const primaryRatios = rounds.map((round, index) => (onPrimary[index] ?? NaN) / round.rival);
  const ratio = median(ratios);
  const total = { scrapes: scrapes * count };
  return [{
    what: WHAT,
    goal: GOAL,
    figure: `${formatNumber(ratio)} (${formatNumber(median(sums))} of ${formatNumber(median(rival))} ms)`,
    verdict: judge(ratio <= SHARE),
    details: [
      `half of the ratios within ${formatSpread(ratios)}; planning included`,
      ...servers.map(({ name }, index) =>
        `  ${name}: ${formatNumber(median(rounds.map(({ ours }) => ours[index] ?? NaN)))} ms`
      ),
      ...await describeDearest(primary, { ...total, role: "monitor", limit: 5 }),
      ...servers.length > 1 && servers[1] !== undefined
        ? await describeDearest(servers[1], { ...total, role: "monitor", limit: 3 })
        : [],
      ...await describeDearest(primary, { ...total, role: "rival", limit: 3 }),
    ],
    values: { ratio, sumMs: median(sums), rivalMs: median(rival) },
  }, {
    what: "The same on the primary only, against the same scrape",
    goal: "",
    figure: `${formatNumber(median(primaryRatios))} (${formatNumber(median(onPrimary))} of ${
      formatNumber(median(rival))
    } ms)`,
    verdict: "known",
    details: [`half of the ratios within ${formatSpread(primaryRatios)}`],
    values: { ratio: median(primaryRatios), primaryMs: median(onPrimary) },
  }];
}

/** Compares pg_stat_statements' totals of the two exporters' roles. */
export const executionTime: Benchmark = {
  name: "execution-time",
  help: "PostgreSQL execution and planning time by pg_stat_statements, against the other exporter",
  run: async (stage) => {
    const reason = stage.withoutStatements ?? stage.withoutRival;
    if (reason !== null) return [skippedRow(WHAT, { goal: GOAL, reason })];
    await using ours = await stage.startExporter({ flags: ON_DEMAND });
    await using rival = await stage.startRival();
    return await measure(stage, { ours, rival });
  },
};
