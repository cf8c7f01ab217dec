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
 * Whether, and why, a server is stranded: it is a primary on an older timeline than another; or it is a standby, or an
 * unreachable primary, with WAL beyond the position where its cluster left its timeline.
 *
 * A standby's timeline is certain while it streams. Without a receiver it may report a timeline that is too low
 * (`min_recovery_end_timeline`), so its replay must also have stopped.
 *
 * @param server The server.
 * @param newest The newest timeline of its cluster, see {@linkcode newestTimeline}; null when unknown.
 * @param known What is remembered of it; where the timelines of its cluster begin; whether it was stranded before, which
 * it remains until it is seen elsewhere; whether it is a primary only by what was read before another one was promoted.
 * @returns Why, as the end of a sentence; null when it is not stranded, or unknown.
 */
export function deriveStranded(
  server: ServerSnapshot,
  newest: number | null,
  { memory, timelines, wasStranded, isDoubtful = false }: {
    readonly memory: ServerMemory;
    readonly timelines: Timelines;
    readonly wasStranded: boolean;
    readonly isDoubtful?: boolean;
  },
): string | null {
  const place = lastPlaceOf(server, memory);
  if (newest === null || place === null || place.timeline >= newest || standsAtTarget(server)) return null;
  if (server.up && server.role === "primary") {
    if (isDoubtful && !wasStranded) return null;
    return `it writes timeline ${place.timeline}, which its cluster has left for timeline ${newest}`;
  }
  if (server.role !== "primary" && !wasStranded && !isCertain(server, memory)) return null;
  const parting = timelines.parting({ ...place, newest });
  if (parting === null) return null;
  return `it is on timeline ${place.timeline} at ${formatLsn(place.position)}, beyond ${
    formatLsn(parting.at)
  }, where its cluster left it for timeline ${parting.timeline}`;
}

/** Its last known position: written as a primary, applied as a standby, as reported by itself or its upstream. */
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

/** The newest timeline that a server writes, or wrote when it was last reachable; null when unknown. */
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

/** Whether pg_rewind can work on a server; null when unknown. */
export function mayRewind(
  settings: { readonly dataChecksums: boolean; readonly walLogHints: boolean } | null,
): boolean | null {
  return settings === null ? null : settings.dataChecksums || settings.walLogHints;
}
