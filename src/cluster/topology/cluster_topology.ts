/**
 * Who is who in one cluster at one moment: whose sender row, which primary, which upstream. Derived once, so that each
 * question has one answer.
 *
 * @module
 */
import type { Edge } from "../../domain/standby.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import type { DistinctServers } from "./aliases.ts";
import { deriveEdges } from "./edges.ts";
import { timelineOf } from "./identity.ts";
import { joinSenders, type KnownOwners, type SenderJoin } from "./join_senders.ts";
import { choosePrimary, livePrimaries } from "./primary.ts";
import { UpstreamIndex } from "./upstream_index.ts";

/** The servers of one cluster, and who follows whom. */
export interface ClusterTopology extends DistinctServers {
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
 * Derives the topology of a cluster.
 *
 * @param distinct Its servers, each postmaster once.
 * @param owners What is remembered of its connections.
 */
export function deriveTopology(distinct: DistinctServers, owners: KnownOwners): ClusterTopology {
  const { servers, aliases, aliasSnapshots } = distinct;
  const index = new UpstreamIndex(servers, distinct);
  const senders = joinSenders(servers, owners, index);
  return {
    servers,
    aliases,
    aliasSnapshots,
    index,
    senders,
    edges: new Map(deriveEdges(servers, senders, index).map((edge) => [edge.downstream, edge])),
    primaries: livePrimaries(servers),
    primary: choosePrimary(servers, senders),
  };
}

/** The name of a server that was remembered under one of its names. */
export function ownNameIn({ aliases }: Pick<ClusterTopology, "aliases">, name: string): string {
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
  { servers, senders, primaries }: Pick<ClusterTopology, "servers" | "senders" | "primaries">,
): boolean {
  if (server.role === "standby" || senders.joined.has(server.server)) return true;
  if (server.role === null) return servers.some((each) => each.role === "primary");
  const own = timelineOf(server);
  return !server.up && own !== null && primaries.some((each) => (timelineOf(each) ?? 0) > own);
}
