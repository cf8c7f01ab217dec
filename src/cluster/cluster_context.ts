/**
 * One cluster at one moment. The context is made once and everything is derived from it, so that a question (whose sender
 * row, which primary, which upstream) has one answer.
 *
 * @module
 */
import type { Edge } from "../domain/standby.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import type { ClusterMemory } from "./memory/cluster_memory.ts";
import type { ServerMemories } from "./memory/server_memory.ts";
import { deriveEdges } from "./topology/edges.ts";
import { type ServerGroup, timelineOf } from "./topology/identity.ts";
import { joinSenders, type SenderJoin } from "./topology/join_senders.ts";
import { choosePrimary, livePrimaries } from "./topology/primary.ts";
import { UpstreamIndex } from "./topology/upstream_index.ts";

/** The servers of one cluster, each postmaster once, and what is remembered of them. */
export interface RememberedGroup extends ServerGroup {
  /** Aliases: the server that each further name leads to. */
  readonly aliases: ReadonlyMap<string, string>;
  /** What is remembered of the cluster. */
  readonly memory: ClusterMemory;
  /** What is remembered of each server. */
  readonly memories: ServerMemories;
}

/** One cluster at one moment. */
export interface ClusterContext extends RememberedGroup {
  /** The moment: our monotonic seconds. */
  readonly at: number;
  /** Its servers by name, slot, host and upstream. */
  readonly index: UpstreamIndex;
  /** The sender rows, each with the standby it feeds. */
  readonly senders: SenderJoin;
  /** Edges between its servers, by the one that receives. */
  readonly edges: ReadonlyMap<string, Edge>;
  /** Servers that are up and not in recovery. */
  readonly primaries: readonly ServerSnapshot[];
  /** The primary, live or last known, see {@linkcode choosePrimary}; null when there never was one. */
  readonly primary: ServerSnapshot | null;
}

/**
 * Makes the context of a cluster.
 *
 * @param group Its servers and what is remembered.
 * @param at The moment: our monotonic seconds.
 */
export function clusterContextOf(group: RememberedGroup, at: number): ClusterContext {
  const { servers, memory } = group;
  const index = new UpstreamIndex(servers);
  const senders = joinSenders(servers, memory.owners, index);
  return {
    ...group,
    at,
    index,
    senders,
    edges: new Map(deriveEdges(servers, senders, index).map((edge) => [edge.downstream, edge])),
    primaries: livePrimaries(servers),
    primary: choosePrimary(servers, senders),
  };
}

/**
 * Whether a server is a standby: in recovery when last seen; never reached, while its cluster has another primary; or an
 * unreachable primary that was replaced by one on a later timeline.
 */
export function isStandby(
  server: ServerSnapshot,
  { servers, primaries }: Pick<ClusterContext, "servers" | "primaries">,
): boolean {
  if (server.role === null) return servers.some((each) => each.role === "primary");
  if (server.role === "standby") return true;
  const own = timelineOf(server);
  return !server.up && own !== null && primaries.some((each) => (timelineOf(each) ?? 0) > own);
}
