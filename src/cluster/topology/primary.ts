/**
 * The primary of a cluster.
 *
 * @module
 */
import type { ServerSnapshot } from "../../domain/view.ts";
import { groupServers, timelineOf } from "./identity.ts";
import type { SenderJoin } from "./join_senders.ts";

/**
 * The servers of a cluster that are primaries at the same time: up, not in recovery, and heard as such since the latest of
 * them was first read as a primary. What was read before a promotion does not show that there are two: the other one may
 * have stopped, while its latest query still waits for an answer.
 *
 * @param servers The servers of one cluster.
 */
export function livePrimaries(servers: readonly ServerSnapshot[]): readonly ServerSnapshot[] {
  const primaries = servers.filter(({ up, role }) => up && role === "primary");
  const latest = Math.max(...primaries.map(({ primarySince }) => primarySince ?? -Infinity));
  return primaries.filter(({ heardAt, readAt }) => (heardAt ?? readAt ?? Infinity) >= latest);
}

/**
 * The servers that were last heard as a primary before another one of their cluster was first read as one: whether they
 * still are is unknown until they are asked again.
 *
 * @param servers Servers of any clusters.
 */
export function doubtfulPrimaries(servers: readonly ServerSnapshot[]): readonly ServerSnapshot[] {
  return groupServers(servers).flatMap(({ servers: group }) => {
    const live = new Set(livePrimaries(group));
    return group.filter((each) => each.up && each.role === "primary" && !live.has(each));
  });
}

/**
 * Chooses the primary of a cluster; every output names this one.
 *
 * 1. Of the servers last seen as a primary, the one on the highest timeline, which was promoted last, also when it is
 *    unreachable: a primary on a lower one is stranded. Of several on one timeline the one that is up, then the one that
 *    most standbys receive from, then the first configured.
 * 2. With none ever seen, the only server that was never reached, when all others are standbys.
 *
 * @param servers The servers of one cluster, in configured order.
 * @param senders Their sender rows.
 * @returns null when none is known.
 */
export function choosePrimary(
  servers: readonly ServerSnapshot[],
  senders: SenderJoin,
): ServerSnapshot | null {
  const fedBy = (server: ServerSnapshot) =>
    senders.joined.values().filter(({ upstream }) => upstream === server).toArray().length;
  const [primary] = servers.filter(({ role }) => role === "primary").toSorted((a, b) =>
    (timelineOf(b) ?? 0) - (timelineOf(a) ?? 0) || Number(b.up) - Number(a.up) || fedBy(b) - fedBy(a)
  );
  const [never = null, ...others] = servers.filter(({ role }) => role === null);
  return primary ?? (others.length === 0 ? never : null);
}

/**
 * Whether a server may receive from another. A primary that is unreachable may have become a standby since, of a server on
 * a later timeline.
 *
 * @param server The server.
 * @param upstream The one that sends.
 */
export function mayFollow(server: ServerSnapshot, upstream: ServerSnapshot): boolean {
  if (server.role !== "primary") return true;
  return !server.up && (timelineOf(upstream) ?? Infinity) > (timelineOf(server) ?? 0);
}
