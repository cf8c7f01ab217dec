/**
 * Servers on a timeline that their cluster has left.
 *
 * @module
 */
import { formatLsn, type Lsn } from "../../domain/lsn.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { timelineOf } from "./identity.ts";
import { receiverOf, saysItReceivesNothing, standsAtTarget } from "./receiver_facts.ts";
import type { ServerMemory } from "../memory/server_memory.ts";
import type { Timelines } from "./timelines.ts";

/**
 * Whether, and why, a server is stranded: it is a primary on an older timeline than another; or, as a standby or as a
 * primary that is gone, it has WAL beyond the place where its cluster's timeline left its own.
 *
 * A standby's timeline is certain while it streams. Without a receiver it may be reported too low after a switch that it
 * followed (`min_recovery_end_timeline`), so that it must also stand still.
 *
 * @param server The server.
 * @param newest The newest timeline of its cluster, see {@linkcode newestTimeline}; null when unknown.
 * @param known What is remembered of it; where the timelines of its cluster begin; whether it was stranded before: it
 * stays so until it is seen elsewhere.
 * @returns Why, as the end of a sentence; null when it is not stranded, or that is unknown.
 */
export function deriveStranded(
  server: ServerSnapshot,
  newest: number | null,
  { memory, timelines, wasStranded }: {
    readonly memory: ServerMemory;
    readonly timelines: Timelines;
    readonly wasStranded: boolean;
  },
): string | null {
  const place = lastPlaceOf(server, memory);
  if (newest === null || place === null || place.timeline >= newest || standsAtTarget(server)) return null;
  if (server.up && server.role === "primary") {
    return `it writes timeline ${place.timeline}, which its cluster has left for timeline ${newest}`;
  }
  if (server.role !== "primary" && !wasStranded && !isCertain(server, memory)) return null;
  const parting = timelines.parting({ ...place, newest });
  if (parting === null) return null;
  return `it is on timeline ${place.timeline} at ${formatLsn(place.position)}, beyond ${
    formatLsn(parting.at)
  }, where its cluster left it for timeline ${parting.timeline}`;
}

/** Where it was last seen: as a primary what it had written, as a standby (by its upstream, too) what it had applied. */
function lastPlaceOf(
  server: ServerSnapshot,
  memory: ServerMemory,
): { readonly timeline: number; readonly position: Lsn } | null {
  const { written, applied } = memory;
  const asStandby = written === null || (applied !== null && applied.at > written.at);
  const last = asStandby ? applied : written;
  const timeline = last?.timeline ?? timelineOf(server);
  return last === null || timeline === null ? null : { timeline, position: last.position };
}

/** The newest timeline that a server writes, or wrote when it was last reached; null when unknown. */
export function newestTimeline(servers: readonly ServerSnapshot[]): number | null {
  const timelines = servers
    .map((each) => each.role === "primary" ? timelineOf(each) : null)
    .filter((each) => each !== null);
  return timelines.length === 0 ? null : Math.max(...timelines);
}

function isCertain(standby: ServerSnapshot, memory: ServerMemory): boolean {
  if (receiverOf(standby)?.status === "streaming") return true;
  return saysItReceivesNothing(standby) && memory.replayBytesPerSecond === 0;
}

/** Whether pg_rewind can work on a server; null when that is not known. */
export function mayRewind(
  settings: { readonly dataChecksums: boolean; readonly walLogHints: boolean } | null,
): boolean | null {
  return settings === null ? null : settings.dataChecksums || settings.walLogHints;
}
