/**
 * Which standbys receive WAL by streaming.
 *
 * @module
 */
import type { SenderFact } from "../../domain/facts.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import type { SenderJoin } from "./join_senders.ts";

/**
 * Whether a configured standby is connected to an upstream.
 *
 * Its own receiver tells, when it is reached. Otherwise the sender row of its upstream does; a row that is not
 * there proves nothing while another row could be its own under a name we cannot join.
 *
 * @param standby The standby.
 * @param group The servers of its cluster.
 * @param senders Their sender rows.
 * @returns null when nobody can tell.
 */
export function deriveConnected(
  standby: ServerSnapshot,
  group: readonly ServerSnapshot[],
  senders: SenderJoin,
): boolean | null {
  if (standby.up && standby.facts.receiver !== undefined) {
    const [receiver] = standby.facts.receiver;
    if (receiver === undefined) return false;
    if (receiver.status !== null) return receiver.status === "streaming";
  }
  const row = senders.joined.get(standby.server);
  if (row !== undefined) return isStreaming(row.sender);
  const upstreams = group.filter((each) => each !== standby && each.up);
  const allTold = upstreams.length > 0 && upstreams.every((each) => each.facts.senders !== undefined);
  const noRowIsLeft = senders.others.length === 0 && senders.unassigned.length === 0;
  return allTold && noRowIsLeft ? false : null;
}

/**
 * Connected standbys of a cluster: configured ones, and others by their sender rows.
 *
 * @param group The servers of one cluster.
 * @param senders Their sender rows.
 * @param connected What is known of the configured ones.
 * @returns null when no server that is up told of its senders and no standby of itself.
 */
export function connectedStandbys(
  group: readonly ServerSnapshot[],
  senders: SenderJoin,
  connected: ReadonlyMap<string, boolean>,
): number | null {
  const ofGroup = group.map((each) => connected.get(each.server)).filter((each) => each !== undefined);
  const sendersKnown = group.some((each) => each.up && each.facts.senders !== undefined);
  if (!sendersKnown && ofGroup.length === 0) return null;
  const others = [...senders.unassigned, ...senders.others].filter((row) => isStreaming(row.sender)).length;
  return ofGroup.filter((each) => each).length + others;
}

/**
 * Whether a sender row shows a standby that receives WAL.
 *
 * @param sender The row.
 * @returns null without the right to see its state.
 */
export function isStreaming(sender: SenderFact): boolean | null {
  return sender.state === null ? null : sender.state === "streaming" || sender.state === "catchup";
}
