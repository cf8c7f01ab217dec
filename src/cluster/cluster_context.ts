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
import type { DistinctServers } from "./topology/aliases.ts";
import { deriveEdges } from "./topology/edges.ts";
import { type ServerGroup, timelineOf } from "./topology/identity.ts";
import { joinSenders, type SenderJoin } from "./topology/join_senders.ts";
import { choosePrimary, livePrimaries } from "./topology/primary.ts";
import { UpstreamIndex } from "./topology/upstream_index.ts";

/** The servers of one cluster, each postmaster once. */
export type DistinctGroup = ServerGroup & DistinctServers;

/** The servers of one cluster and what is remembered of them. */
export interface RememberedGroup extends DistinctGroup {
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
  const index = new UpstreamIndex(servers, group);
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

/** The name of a server that was remembered under one of its names. */
export function ownNameIn({ aliases }: Pick<ClusterContext, "aliases">, name: string): string {
  return aliases.get(name) ?? name;
}

/**
 * Whether a server is a standby: in recovery when last seen; unreachable, but fed by another server; never reached, in a
 * cluster that has its primary elsewhere; or a primary that is unreachable and was replaced by one on a later timeline.
 *
 * @param server The server.
 * @param cluster Its cluster.
 */
export function isStandby(
  server: ServerSnapshot,
  { servers, senders, primaries }: Pick<ClusterContext, "servers" | "senders" | "primaries">,
): boolean {
  if (server.role === "standby" || senders.joined.has(server.server)) return true;
  if (server.role === null) return servers.some((each) => each.role === "primary");
  const own = timelineOf(server);
  return !server.up && own !== null && primaries.some((each) => (timelineOf(each) ?? 0) > own);
}
