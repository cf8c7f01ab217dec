/**
 * One cluster at one moment, with what is remembered of it. Everything about it is derived from this.
 *
 * @module
 */
import { furthestLsn, type Lsn } from "../domain/lsn.ts";
import { memoized } from "../domain/memoized.ts";
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
  /** Its servers: the same object while nothing but positions is read. */
  readonly group: RememberedGroup;
  /** The moment: our monotonic seconds. */
  readonly at: number;
  /** The furthest WAL that a server of its history is known to have; null while that of the primary counts, or none is. */
  readonly furthestKnown: Lsn | null;
}

/**
 * Makes the context of a cluster.
 *
 * @param group Its servers and what is remembered.
 * @param at The moment: our monotonic seconds.
 */
export function clusterContextOf(group: RememberedGroup, at: number): ClusterContext {
  const topology = topologyOf(group);
  return {
    ...group,
    ...topology,
    group,
    at,
    furthestKnown: topology.primaries.length > 0 ? null : furthestOf(group),
  };
}

/**
 * Finds the cluster of a server, under each of its names.
 *
 * @param contexts Every cluster.
 * @returns null for a server of none.
 */
export function contextsByServer(
  contexts: readonly ClusterContext[],
): (server: string) => ClusterContext | null {
  const byServer = new Map(
    contexts.flatMap((context) =>
      [...context.servers.map(({ server }) => server), ...context.aliases.keys()]
        .map((server) => [server, context] as const)
    ),
  );
  return (server) => byServer.get(server) ?? null;
}

/** Who is who changes only with what is read of the servers, and then their group is another one. */
export const topologyOf: (group: RememberedGroup) => ClusterTopology = memoized((group: RememberedGroup) =>
  deriveTopology(group, group.memory.owners)
);

function furthestOf({ servers, memories, memory }: RememberedGroup): Lsn | null {
  // A stranded server has WAL that its cluster has left.
  const others = servers.filter(({ server }) => !memory.changes.stranded.has(server));
  return furthestLsn(...others.map(({ server }) => memories.of(server).wal.newest?.position));
}
