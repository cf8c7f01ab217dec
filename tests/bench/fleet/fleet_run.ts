/** One run: an exporter watches a fleet while every server is probed every 15 s. */
import { type Memory, readCpuSeconds, readMemory } from "../process_usage.ts";
import { quantile } from "../statistics.ts";
import { SimulatedFleet } from "./fleet.ts";
import type { FleetCounts } from "./fleet_counters.ts";
import { FleetExporter, type FleetMode } from "./fleet_exporter.ts";
import type { FleetPlan } from "./fleet_plan.ts";
import { type Probe, probeEvenly } from "./prober.ts";
import type { FleetServer } from "./simulator.ts";

/** What to run. */
export interface FleetRunOptions<Seen> {
  /** The fleet. */
  readonly plan: Omit<FleetPlan, "port">;
  /** How the exporter learns of it. */
  readonly mode: FleetMode;
  /** How long to probe before the measuring, seconds. */
  readonly warmSeconds: number;
  /** How long to measure, seconds. */
  readonly seconds: number;
  /** Ends the run early. */
  readonly signal: AbortSignal;
  /** Called when the measuring begins. */
  readonly meanwhile?: (fleet: SimulatedFleet) => Promise<Seen>;
}

/** What it cost. */
export interface FleetFigures<Seen = unknown> {
  /** The servers. */
  readonly servers: readonly FleetServer[];
  /** Processor time of the exporter, as a share of one core. */
  readonly cpuShare: number;
  /** Memory of the exporter at the end. */
  readonly memory: Memory;
  /** Probes of servers that are up and answer in time. */
  readonly probes: readonly Probe[];
  /** Seconds from the start of the exporter until all servers that are up had a session; null when some never had. */
  readonly startSeconds: number | null;
  /** Counts from the start of the exporter to the measuring. */
  readonly starting: FleetCounts;
  /** Counts while measuring. */
  readonly counts: FleetCounts;
  /** What was seen meanwhile. */
  readonly seen: Seen | undefined;
}

/** Starts a fleet and an exporter, and measures. */
export async function runFleet<Seen>(options: FleetRunOptions<Seen>): Promise<FleetFigures<Seen>> {
  const { plan, mode, warmSeconds, seconds, signal, meanwhile } = options;
  await using fleet = await SimulatedFleet.start(plan);
  const { servers } = fleet;
  const begunAt = performance.now();
  await using exporter = await FleetExporter.start(servers, mode);
  const { origin, paths, child: { pid } } = exporter;
  const [startSeconds] = await Promise.all([
    secondsUntilConnected(fleet, { begunAt, seconds: warmSeconds }),
    probeEvenly(origin, paths, { seconds: warmSeconds, signal }),
  ]);
  const starting = await fleet.reset();
  const [before, startedAt] = [await readCpuSeconds(pid), performance.now()];
  const [probes, seen] = await Promise.all([
    probeEvenly(origin, paths, { seconds, signal }),
    meanwhile?.(fleet),
  ]);
  const cpuShare = (await readCpuSeconds(pid) - before) / ((performance.now() - startedAt) / 1000);
  const healthy = new Set(paths.filter((_, index) => servers[index]?.state === "up"));
  return {
    servers,
    cpuShare,
    memory: await readMemory(pid),
    probes: probes.filter(({ path }) => healthy.has(path)),
    startSeconds,
    starting,
    counts: await fleet.count(),
    seen,
  };
}

async function secondsUntilConnected(
  fleet: SimulatedFleet,
  { begunAt, seconds }: { readonly begunAt: number; readonly seconds: number },
): Promise<number | null> {
  const expected = fleet.servers.filter(({ state }) => state !== "refusing").length;
  for (;;) {
    const passed = (performance.now() - begunAt) / 1000;
    if ((await fleet.count()).connected >= expected) return passed;
    if (passed > seconds) return null;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A quantile of the time of probes, milliseconds. */
export function probeMs(probes: readonly Probe[], share: number): number {
  return quantile(probes.map(({ ms }) => ms), share);
}

/** Samples of primaries that were late, in 1,000. */
export function latePerThousand({ primarySamples, latePrimarySamples }: FleetCounts): number {
  return 1000 * latePrimarySamples / primarySamples;
}
