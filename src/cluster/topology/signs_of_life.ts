/**
 * Signs that a server is alive, as other servers report them.
 *
 * @module
 */
import type { ServerSnapshot } from "../../domain/view.ts";
import type { ClusterTopology } from "./cluster_topology.ts";
import { serverFact } from "./identity.ts";
import { receiverOf } from "./receiver_facts.ts";

/**
 * When other servers of a cluster last heard of each server: as a standby, by its sender row at the upstream (its latest
 * reply, or its connection); as an upstream, by the latest message that a standby received from it.
 *
 * @param cluster The cluster.
 * @returns Our monotonic seconds, by server name.
 */
export function deriveSignsOfLife(
  { senders, edges, servers }: Pick<ClusterTopology, "senders" | "edges" | "servers">,
): ReadonlyMap<string, number> {
  const signs = new Map<string, number>();
  const note = (name: string, reader: ServerSnapshot, ageSeconds: number | null | undefined) => {
    if (!reader.up || reader.readAt === null || ageSeconds === null || ageSeconds === undefined) return;
    signs.set(name, Math.max(signs.get(name) ?? -Infinity, reader.readAt - ageSeconds));
  };
  for (const [name, { upstream, sender }] of senders.joined) {
    note(name, upstream, sender.replyAgeSeconds);
    const clock = serverFact(upstream)?.clockUnixSeconds;
    const { backendStartUnixSeconds: startedAt } = sender;
    note(name, upstream, clock === undefined || startedAt === null ? null : clock - startedAt);
  }
  for (const standby of servers) {
    const edge = edges.get(standby.server);
    const receiver = receiverOf(standby);
    if (edge !== undefined && receiver?.status === "streaming") {
      note(edge.upstream, standby, receiver.lastMessageAgeSeconds);
    }
  }
  return signs;
}
