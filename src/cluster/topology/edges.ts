/**
 * Who follows whom, over cascades.
 *
 * @module
 */
import type { Edge } from "../../domain/standby.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import type { SenderJoin } from "./join_senders.ts";
import type { UnconfiguredStandby } from "../memory/unconfigured_standbys.ts";
import { receiverOf, saysItReceivesNothing, upstreamByAddress } from "./receiver_facts.ts";

/**
 * Derives who follows whom among the configured servers of a cluster: every standby has at most one upstream.
 *
 * A sender row makes an edge unless the standby itself says that it receives nothing; so does the standby's receiver
 * when it names a configured server, unless that server has no row left that could be its own.
 *
 * @param group The servers of one cluster.
 * @param senders Their sender rows.
 */
export function deriveEdges(group: readonly ServerSnapshot[], senders: SenderJoin): readonly Edge[] {
  return group.flatMap((standby): readonly Edge[] => {
    if ((standby.up && standby.role === "primary") || saysItReceivesNothing(standby)) return [];
    const row = senders.joined.get(standby.server);
    if (row !== undefined) {
      const { syncState } = row.sender;
      return [{ upstream: row.upstream.server, downstream: standby.server, by: row.by, syncState }];
    }
    const upstream = receiverOf(standby) === null ? null : upstreamByAddress(standby, group);
    if (upstream === null) return [];
    const rowsKnown = upstream.up && upstream.facts.senders !== undefined;
    if (rowsKnown && !senders.accounted.some((each) => each.upstream === upstream)) return [];
    return [{ upstream: upstream.server, downstream: standby.server, by: "receiver" }];
  });
}

/**
 * The edges to standbys that nobody configured: each is known by its row alone, and named after it.
 *
 * @param standbys Those of one cluster.
 */
export function rememberedEdges(standbys: readonly UnconfiguredStandby[]): readonly Edge[] {
  return standbys.filter((each) => each.row !== null && each.connected !== false)
    .map(({ upstream, name, row }) => ({
      upstream,
      downstream: name,
      by: "application_name",
      syncState: row?.syncState ?? null,
    }));
}
