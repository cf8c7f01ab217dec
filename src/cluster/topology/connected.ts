/**
 * Which standbys receive WAL by streaming.
 *
 * @module
 */
import type { ReceiverFact, SenderFact } from "../../domain/facts.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import type { SenderJoin } from "./join_senders.ts";
import { timelineOf } from "./identity.ts";
import { knownReceiver } from "./receiver_facts.ts";

/**
 * Whether a configured standby is connected to an upstream.
 *
 * As its own receiver reports, while it is reachable: one that has received nothing yet is "connecting", which is enough
 * once its sender streams. Between two timelines it still streams although its sender starts up again; while it asks for
 * the end of a timeline that its upstream has left, again and again, it is called "streaming" for moments, and is not.
 * Otherwise as the sender row of its upstream does. A missing row proves nothing while an unassigned row could be its own.
 *
 * @param standby The standby.
 * @param group The servers of its cluster.
 * @param senders Their sender rows.
 * @returns null when unknown.
 */
export function deriveConnected(
  standby: ServerSnapshot,
  group: readonly ServerSnapshot[],
  senders: SenderJoin,
): boolean | null {
  const receiver = knownReceiver(standby.up ? standby : null);
  const row = senders.joined.get(standby.server);
  if (receiver !== undefined) {
    if (receiver?.status === "streaming") return !asksForLeftTimeline(receiver, row);
    return receiver?.status === "connecting" && row !== undefined && isFed(row.sender.state);
  }
  if (row !== undefined) return isStreaming(row.sender);
  const upstreams = group.filter((each) => each !== standby && each.up);
  const areSendersKnown = upstreams.length > 0 && upstreams.every((each) => each.facts.senders !== undefined);
  const isNoRowLeft = senders.others.length === 0 && senders.unassigned.length === 0;
  return areSendersKnown && isNoRowLeft ? false : null;
}

/** Whether a receiver wants to go on with a timeline that its upstream has left: its sender has nothing of it to send. */
function asksForLeftTimeline(
  { receivedTimeline }: ReceiverFact,
  row: { readonly upstream: ServerSnapshot; readonly sender: SenderFact } | undefined,
): boolean {
  if (row?.sender.state !== "startup" || receivedTimeline === null) return false;
  return receivedTimeline < (timelineOf(row.upstream) ?? 0);
}

/**
 * Number of connected standbys of a cluster: those that are listed, and those whose row belongs to an unknown server.
 *
 * @param cluster Its servers and their sender rows.
 * @param listed Whether each standby is connected; null when unknown.
 * @returns null when neither senders nor receivers were reported.
 */
export function countConnected(
  { servers, senders }: { readonly servers: readonly ServerSnapshot[]; readonly senders: SenderJoin },
  listed: readonly (boolean | null)[],
): number | null {
  const known = listed.filter((each) => each !== null);
  const areSendersKnown = servers.some((each) => each.up && each.facts.senders !== undefined);
  if (!areSendersKnown && known.length === 0) return null;
  return known.filter((each) => each).length +
    senders.unassigned.filter(({ sender }) => isStreaming(sender) && hasReported(sender)).length;
}

/** Whether a sender in this state (`pg_stat_replication.state`) feeds a standby. */
export function isFed(state: string | null): boolean {
  return state === "streaming" || state === "catchup";
}

/** Whether the client of a sender has ever reported a position: until then a standby and another program look the same. */
export function hasReported({ state, flushPosition, replayPosition }: SenderFact): boolean {
  return state === null || flushPosition !== null || replayPosition !== null;
}

/**
 * Whether a sender row shows a standby that receives WAL.
 *
 * @returns null without the right to see its state.
 */
export function isStreaming({ state }: SenderFact): boolean | null {
  return state === null ? null : isFed(state);
}
