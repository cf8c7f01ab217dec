/**
 * Clocks that are far apart.
 *
 * @module
 */
import type { ServerSnapshot } from "../../domain/view.ts";
import type { Check } from "./check.ts";
import { distinctServers } from "./view_queries.ts";

/** Clocks synchronized by NTP agree within milliseconds; more than this is not synchronized, seconds. */
const FAR_SECONDS = 2;

/** Clocks. */
export const clockChecks: readonly Check[] = [{
  name: "clock_off",
  title: "The clocks of all servers agree with the exporter's clock",
  looksAt: "clock_timestamp() against the exporter's clock at the moment of the reading",
  reads: ["server"],
  comparesAll: true,
  severities: ["warning"],
  meaning:
    "The exporter's lag needs no common clock, but anything that subtracts the times of two hosts is wrong by that much: " +
    "now() - pg_last_xact_replay_timestamp(), recovery_min_apply_delay, a comparison of log files.",
  steps: ["Run an NTP client (chronyd, systemd-timesyncd) on that host."],
  *find(view) {
    const off = distinctServers(view).filter((server) => {
      const offset = server.up ? server.clockOffsetSeconds : undefined;
      return offset !== undefined && Math.abs(offset) > FAR_SECONDS + uncertaintyOf(server);
    });
    const isOurs = off.length > 1 && off.length === distinctServers(view).filter(({ up }) => up).length &&
      agree(off);
    const host = (server: string) => isOurs ? "the exporter's host" : `the host of "${server}"`;
    for (const server of off) {
      const offset = server.clockOffsetSeconds ?? 0;
      const apart = `${Math.abs(offset).toFixed(1)} s ${offset > 0 ? "ahead of" : "behind"}`;
      yield {
        severity: "warning",
        server: server.server,
        summary: `The clock of "${server.server}" is ${apart} the exporter's clock`,
        evidence: `offset ${offset.toFixed(3)} s, known to ${uncertaintyOf(server).toFixed(3)} s` +
          (isOurs ? "; all servers agree with each other: the exporter's own clock is off" : ""),
        advice: `Check on ${host(server.server)}: chronyc tracking, or timedatectl; run an NTP client`,
      };
    }
  },
}];

/** The server read its clock at an unknown moment between question and answer. */
function uncertaintyOf({ runs }: ServerSnapshot): number {
  return (runs.find(({ collector }) => collector === "server")?.durationSeconds ?? 0) / 2;
}

function agree(servers: readonly ServerSnapshot[]): boolean {
  const offsets = servers.map(({ clockOffsetSeconds }) => clockOffsetSeconds ?? 0);
  return Math.max(...offsets) - Math.min(...offsets) < FAR_SECONDS;
}
