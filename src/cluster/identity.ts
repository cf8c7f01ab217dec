/**
 * Which servers belong together, and which sender row feeds which of them.
 *
 * @module
 */
import type { SenderFact, ServerFact } from "../domain/facts.ts";
import type { ServerSnapshot } from "../domain/view.ts";

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

/** A sender row of a server that was reached in the latest collection. */
export interface UpstreamRow {
  /** The server that sends. */
  readonly upstream: ServerSnapshot;
  /** Its row. */
  readonly sender: SenderFact;
}

/** Sender rows of a cluster, joined to its servers as far as names allow. */
export interface SenderJoin {
  /** Rows by the standby they feed, by server name. */
  readonly joined: ReadonlyMap<string, UpstreamRow>;
  /** Rows that no name joins to a server. */
  readonly others: readonly UpstreamRow[];
}

/**
 * Joins the sender rows of a cluster to the servers they feed: by slot, or by application name, when exactly one
 * server and one row carry the name. Base backups, `pg_receivewal` and logical decoding are no standbys.
 *
 * @param group The servers of one cluster; only those that are up contribute rows.
 */
export function joinSenders(group: readonly ServerSnapshot[]): SenderJoin {
  const joined = new Map<string, UpstreamRow>();
  const others: UpstreamRow[] = [];
  for (const upstream of group) {
    if (!upstream.up) continue;
    const rows = (upstream.facts.senders ?? []).filter((row) => row.kind === "standby");
    for (const sender of rows) {
      const downstreams = group.filter((each) => each !== upstream && each.role !== "primary");
      const server = bySlot(sender, downstreams) ?? byName(sender, rows, downstreams);
      if (server === null || joined.has(server.server)) others.push({ upstream, sender });
      else joined.set(server.server, { upstream, sender });
    }
  }
  return { joined, others };
}

/**
 * The names of the slot a standby uses: as its receiver says, as its settings say, or its own name.
 *
 * @param standby The standby.
 */
export function slotNamesOf(standby: ServerSnapshot): readonly string[] {
  const names = [
    standby.facts.receiver?.[0]?.slot ?? "",
    standby.facts.recovery?.[0]?.primarySlotName ?? "",
  ].filter((name) => name !== "");
  return names.length > 0 ? names : [normalize(standby.server)];
}

function bySlot(sender: SenderFact, downstreams: readonly ServerSnapshot[]): ServerSnapshot | null {
  if (sender.slot === "") return null;
  return only(downstreams.filter((standby) => slotNamesOf(standby).includes(sender.slot)));
}

function byName(
  sender: SenderFact,
  rows: readonly SenderFact[],
  downstreams: readonly ServerSnapshot[],
): ServerSnapshot | null {
  const name = normalize(sender.applicationName);
  if (rows.filter((row) => normalize(row.applicationName) === name).length > 1) return null;
  return only(
    downstreams.filter((standby) =>
      name === normalize(standby.server) || name === normalize(serverFact(standby)?.clusterName ?? "")
    ),
  );
}

function only<T>(candidates: readonly T[]): T | null {
  return candidates.length === 1 ? candidates[0] ?? null : null;
}

/** Slot names know no capitals and no hyphens, so names are compared without them. */
function normalize(name: string): string {
  return name.toLowerCase().replaceAll("-", "_");
}
