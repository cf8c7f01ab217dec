/**
 * The place of a standby in its cluster: its upstream, its sender row and its slot there.
 *
 * @module
 */
import type { SenderFact, SlotFact } from "../../domain/facts.ts";
import { memoized } from "../../domain/memoized.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { type ClusterTopology, ownNameIn } from "./cluster_topology.ts";
import { slotNamesOf } from "./receiver_facts.ts";

/** A standby and what it receives from. */
export interface StandbyPlace {
  /** Its own snapshot; null when it is not configured, and known only by its upstream. */
  readonly own: ServerSnapshot | null;
  /** The server it receives from, last received from, or should receive from; null when unknown. */
  readonly upstream: ServerSnapshot | null;
  /** Name of the server it receives from, or last received from; null when never known. */
  readonly lastUpstream: string | null;
  /** Its row at the upstream; null when there is none, or the upstream was unreachable. */
  readonly sender: SenderFact | null;
}

/**
 * Upstream and row of a configured standby. When its upstream was never seen, that is the server that has its slot, else
 * the primary.
 *
 * @param own The standby.
 * @param topology Its cluster.
 * @param lastKnown Name of the server it last received from; null when that is unknown.
 */
export function upstreamPlaceOf(
  own: ServerSnapshot,
  topology: ClusterTopology,
  lastKnown: string | null,
): Omit<StandbyPlace, "own"> {
  const { senders, edges, index, servers, primaries } = topology;
  const row = senders.joined.get(own.server);
  if (row !== undefined) {
    return { upstream: row.upstream, lastUpstream: row.upstream.server, sender: row.sender };
  }
  const known = edges.get(own.server)?.upstream ?? lastKnown;
  const lastUpstream = known === null ? null : ownNameIn(topology, known);
  const upstream = index.named(lastUpstream);
  if (upstream !== null) return { upstream, lastUpstream, sender: null };
  const withSlot = servers.filter((each) => each !== own && findSlot(each, slotNamesOf(own)) !== null);
  const likely = withSlot.length > 0 ? withSlot : primaries.filter((each) => each !== own);
  return { upstream: likely.length === 1 ? likely[0] ?? null : null, lastUpstream, sender: null };
}

/**
 * The slot of a standby at its upstream, as last read: the one in use, else the one last used, else the configured one.
 *
 * @param standby The standby.
 * @param lastName Name of the slot it last used; null when there is none.
 */
export function slotOf(
  { own, upstream, sender }: Pick<StandbyPlace, "own" | "upstream" | "sender">,
  lastName: string | null,
): SlotFact | null {
  const used = sender === null || sender.slot === "" ? lastName : sender.slot;
  if (upstream === null) return null;
  return findSlot(upstream, used !== null ? [used] : own === null ? [] : slotNamesOf(own));
}

const physicalByName = memoized((slots: readonly SlotFact[]) =>
  new Map(slots.filter(({ type }) => type === "physical").map((each) => [each.slot, each]))
);

function findSlot({ facts: { slots } }: ServerSnapshot, names: readonly string[]): SlotFact | null {
  if (slots === undefined || slots.length === 0) return null;
  for (const name of names) {
    const slot = physicalByName(slots).get(name);
    if (slot !== undefined) return slot;
  }
  return null;
}
