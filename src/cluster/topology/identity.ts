/**
 * Which servers belong together.
 *
 * @module
 */
import type { ServerFact } from "../../domain/facts.ts";
import type { ServerSnapshot } from "../../domain/view.ts";

/** The row of the `server` collector; null when the server was never reached. */
export function serverFact(snapshot: ServerSnapshot): ServerFact | null {
  return snapshot.facts.server?.[0] ?? null;
}

/**
 * Groups servers into clusters by system identifier.
 *
 * A server that was never reached has none yet. It is counted to the only cluster known among the servers that
 * the user gave the same cluster name; with several, or none, it belongs nowhere.
 *
 * @param snapshots All configured servers.
 * @returns Servers by system identifier, in configured order.
 */
export function groupByCluster(
  snapshots: readonly ServerSnapshot[],
): ReadonlyMap<string, readonly ServerSnapshot[]> {
  const groups = new Map<string, ServerSnapshot[]>();
  for (const snapshot of snapshots) {
    const identifier = serverFact(snapshot)?.systemIdentifier ?? onlyIdentifier(snapshots, snapshot);
    if (identifier === null) continue;
    const group = groups.get(identifier) ?? [];
    group.push(snapshot);
    groups.set(identifier, group);
  }
  return groups;
}

function onlyIdentifier(snapshots: readonly ServerSnapshot[], stranger: ServerSnapshot): string | null {
  if (serverFact(stranger) !== null) return null;
  const known = new Set<string>();
  for (const snapshot of snapshots) {
    const identifier = serverFact(snapshot)?.systemIdentifier;
    if (snapshot.cluster === stranger.cluster && identifier) known.add(identifier);
  }
  const [only, ...others] = known;
  return others.length === 0 ? only ?? null : null;
}
