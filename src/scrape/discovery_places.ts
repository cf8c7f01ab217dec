/**
 * Where servers that nobody configured may listen: decisions without side effects.
 *
 * The receiver of a standby names host and port of its upstream. A sender row has only the address that its standby connects
 * from: of the ports, those are tried where a server of the cluster is known to listen, and those that the user names.
 *
 * @module
 */
import { isStreaming } from "../cluster/topology/connected.ts";
import type { SenderJoin } from "../cluster/topology/join_senders.ts";
import { hostsOf, isLocal, normalizeName, receiverOf } from "../cluster/topology/receiver_facts.ts";
import type { JoinedCluster } from "../cluster/tracker.ts";
import type { ConnectionTarget, ServerConfig } from "../config/config.ts";
import type { SenderFact } from "../domain/facts.ts";
import type { ServerSnapshot } from "../domain/view.ts";

/** A server that is watched. */
export interface WatchedServer {
  /** Its name and how to connect. */
  readonly config: ServerConfig;
  /** Whether it was discovered rather than configured. */
  readonly isDiscovered: boolean;
  /** Its latest snapshot. */
  readonly snapshot: ServerSnapshot;
}

/** Sender rows by cluster key, joined to the servers that are watched. */
export type JoinedClusters = ReadonlyMap<string, JoinedCluster>;

/** A sender row that may belong to the server at an address. */
export interface CandidateRow {
  /** The row. */
  readonly sender: SenderFact;
  /** Name of the discovered server that was this standby until it was lost; null when there is none. */
  readonly heldBy: string | null;
  /** Whether another standby that is not watched has the same name. */
  readonly isTwin: boolean;
}

/** A host on which a server of a cluster may listen that is not watched. */
export interface Place {
  /** Key of its cluster, with the host: no two places share it. */
  readonly key: string;
  /** `system_identifier` of the cluster. */
  readonly systemIdentifier: string;
  /** Cluster name given by the user to the server that led here; "" when none. */
  readonly cluster: string;
  /** Name of the server that led here. */
  readonly seenBy: string;
  /** Whether that one receives from here; otherwise it sends here. */
  readonly isUpstream: boolean;
  /** Rows of standbys that connect from here, at least one; empty for an upstream. */
  readonly rows: readonly CandidateRow[];
  /** How to connect, in the order in which to try; empty when every known port is that of another server. */
  readonly targets: readonly ConnectionTarget[];
  /** The host. */
  readonly host: string;
}

/** A place, and one of its addresses. */
export interface Candidate extends Omit<Place, "targets"> {
  /** How to connect. */
  readonly target: ConnectionTarget;
  /** The name that the server at this address had before the exporter restarted; absent when it had none. */
  readonly savedName?: string;
}

/**
 * How to connect to a server that was found: as to the one that led to it, at another host and port.
 *
 * With `sslmode=verify-full` its certificate must name that host, never that of the other server.
 *
 * @param from How to connect to the server that led to it.
 * @param at The host: a name, an address or a directory; `hostAddress` where one is known, and the port.
 */
export function targetAt(
  from: ConnectionTarget,
  at: Pick<ConnectionTarget, "host" | "port"> & Partial<Pick<ConnectionTarget, "hostAddress">>,
): ConnectionTarget {
  const { libpq } = from;
  return {
    ...from,
    hostAddress: "",
    ...at,
    // The other hosts and target_session_attrs do not apply to a server at a known address.
    ...(libpq === undefined ? {} : { libpq: { ...libpq, otherHosts: [], sessionAttributes: "any" } }),
  };
}

/**
 * The places where servers may listen that no watched server accounts for.
 *
 * @param clusters Sender rows by cluster.
 * @param watched Every server that is watched.
 * @param ports Further ports on which standbys may listen.
 */
export function placesOf(
  clusters: JoinedClusters,
  watched: readonly WatchedServer[],
  ports: readonly number[] = [],
): readonly Place[] {
  const byName = new Map(watched.map((each) => [each.config.name, each]));
  const taken = new Set(
    watched.flatMap((each) => [
      addressKeyOf(connectedTargetOf(each)),
      ...hostsOf(each.snapshot).map((host) => `${host} ${each.snapshot.address?.port}`),
    ]),
  );
  const places = new Map<string, Place>();
  for (const [clusterKey, { systemIdentifier, servers, senders }] of clusters) {
    const members = servers.flatMap(({ server }) => byName.get(server) ?? []);
    const isFree = (target: ConnectionTarget) => !taken.has(addressKeyOf(target));
    for (const member of members) {
      const target = upstreamTargetOf(member);
      if (target === null || !isFree(target)) continue;
      const key = `${clusterKey} upstream at ${addressKeyOf(target)}`;
      const { cluster, name: seenBy } = member.config;
      const found = { systemIdentifier, cluster, seenBy, isUpstream: true, rows: [], host: target.host };
      if (!places.has(key)) places.set(key, { key, ...found, targets: [target] });
    }
    const upstreams = new Set(
      [...places.values()].filter((each) => each.isUpstream).flatMap(({ targets }) =>
        targets.map(addressKeyOf)
      ),
    );
    const known = [...members.flatMap(portsOf), ...ports];
    for (const { upstream, sender, heldBy } of unaccountedRows(senders, members)) {
      const from = byName.get(upstream);
      if (from === undefined || isStreaming(sender) !== true) continue;
      const upstreamTarget = connectedTargetOf(from);
      const at = hostSeenFrom(upstreamTarget, sender.clientAddress);
      const key = `${clusterKey} at ${(at.hostAddress || at.host).toLowerCase()}`;
      const row = { sender, heldBy, isTwin: senders.others.some((each) => isTwin(each.sender, sender)) };
      const targets = [...new Set([upstreamTarget.port, ...known])]
        .map((port) => targetAt(upstreamTarget, { ...at, port }))
        .filter((target) => isFree(target) && !upstreams.has(addressKeyOf(target)));
      const { cluster } = from.config;
      const before = places.get(key);
      places.set(
        key,
        before === undefined
          ? {
            key,
            systemIdentifier,
            cluster,
            seenBy: upstream,
            isUpstream: false,
            rows: [row],
            targets,
            host: at.host,
          }
          : { ...before, rows: [...before.rows, row] },
      );
    }
  }
  return [...places.values()];
}

/** Ports on which servers of a cluster listen, as a member of it shows: its own, and that of its upstream. */
function portsOf(server: WatchedServer): readonly number[] {
  const port = receiverOf(server.snapshot)?.senderPort ?? null;
  return [connectedTargetOf(server).port, ...port === null ? [] : [port]];
}

/** How to connect to a server where it was last connected: with several hosts that need not be the first. */
function connectedTargetOf({ config: { target }, snapshot: { address } }: WatchedServer): ConnectionTarget {
  return { ...target, ...address };
}

/** Where the receiver of a standby gets its WAL; a loopback address or a socket means the standby's own host. */
function upstreamTargetOf(standby: WatchedServer): ConnectionTarget | null {
  const receiver = receiverOf(standby.snapshot);
  if (receiver === null || receiver.senderPort === null || receiver.senderHost === "") return null;
  const { senderHost, senderPort: port } = receiver;
  const target = connectedTargetOf(standby);
  return targetAt(target, { ...hostSeenFrom(target, senderHost), port });
}

/** A host as a server at `target` sees it: for its own host, the one that leads to it from here. */
function hostSeenFrom(
  { host, hostAddress }: ConnectionTarget,
  seen: string,
): Pick<ConnectionTarget, "host" | "hostAddress"> {
  const isOwn = isLocal(seen) && (!isLocal(hostAddress || host) || seen === "" || /^[/@]/.test(seen));
  return isOwn ? { host, hostAddress } : { host: seen, hostAddress: "" };
}

/** Rows of standbys that are not watched, or that are unreachable where they are watched and connect from elsewhere. */
function unaccountedRows(senders: SenderJoin, watched: readonly WatchedServer[]) {
  const moved = watched.flatMap(({ config, isDiscovered, snapshot }) => {
    const row = senders.joined.get(config.name);
    return isDiscovered && !snapshot.up && row !== undefined ? [{ ...row, heldBy: config.name }] : [];
  });
  return [...senders.others.map((row) => ({ ...row, heldBy: null })), ...moved]
    .map(({ upstream, sender, heldBy }) => ({ upstream: upstream.server, sender, heldBy }));
}

function isTwin(a: SenderFact, b: SenderFact): boolean {
  return a !== b && normalizeName(a.applicationName) === normalizeName(b.applicationName);
}

/** Host and port as one text. */
export function addressKeyOf({ host, hostAddress, port }: ConnectionTarget): string {
  return `${(hostAddress || host).toLowerCase()} ${port}`;
}
