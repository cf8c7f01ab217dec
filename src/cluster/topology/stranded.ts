/**
 * Servers on a timeline that their cluster has left.
 *
 * @module
 */
import { formatLsn, type Lsn } from "../../domain/lsn.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { serverFact } from "./identity.ts";
import { receiverOf, saysItReceivesNothing } from "./receiver_facts.ts";
import type { ServerMemory } from "../memory/server_memory.ts";
import type { Timelines } from "./timelines.ts";

/** What is asked of a server. */
export interface StrandedInput {
  /** The server. */
  readonly server: ServerSnapshot;
  /** The servers of its cluster. */
  readonly group: readonly ServerSnapshot[];
  /** `system_identifier` of its cluster. */
  readonly systemIdentifier: string;
  /** What is remembered of it. */
  readonly memory: ServerMemory;
  /** Where the timelines of its cluster begin. */
  readonly timelines: Timelines;
  /** Whether it was stranded before: it stays so until it is seen elsewhere. */
  readonly wasStranded: boolean;
}

/**
 * Whether, and why, a server is stranded: it is a primary on an older timeline than another; or, as a standby or as a
 * primary that is gone, it has WAL beyond the place where its cluster's timeline left its own.
 *
 * A standby's timeline is certain while it streams. Without a receiver it may be told too low after a switch that it
 * followed (`min_recovery_end_timeline`), so that it must also stand still.
 *
 * @param input The server and what is known around it.
 * @returns Why, as the end of a sentence; null when it is not stranded, or that is not known.
 */
export function deriveStranded(
  { server, group, systemIdentifier, memory, timelines, wasStranded }: StrandedInput,
): string | null {
  const newest = newestTimeline(group);
  const place = placeOf(server, memory);
  if (newest === null || place === null || place.timeline >= newest) return null;
  if (server.up && server.role === "primary") {
    return `it writes timeline ${place.timeline}, which its cluster has left for timeline ${newest}`;
  }
  if (server.role !== "primary" && !wasStranded && !isCertain(server, memory)) return null;
  const parting = timelines.parting(systemIdentifier, { ...place, newest });
  if (parting === null) return null;
  return `it is on timeline ${place.timeline} at ${formatLsn(place.position)}, beyond ${
    formatLsn(parting.at)
  }, where its cluster left it for timeline ${parting.timeline}`;
}

/** Where it was last seen: as a primary what it had written, as a standby (by its upstream, too) what it had applied. */
function placeOf(
  server: ServerSnapshot,
  memory: ServerMemory,
): { readonly timeline: number; readonly position: Lsn } | null {
  const { lastWritten, applied } = memory;
  const asStandby = lastWritten === null || (applied !== null && applied.at > lastWritten.at);
  const last = asStandby ? applied : lastWritten;
  const timeline = last?.timeline ?? serverFact(server)?.timeline ?? null;
  return last === null || timeline === null ? null : { timeline, position: last.position };
}

/** The newest timeline that a server writes, or wrote when it was last reached. */
function newestTimeline(group: readonly ServerSnapshot[]): number | null {
  const timelines = group
    .map((each) => each.role === "primary" ? serverFact(each)?.timeline ?? null : null)
    .filter((each) => each !== null);
  return timelines.length === 0 ? null : Math.max(...timelines);
}

function isCertain(standby: ServerSnapshot, memory: ServerMemory): boolean {
  if (receiverOf(standby)?.status === "streaming") return true;
  return saysItReceivesNothing(standby) && memory.replay.bytesPerSecond === 0;
}
