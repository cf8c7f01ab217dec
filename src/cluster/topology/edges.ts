/**
 * Who follows whom, over cascades.
 *
 * @module
 */
import type { Edge } from "../../domain/standby.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { deriveConnected } from "./connected.ts";
import type { SenderJoin } from "./join_senders.ts";
import { receiverOf } from "./receiver_facts.ts";
import { UpstreamIndex } from "./upstream_index.ts";

/**
 * Derives the edges between the configured servers of a cluster: every standby has at most one upstream.
 *
 * A sender row makes an edge unless the standby is not connected (see `deriveConnected`); so does the standby's receiver
 * when it names a configured server, unless that server has no row left that could be its own.
 *
 * @param servers The servers of one cluster.
 * @param senders Their sender rows.
 * @param index The same servers, indexed.
 */
export function deriveEdges(
  servers: readonly ServerSnapshot[],
  senders: SenderJoin,
  index = new UpstreamIndex(servers),
): readonly Edge[] {
  const accounted = new Set(senders.accounted.map(({ upstream }) => upstream));
  return servers.flatMap((standby): readonly Edge[] => {
    if (standby.up && standby.role === "primary") return [];
    if (deriveConnected(standby, servers, senders) === false) return [];
    const downstream = standby.server;
    const row = senders.joined.get(downstream);
    if (row !== undefined) return [{ upstream: row.upstream.server, downstream, by: row.by }];
    const upstream = receiverOf(standby) === null ? null : index.upstreamOf(standby);
    if (upstream === null) return [];
    const isRowKnown = upstream.up && upstream.facts.senders !== undefined;
    if (isRowKnown && !accounted.has(upstream)) return [];
    return [{ upstream: upstream.server, downstream, by: "receiver" }];
  });
}
