/** A thousand simulated servers in one exporter. */
import { QUIET, TROUBLED } from "../fleet/fleet.ts";
import type { FleetMode } from "../fleet/fleet_exporter.ts";
import { type FleetFigures, latePerThousand, probeMs, runFleet } from "../fleet/fleet_run.ts";
import { PROBE_SECONDS } from "../fleet/prober.ts";
import { type Benchmark, judge, type Row } from "../row.ts";
import type { Stage } from "../stage.ts";
import { formatMebibytes, formatNumber } from "../statistics.ts";
import { rackRows } from "../fleet/rack.ts";

const GOAL_CPU_SHARE = 0.35;
const GOAL_BYTES = 220 * 1024 * 1024;
const GOAL_PROBE_MS = 100;
const GOAL_LATE_PER_THOUSAND = 1;
const GOAL_LOGINS = 16;
/** Above this share of a core a process may be short of time. */
const SATURATED = 0.8;

/** Twice the standbys may cost this much more. */
const LINEAR = 2.3;
/** Slots of the fleet with many slots. */
const SLOTS = 10_000;

/** How long to probe and to measure, and how many clusters there are. */
function sizesOf({ isQuick }: Stage) {
  return isQuick
    ? { clusters: 100, warmSeconds: 2 * PROBE_SECONDS, seconds: PROBE_SECONDS }
    : { clusters: 333, warmSeconds: 2 * PROBE_SECONDS, seconds: 4 * PROBE_SECONDS };
}

/** As text: a share of one core. */
export function formatShare(share: number): string {
  return `${formatNumber(share * 100)} % of a core`;
}

/** Times of probes and lateness, in one line. */
export function describeRun({ probes, counts }: FleetFigures): string {
  const failed = probes.filter(({ isOk }) => !isOk).length;
  return `probes p50 ${formatNumber(probeMs(probes, 0.5))} ms, p99 ${
    formatNumber(probeMs(probes, 0.99))
  } ms` +
    `${failed === 0 ? "" : `, ${failed} of ${probes.length} failed`}; ` +
    `of ${counts.primarySamples} samples of primaries ${counts.latePrimarySamples} late, of ` +
    `${counts.standbySamples} of standbys ${counts.lateStandbySamples}, longest gap ` +
    `${formatNumber(counts.longestGapSeconds)} s`;
}

async function fleetRows(stage: Stage, mode: FleetMode): Promise<readonly Row[]> {
  const { clusters, ...times } = sizesOf(stage);
  const run = await runFleet({ plan: { ...TROUBLED, clusters }, mode, ...times, signal: stage.signal });
  const { servers, cpuShare, memory, probes, counts, starting, startSeconds } = run;
  const name = `${servers.length.toLocaleString("en")} servers, ${mode}`;
  const [p99, late] = [probeMs(probes, 0.99), latePerThousand(counts)];
  return [{
    what: `${name}: processor time`,
    goal: `at most ${formatShare(GOAL_CPU_SHARE)}`,
    figure: formatShare(cpuShare),
    verdict: judge(cpuShare <= GOAL_CPU_SHARE),
    details: [
      `${clusters} clusters, each server probed every ${PROBE_SECONDS} s; 1 % dead, 1 % slow, a failover every 10 s`,
      describeRun(run),
    ],
    values: { cpuShare },
  }, {
    what: `${name}: resident memory`,
    goal: `at most ${formatMebibytes(GOAL_BYTES)}`,
    figure: formatMebibytes(memory.resident),
    verdict: judge(memory.resident <= GOAL_BYTES),
    details: [`${formatMebibytes(memory.privateDirty)} private dirty`],
    values: { residentBytes: memory.resident, privateDirtyBytes: memory.privateDirty },
  }, {
    what: `${name}: /probe, p99`,
    goal: `under ${GOAL_PROBE_MS} ms`,
    figure: `${formatNumber(p99)} ms`,
    verdict: judge(p99 < GOAL_PROBE_MS && probes.every(({ isOk }) => isOk)),
    values: { p50Ms: probeMs(probes, 0.5), p99Ms: p99 },
  }, {
    what: `${name}: samples of primaries late by more than 0.5 s`,
    goal: `at most ${GOAL_LATE_PER_THOUSAND} in 1,000`,
    figure: `${formatNumber(late)} in 1,000`,
    verdict: judge(late <= GOAL_LATE_PER_THOUSAND),
    values: { latePerThousand: late, samples: counts.primarySamples },
  }, {
    what: `${name}: logins at a time after the start`,
    goal: `at most ${GOAL_LOGINS}`,
    figure: `${starting.mostLogins}, all within ${
      startSeconds === null ? "-" : formatNumber(startSeconds)
    } s`,
    verdict: judge(starting.mostLogins <= GOAL_LOGINS && startSeconds !== null),
    values: { mostLogins: starting.mostLogins, startSeconds: startSeconds ?? NaN },
  }, {
    what: `${name}: sessions of one server at a time`,
    goal: "1",
    figure: `${Math.max(starting.mostSessions, counts.mostSessions)}`,
    verdict: judge(Math.max(starting.mostSessions, counts.mostSessions) === 1),
  }];
}

async function standbyRows({ isQuick, signal }: Stage): Promise<readonly Row[]> {
  const shares: number[] = [];
  const details: string[] = [];
  for (const standbys of isQuick ? [50, 100] : [50, 100, 200, 400]) {
    const run = await runFleet({
      plan: { ...QUIET, clusters: 1, standbys },
      mode: "probed",
      warmSeconds: PROBE_SECONDS + 5,
      seconds: isQuick ? PROBE_SECONDS : 2 * PROBE_SECONDS,
      signal,
    });
    shares.push(run.cpuShare);
    details.push(`${standbys}: ${formatShare(run.cpuShare)}, ${describeRun(run)}`);
  }
  const growth = Math.max(...shares.slice(1).map((share, index) => share / (shares[index] ?? NaN)));
  // A process that has no more time cannot take twice as much.
  const isSaturated = shares.some((share) => share > SATURATED);
  return [{
    what: `One primary with ${isQuick ? "50 and 100" : "50, 100, 200 and 400"} standbys, probed`,
    goal: `each time up to ${LINEAR} times as much`,
    figure: `${shares.map((share) => formatNumber(share * 100)).join(", ")} %, ${formatNumber(growth)} times`,
    verdict: judge(growth <= LINEAR && !isSaturated),
    details,
    values: { growth },
  }];
}

async function slotRows({ isQuick, signal }: Stage): Promise<readonly Row[]> {
  const clusters = isQuick ? 20 : 100;
  const run = await runFleet({
    plan: { ...QUIET, clusters, otherSlots: SLOTS / 100 },
    mode: "probed",
    warmSeconds: PROBE_SECONDS + 5,
    seconds: 2 * PROBE_SECONDS,
    signal,
  });
  const p99 = probeMs(run.probes, 0.99);
  return [{
    what: `${(clusters * SLOTS / 100).toLocaleString("en")} slots on ${clusters} primaries: /probe, p99`,
    goal: `under ${GOAL_PROBE_MS} ms`,
    figure: `${formatNumber(p99)} ms`,
    verdict: judge(p99 < GOAL_PROBE_MS),
    details: [`${formatShare(run.cpuShare)}, ${formatMebibytes(run.memory.resident)}; ${describeRun(run)}`],
    values: { p99Ms: p99, cpuShare: run.cpuShare, residentBytes: run.memory.resident },
  }];
}

/** One exporter, many simulated servers. */
export const fleet: Benchmark = {
  name: "fleet",
  help: "1,000 simulated servers in one exporter, many standbys, many slots, and a rack that vanishes",
  run: async (stage) => [
    ...await fleetRows(stage, "probed"),
    ...await fleetRows(stage, "configured"),
    ...await standbyRows(stage),
    ...await slotRows(stage),
    ...await rackRows(stage),
  ],
};
