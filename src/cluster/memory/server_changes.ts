/**
 * What has changed on one server from one collection to the next.
 *
 * @module
 */
import { joinNames } from "../../domain/quantities.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import type { Happening } from "./event_memory.ts";
import { serverFact, timelineOf } from "../topology/identity.ts";
import { isLostSlot } from "../../domain/slot.ts";

/** Slots lost at one moment up to here are reported one by one. */
const FEW_LOST = 3;

/** What was known of a server before. */
export interface Before {
  /** The latest snapshot. */
  readonly latest: ServerSnapshot;
  /** The latest snapshot with the server up; null when there is none. */
  readonly reached: ServerSnapshot | null;
}

/**
 * Whether a server has been promoted: it was a standby and is a primary, or it writes a later timeline than before.
 *
 * @param before The latest earlier snapshot with the server up.
 * @param now A snapshot with the server up.
 */
export function wasPromoted(before: ServerSnapshot, now: ServerSnapshot): boolean {
  if (now.role !== "primary") return false;
  if (before.role === "standby") return true;
  return (timelineOf(now) ?? 0) > (timelineOf(before) ?? Infinity);
}

/**
 * Whether a standby is as it was, as far as its cluster is concerned: it feeds nobody, and receives from where it did.
 *
 * @param now Its latest snapshot.
 * @param before The one before; null when there is none.
 */
export function isAsBefore(now: ServerSnapshot, before: ServerSnapshot | null): boolean {
  const [its, was] = [standingOf(now), before === null ? null : standingOf(before)];
  return its !== null && its === was;
}

/** Where it is in its cluster, as text; null for anything but a standby that feeds nobody. */
function standingOf(server: ServerSnapshot): string | null {
  const { up, role, cluster, address, facts: { senders, receiver, recovery } } = server;
  const fact = serverFact(server);
  if (!up || role !== "standby" || fact === null || senders?.length !== 0) return null;
  const { systemIdentifier, startUnixSeconds, timeline } = fact;
  const { status, slot, senderHost, senderPort, receivedTimeline } = receiver?.[0] ?? {};
  return JSON.stringify([
    [cluster, address?.host, address?.port, systemIdentifier, startUnixSeconds, timeline],
    [receiver?.length, status, slot, senderHost, senderPort, receivedTimeline],
    recovery?.[0]?.primarySlotName,
  ]);
}

/**
 * What happened to a server, from its own snapshots; nothing when it is seen for the first time.
 *
 * @param before What was known of it; null when it is seen for the first time.
 * @param now The new snapshot.
 */
export function serverHappenings(before: Before | null, now: ServerSnapshot): readonly Happening[] {
  if (before === null) return [];
  const { server } = now;
  const happenings: Happening[] = [];
  if (now.up && !before.latest.up) {
    happenings.push({ kind: "reachable", server, message: `Server "${server}" is reachable again` });
  }
  if (!now.up && before.latest.up) {
    const why = now.trouble === null ? "" : `: ${now.trouble.message}`;
    happenings.push({ kind: "unreachable", server, message: `Server "${server}" is unreachable${why}` });
  }
  if (!now.up || before.reached === null) return happenings;
  const timeline = timelineOf(now);
  const onTimeline = timeline === null ? "" : `, on timeline ${timeline}`;
  if (wasPromoted(before.reached, now)) {
    happenings.push({
      kind: "promoted",
      server,
      message: `Server "${server}" was promoted to primary${onTimeline}`,
    });
  }
  if (before.reached.role === "primary" && now.role === "standby") {
    happenings.push({
      kind: "demoted",
      server,
      message: `Server "${server}" is a standby now${onTimeline}; it was a primary`,
    });
  }
  return [...happenings, ...lostSlots(before.reached, now)];
}

function lostSlots(before: ServerSnapshot, now: ServerSnapshot): readonly Happening[] {
  const kept = new Set(before.facts.slots?.filter((each) => !isLostSlot(each)).map(({ slot }) => slot));
  const lost = (now.facts.slots ?? []).filter((slot) => isLostSlot(slot) && kept.has(slot.slot));
  if (lost.length > FEW_LOST) {
    const names = joinNames(lost.map(({ slot }) => `"${slot}"`), FEW_LOST);
    return [{
      kind: "slot_lost",
      server: now.server,
      message: `${lost.length} slots of server "${now.server}" are lost: ${names}`,
    }];
  }
  return lost
    .map(({ slot, invalidationReason: reason }) => ({
      kind: "slot_lost",
      server: now.server,
      message: `Slot "${slot}" of server "${now.server}" is lost${
        reason === null ? ": WAL that it needs was removed" : ` (${reason})`
      }`,
    }));
}
