/** What a server more costs: the table of docs/FLEETS.md. */
import { QUIET } from "../fleet/fleet.ts";
import { latePerThousand, probeMs, runFleet } from "../fleet/fleet_run.ts";
import { PROBE_SECONDS } from "../fleet/prober.ts";
import type { Benchmark, Row } from "../row.ts";
import { formatMebibytes, formatNumber } from "../statistics.ts";
import { describeRun, formatShare } from "./fleet.ts";

/** Clusters of three servers; one exporter probes up to 1,000 servers, more are configured. */
const SIZES = [
  { clusters: 3, mode: "probed" },
  { clusters: 33, mode: "probed" },
  { clusters: 100, mode: "probed" },
  { clusters: 333, mode: "probed" },
  { clusters: 1000, mode: "configured" },
] as const;

/** Measures each size. */
export const fleetCurve: Benchmark = {
  name: "fleet-curve",
  help: "9 to 3,000 simulated servers in one exporter, for docs/FLEETS.md; only when named",
  isByNameOnly: true,
  run: async ({ isQuick, signal, progress }) => {
    const rows: Row[] = [];
    for (const { clusters, mode } of isQuick ? SIZES.slice(0, 3) : SIZES) {
      const run = await runFleet({
        plan: { ...QUIET, clusters },
        mode,
        warmSeconds: 3 * PROBE_SECONDS,
        seconds: (isQuick ? 1 : 4) * PROBE_SECONDS,
        signal,
      });
      const { servers, cpuShare, memory, probes, counts } = run;
      const [p50, p99, late] = [probeMs(probes, 0.5), probeMs(probes, 0.99), latePerThousand(counts)];
      const row: Row = {
        what: `${servers.length.toLocaleString("en")} servers, ${mode}`,
        goal: "",
        figure:
          `${formatShare(cpuShare)}, ${formatMebibytes(memory.resident)}, p50 ${formatNumber(p50)} ms, ` +
          `p99 ${formatNumber(p99)} ms, ${formatNumber(late)} late in 1,000`,
        verdict: "known",
        details: [describeRun(run)],
        values: { cpuShare, residentBytes: memory.resident, p50Ms: p50, p99Ms: p99, latePerThousand: late },
      };
      progress(`  ${row.what}: ${row.figure}`);
      rows.push(row);
    }
    return rows;
  },
};
