/** A rack of servers vanishes at one moment, and comes back. */
import { judge, type Row } from "../row.ts";
import type { Stage } from "../stage.ts";
import { formatNumber } from "../statistics.ts";
import { QUIET, type SimulatedFleet } from "./fleet.ts";
import type { FleetCounts } from "./fleet_counters.ts";
import { latePerThousand, probeMs, runFleet } from "./fleet_run.ts";
import { PROBE_SECONDS } from "./prober.ts";
import type { FleetServer } from "./simulator.ts";

const GOAL_LATE_PER_THOUSAND = 1;
const GOAL_PROBE_MS = 100;
/** A server that is back is connected to again within its longest wait between attempts, and its turn. */
const GOAL_BACK_SECONDS = 10;
const GOAL_LOGINS = 16;

/** Every tenth server, so one of each of many clusters, a third of them primaries. */
function rackOf(servers: readonly FleetServer[]): readonly FleetServer[] {
  return servers.filter((_, index) => index % 10 === 0).slice(0, 100);
}

/** What is seen of a rack. */
interface Seen {
  readonly rack: readonly FleetServer[];
  /** Counts while it was gone. */
  readonly gone: FleetCounts;
  /** Counts from its return until all its servers were connected to. */
  readonly back: FleetCounts;
  /** How long that took, seconds; null when some were not in time. */
  readonly backSeconds: number | null;
}

async function watchRack(fleet: SimulatedFleet, seconds: number): Promise<Seen> {
  const rack = rackOf(fleet.servers);
  await fleet.set(rack, "silent");
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const gone = await fleet.reset();
  await fleet.set(rack, "up");
  const returnedAt = performance.now();
  for (;;) {
    const back = await fleet.count();
    const passed = (performance.now() - returnedAt) / 1000;
    if (back.connected === fleet.servers.length) return { rack, gone, back, backSeconds: passed };
    if (passed > seconds) return { rack, gone, back, backSeconds: null };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** How the exporter fares while they are gone and when they return. */
export async function rackRows({ isQuick, signal }: Stage): Promise<readonly Row[]> {
  const seconds = isQuick ? PROBE_SECONDS : 2 * PROBE_SECONDS;
  const { seen, probes, servers } = await runFleet({
    plan: { ...QUIET, clusters: isQuick ? 100 : 333 },
    mode: "probed",
    warmSeconds: 2 * PROBE_SECONDS,
    seconds: 2 * seconds,
    signal,
    meanwhile: (fleet) => watchRack(fleet, seconds),
  });
  if (seen === undefined) return [];
  const { rack, gone, back, backSeconds } = seen;
  const others = probes.filter(({ path }) => !rack.some(({ address }) => path.includes(`=${address}:`)));
  const [p99, late] = [probeMs(others, 0.99), latePerThousand(gone)];
  const name = `${rack.length} of ${servers.length.toLocaleString("en")} servers vanish at one moment`;
  return [{
    what: `${name}: samples of the other primaries late by more than 0.5 s`,
    goal: `at most ${GOAL_LATE_PER_THOUSAND} in 1,000`,
    figure: `${formatNumber(late)} in 1,000`,
    verdict: judge(late <= GOAL_LATE_PER_THOUSAND),
    details: [`longest gap ${formatNumber(gone.longestGapSeconds)} s, ${gone.connections} logins tried`],
    values: { latePerThousand: late },
  }, {
    what: `${name}: /probe of the others, p99`,
    goal: `under ${GOAL_PROBE_MS} ms`,
    figure: `${formatNumber(p99)} ms`,
    verdict: judge(p99 < GOAL_PROBE_MS),
    values: { p99Ms: p99 },
  }, {
    what: `${name}, and come back: until all are connected to`,
    goal: `within ${GOAL_BACK_SECONDS} s, at most ${GOAL_LOGINS} logins at a time`,
    figure: `${backSeconds === null ? "never" : formatNumber(backSeconds)} s, ${back.mostLogins} logins`,
    verdict: judge((backSeconds ?? Infinity) <= GOAL_BACK_SECONDS && back.mostLogins <= GOAL_LOGINS),
    values: { backSeconds: backSeconds ?? NaN, mostLogins: back.mostLogins },
  }];
}
