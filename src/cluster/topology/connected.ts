/**
 * Which standbys receive WAL by streaming.
 *
 * @module
 */
import type { SenderFact } from "../../domain/facts.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import type { SenderJoin } from "./join_senders.ts";
import { knownReceiver } from "./receiver_facts.ts";

/**
 * Whether a configured standby is connected to an upstream.
 *
 * As its own receiver reports, when it is reached, unless its sender is still starting up: a receiver says that it
 * streams as soon as it has connected. Otherwise as the sender row of its upstream does; a row that is not
 * there proves nothing while another row could be its own under a name that joins to nothing.
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
    if (receiver?.status !== "streaming") return false;
    return row?.sender.state === "startup" ? null : true;
  }
  if (row !== undefined) return isStreaming(row.sender);
  const upstreams = group.filter((each) => each !== standby && each.up);
  const allTold = upstreams.length > 0 && upstreams.every((each) => each.facts.senders !== undefined);
  const noRowIsLeft = senders.others.length === 0 && senders.unassigned.length === 0;
  return allTold && noRowIsLeft ? false : null;
}

/**
 * Connected standbys of a cluster: configured ones, and others by their sender rows.
 *
 * @param cluster Its servers and their sender rows.
 * @param configured Whether each configured standby is connected; null when unknown.
 * @returns null when no server that is up reported its senders and no standby itself.
 */
export function countConnected(
  { servers, senders }: { readonly servers: readonly ServerSnapshot[]; readonly senders: SenderJoin },
  configured: readonly (boolean | null)[],
): number | null {
  const known = configured.filter((each) => each !== null);
  const areSendersKnown = servers.some((each) => each.up && each.facts.senders !== undefined);
  if (!areSendersKnown && known.length === 0) return null;
  const others = [...senders.unassigned, ...senders.others]
    .filter(({ sender }) => isStreaming(sender) && hasReported(sender)).length;
  return known.filter((each) => each).length + others;
}

/** Whether a sender in this state (`pg_stat_replication.state`) feeds a standby. */
export function isFed(state: string | null): boolean {
  return state === "streaming" || state === "catchup";
}

/** Whether the client of a sender has ever reported: until then another program cannot be told from a standby. */
export function hasReported({ state, replayPosition, replyAgeSeconds }: SenderFact): boolean {
  return state === null || replayPosition !== null || replyAgeSeconds !== null;
}

/**
 * Whether a sender row shows a standby that receives WAL.
 *
 * @param sender The row.
 * @returns null without the right to see its state.
 */
export function isStreaming({ state }: SenderFact): boolean | null {
  return state === null ? null : isFed(state);
}
