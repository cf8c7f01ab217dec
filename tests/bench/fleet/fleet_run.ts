/** One run: an exporter watches a fleet while every server is probed every 15 s. */
import { type Memory, readCpuSeconds, readMemory } from "../process_usage.ts";
import { SimulatedFleet } from "./fleet.ts";
import type { FleetCounts } from "./fleet_counters.ts";
import { FleetExporter, type FleetMode } from "./fleet_exporter.ts";
import type { FleetPlan } from "./fleet_plan.ts";
import { PROBE_SECONDS, probeEvenly, type ProbeTimes } from "./prober.ts";

/** What to run. */
export interface FleetRunOptions {
  /** The fleet. */
  readonly plan: Omit<FleetPlan, "port">;
  /** How the exporter learns of it. */
  readonly mode: FleetMode;
  /** How long to measure, after two rounds of probes, seconds. */
  readonly seconds: number;
  /** Ends the run early. */
  readonly signal: AbortSignal;
  /** Called when the measuring begins. */
  readonly meanwhile?: (fleet: SimulatedFleet) => Promise<void>;
}

/** What it cost. */
export interface FleetFigures {
  /** Number of servers. */
  readonly servers: number;
  /** Processor time of the exporter, as a share of one core. */
  readonly cpuShare: number;
  /** The same of the simulator. */
  readonly simulatorShare: number;
  /** Memory of the exporter at the end. */
  readonly memory: Memory;
  /** The probes. */
  readonly probes: ProbeTimes;
  /** Counts from the start of the exporter to the measuring. */
  readonly starting: FleetCounts;
  /** Counts while measuring. */
  readonly counts: FleetCounts;
}

/** Starts a fleet and an exporter, and measures. */
export async function runFleet(options: FleetRunOptions): Promise<FleetFigures> {
  const { plan, mode, seconds, signal, meanwhile } = options;
  await using fleet = await SimulatedFleet.start(plan);
  await using exporter = await FleetExporter.start(fleet.servers, mode);
  const { origin, paths, child: { pid } } = exporter;
  await probeEvenly(origin, paths, { seconds: 2 * PROBE_SECONDS, signal });
  const starting = await fleet.count();
  const [before, simulatorBefore, startedAt] = [
    await readCpuSeconds(pid),
    await readCpuSeconds(fleet.pid),
    performance.now(),
  ];
  const [probes] = await Promise.all([probeEvenly(origin, paths, { seconds, signal }), meanwhile?.(fleet)]);
  const passed = (performance.now() - startedAt) / 1000;
  return {
    servers: fleet.servers.length,
    cpuShare: (await readCpuSeconds(pid) - before) / passed,
    simulatorShare: (await readCpuSeconds(fleet.pid) - simulatorBefore) / passed,
    memory: await readMemory(pid),
    probes,
    starting,
    counts: await fleet.count(),
  };
}
