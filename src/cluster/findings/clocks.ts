/**
 * Clocks that are far apart.
 *
 * @module
 */
import type { ServerSnapshot } from "../../domain/view.ts";
import type { Check } from "./check.ts";

/** Clocks kept by NTP agree within milliseconds; more than this is a clock that nobody keeps, seconds. */
const FAR_SECONDS = 2;

const clockOff: Check = {
  name: "clock_off",
  title: "The clocks of all servers agree with ours",
  looksAt: "clock_timestamp() against the exporter's clock at the moment of the reading",
  reads: ["server"],
  severities: ["warning"],
  meaning:
    "Our own lag needs no common clock, but whatever subtracts the times of two hosts is wrong by that much: " +
    "now() - pg_last_xact_replay_timestamp(), recovery_min_apply_delay, log files side by side.",
  remedy: "Run an NTP client (chronyd, systemd-timesyncd) on that host.",
  *find(view) {
    const off = view.servers.filter((server) => {
      const offset = server.up ? server.clockOffsetSeconds : undefined;
      return offset !== undefined && Math.abs(offset) > FAR_SECONDS + uncertaintyOf(server);
    });
    const isOurs = off.length > 1 && off.length === view.servers.filter(({ up }) => up).length && agree(off);
    for (const server of off) {
      const offset = server.clockOffsetSeconds ?? 0;
      yield {
        severity: "warning",
        server: server.server,
        subject: "",
        summary: `The clock of "${server.server}" is ${Math.abs(offset).toFixed(1)} s ${
          offset > 0 ? "ahead of" : "behind"
        } ours`,
        evidence: `offset ${offset.toFixed(3)} s, known to ${uncertaintyOf(server).toFixed(3)} s` +
          (isOurs ? "; all servers agree with each other: it is the exporter's own clock that is off" : ""),
        advice: `Check on ${
          isOurs ? "the exporter's host" : `the host of "${server.server}"`
        }: chronyc tracking, or timedatectl; run an NTP client`,
      };
    }
  },
};

/** Clocks. */
export const clockChecks: readonly Check[] = [clockOff];

/** The server read its clock between question and answer; nobody knows when. */
function uncertaintyOf({ runs }: ServerSnapshot): number {
  return (runs.find(({ collector }) => collector === "server")?.durationSeconds ?? 0) / 2;
}

function agree(servers: readonly ServerSnapshot[]): boolean {
  const offsets = servers.map(({ clockOffsetSeconds }) => clockOffsetSeconds ?? 0);
  return Math.max(...offsets) - Math.min(...offsets) < FAR_SECONDS;
}
