/**
 * One cluster at one moment, with what is remembered of it. Everything about it is derived from this.
 *
 * @module
 */
import type { ClusterMemory } from "./memory/cluster_memory.ts";
import type { ServerMemories } from "./memory/server_memory.ts";
import type { DistinctGroup } from "./topology/aliases.ts";
import { type ClusterTopology, deriveTopology } from "./topology/cluster_topology.ts";

/** The servers of one cluster and what is remembered of them. */
export interface RememberedGroup extends DistinctGroup {
  /** What is remembered of the cluster. */
  readonly memory: ClusterMemory;
  /** What is remembered of each server. */
  readonly memories: ServerMemories;
}

/** One cluster at one moment. */
export interface ClusterContext extends RememberedGroup, ClusterTopology {
  /** The moment: our monotonic seconds. */
  readonly at: number;
}

/**
 * Makes the context of a cluster.
 *
 * @param group Its servers and what is remembered.
 * @param at The moment: our monotonic seconds.
 */
export function clusterContextOf(group: RememberedGroup, at: number): ClusterContext {
  return { ...group, ...deriveTopology(group, group.memory.owners), at };
}
