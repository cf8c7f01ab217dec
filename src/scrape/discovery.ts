/**
 * Which standbys that nobody configured are watched, and when that ends: decisions without side effects.
 *
 * A sender row has the address that its standby connects from. A server that responds there, on the port of its upstream,
 * must prove that it is that standby: the standby may listen on another port, or share the address with other hosts.
 *
 * @module
 */
import { isKnownIdentifier, serverFact } from "../cluster/topology/identity.ts";
import { isStreaming } from "../cluster/topology/connected.ts";
import { isSamePostmaster } from "../cluster/topology/aliases.ts";
import type { SenderJoin } from "../cluster/topology/join_senders.ts";
import type { JoinedCluster } from "../cluster/tracker.ts";
import {
  hostsOf,
  isLocal,
  normalizeName,
  receiverOf,
  streamsWithOtherSlot,
} from "../cluster/topology/receiver_facts.ts";
import type { ConnectionTarget, ServerConfig } from "../config/config.ts";
import type { SenderFact } from "../domain/facts.ts";
import type { ServerSnapshot } from "../domain/view.ts";

/** A discovered standby that has been unreachable for this long, and has no sender row, is no longer watched, seconds. */
export const FORGOTTEN_AFTER_SECONDS = 24 * 3600;

/** `application_name` of a standby whose `primary_conninfo` and `cluster_name` set none. */
const DEFAULT_NAME = "walreceiver";
/** Longest name of a server, characters. */
const LONGEST_SERVER_NAME = 63;

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

/** An address at which a standby may listen. */
export interface Candidate {
  /** Key of its cluster, with address and port: no two candidates share it. */
  readonly key: string;
  /** `system_identifier` of the cluster. */
  readonly systemIdentifier: string;
  /** Cluster name given by the user to its upstream; "" when none. */
  readonly cluster: string;
  /** Name of the upstream whose row led here. */
  readonly upstream: string;
  /** How to connect. */
  readonly target: ConnectionTarget;
  /** Rows of standbys that connect from that address, at least one. */
  readonly rows: readonly CandidateRow[];
}

/** Verdict on a candidate: watch it; it is watched already or not a standby; or it cannot be watched. */
export type CandidateVerdict =
  | { readonly kind: "watch"; readonly name: string }
  | { readonly kind: "known"; readonly because: string }
  | { readonly kind: "refused"; readonly because: string };

/**
 * How to connect to the standby of a sender row: at the address it connects from, otherwise as to its upstream.
 *
 * The host is that address too, as nothing else is known of it: with `sslmode=verify-full` its certificate must name
 * that address, never the upstream's host.
 *
 * @param sender The row.
 * @param upstream How to connect to its upstream.
 */
export function standbyTargetOf(sender: SenderFact, upstream: ConnectionTarget): ConnectionTarget {
  const { libpq } = upstream;
  return {
    ...upstream,
    host: sender.clientAddress,
    hostAddress: "",
    // The upstream's other hosts and target_session_attrs do not apply to a standby at a known address.
    ...(libpq === undefined ? {} : { libpq: { ...libpq, otherHosts: [], sessionAttributes: "any" } }),
  };
}

/**
 * The addresses at which standbys may listen that no watched server accounts for.
 *
 * A loopback address means the upstream's own host, so it counts only when the upstream is on the exporter's host.
 *
 * @param clusters Sender rows by cluster.
 * @param watched Every server that is watched.
 */
export function candidatesOf(
  clusters: JoinedClusters,
  watched: readonly WatchedServer[],
): readonly Candidate[] {
  const candidates = new Map<string, Candidate>();
  const addresses = new Set(watched.map(({ config }) => addressKeyOf(config.target)));
  for (const [clusterKey, { systemIdentifier, senders }] of clusters) {
    for (const { upstream, sender, heldBy } of unaccountedRows(senders, watched)) {
      const from = watched.find(({ config }) => config.name === upstream);
      if (from === undefined || sender.clientAddress === "" || isStreaming(sender) !== true) continue;
      const { cluster, target: { host, hostAddress } } = from.config;
      if (isLocal(sender.clientAddress) && !isLocal(hostAddress || host)) continue;
      const target = standbyTargetOf(sender, from.config.target);
      const address = addressKeyOf(target);
      if (addresses.has(address)) continue;
      const key = `${clusterKey} at ${address}`;
      const row = { sender, heldBy, isTwin: senders.others.some((each) => isTwin(each.sender, sender)) };
      const before = candidates.get(key);
      candidates.set(
        key,
        before === undefined
          ? { key, systemIdentifier, cluster, upstream, target, rows: [row] }
          : { ...before, rows: [...before.rows, row] },
      );
    }
  }
  return [...candidates.values()];
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

function addressKeyOf({ host, hostAddress, port }: ConnectionTarget): string {
  return `${(hostAddress || host).toLowerCase()} ${port}`;
}

/**
 * Judges the server that responded at the address of a candidate.
 *
 * To be watched it must belong to the cluster, be in recovery, be none of the watched servers, and not stream with
 * another slot than every standby that connects from that address.
 *
 * @param candidate The candidate.
 * @param answer Its snapshot.
 * @param watched Every server that is watched.
 */
export function judgeCandidate(
  candidate: Candidate,
  answer: ServerSnapshot,
  watched: readonly WatchedServer[],
): CandidateVerdict {
  const fact = serverFact(answer);
  if (!answer.up || fact === null) {
    return { kind: "refused", because: answer.trouble?.message ?? "It is unreachable" };
  }
  if (fact.systemIdentifier === null || !isKnownIdentifier(candidate.systemIdentifier)) {
    return {
      kind: "refused",
      because:
        "Its system identifier, or that of its upstream, cannot be read; run on the primary: GRANT EXECUTE ON FUNCTION " +
        `pg_catalog.pg_control_system() TO ${candidate.target.user}`,
    };
  }
  if (fact.systemIdentifier !== candidate.systemIdentifier) {
    return {
      kind: "refused",
      because: `It belongs to another cluster: its system identifier is ${fact.systemIdentifier}, expected ` +
        `${candidate.systemIdentifier}; the standby listens on another port`,
    };
  }
  const same = watched.find(({ snapshot }) => isSamePostmaster(answer, snapshot));
  if (same !== undefined && (!same.isDiscovered || same.snapshot.up)) {
    return { kind: "known", because: `It is server "${same.config.name}"` };
  }
  const border = foreignUpstream(answer, candidate.cluster, watched);
  if (border !== null) return { kind: "refused", because: border };
  if (!fact.inRecovery) return { kind: "known", because: "It is not in recovery, so it is not a standby" };
  const rows = candidate.rows.filter(({ sender }) => !streamsWithOtherSlot(answer, sender));
  if (rows.length === 0) {
    return {
      kind: "refused",
      because: "It is a standby with another slot; the one that connects from there listens on another port",
    };
  }
  // It is unreachable at the address where it is watched, and responds at another one.
  const moved = same?.config.name ?? rows.find(({ heldBy }) => heldBy !== null)?.heldBy;
  return {
    kind: "watch",
    name: moved ?? discoveredNameOf(ownRow(rows, fact.clusterName), { candidate, watched }),
  };
}

/**
 * Why a server that streams is on the other side of a border between named clusters, which may share their system
 * identifier: the sender that its receiver names is watched, in another cluster. null when nothing shows that.
 */
function foreignUpstream(
  server: ServerSnapshot,
  cluster: string,
  watched: readonly WatchedServer[],
): string | null {
  const receiver = receiverOf(server);
  if (receiver?.status !== "streaming" || isLocal(receiver.senderHost)) return null;
  const [upstream, ...others] = watched.filter(({ snapshot }) =>
    snapshot.address?.port === receiver.senderPort &&
    hostsOf(snapshot).includes(receiver.senderHost.toLowerCase())
  );
  return upstream === undefined || [upstream, ...others].some(({ config }) => config.cluster === cluster)
    ? null
    : `It streams from server "${upstream.config.name}" of another cluster`;
}

/** Of several rows from one address, the one with the server's `cluster_name`. */
function ownRow(rows: readonly CandidateRow[], clusterName: string): CandidateRow | null {
  const named = rows.filter(({ sender }) =>
    normalizeName(sender.applicationName) === normalizeName(clusterName)
  );
  const [row, ...others] = rows.length === 1 ? rows : named;
  return row !== undefined && others.length === 0 ? row : null;
}

/**
 * The application name where it is unique, else with the address added. Like names of configured servers it consists of
 * letters, digits, `_`, `.`, `:` and `-`, and no two are equal.
 */
function discoveredNameOf(
  row: CandidateRow | null,
  { candidate, watched }: { readonly candidate: Candidate; readonly watched: readonly WatchedServer[] },
): string {
  const taken = new Set(watched.map(({ config }) => config.name));
  const { host: address } = candidate.target;
  const safe = (row?.sender.applicationName ?? "").replaceAll(/[^\p{L}\p{N}_.:-]/gu, "_")
    .replace(/^[^\p{L}\p{N}]+/u, "");
  const base = safe || "standby";
  const isTelling = row !== null && safe !== "" && safe !== DEFAULT_NAME && !row.isTwin;
  const name = cut(base, "");
  if (isTelling && !taken.has(name)) return name;
  const suffix = `-${address}`;
  for (let number = 1;; number++) {
    const next = cut(base, number === 1 ? suffix : `${suffix}-${number}`);
    if (!taken.has(next)) return next;
  }
}

function cut(base: string, suffix: string): string {
  return [...base].slice(0, LONGEST_SERVER_NAME - suffix.length).join("") + suffix;
}

/**
 * Why a discovered server is no longer watched: another server responds at its address, it is already watched under
 * another name, or it has been gone for {@linkcode FORGOTTEN_AFTER_SECONDS}.
 *
 * @param server The discovered server, and the system identifier of the cluster it was discovered in.
 * @param others Sender rows, every server that is watched, and `now`: our monotonic seconds.
 * @returns null when it remains watched.
 */
export function reasonToEnd(
  server: WatchedServer & { readonly systemIdentifier: string },
  { clusters, watched, now }: {
    readonly clusters: JoinedClusters;
    readonly watched: readonly WatchedServer[];
    readonly now: number;
  },
): string | null {
  const { config: { name, cluster }, snapshot, systemIdentifier } = server;
  const identifier = serverFact(snapshot)?.systemIdentifier ?? null;
  if (snapshot.up && identifier !== null && identifier !== systemIdentifier) {
    return "A server of another cluster responds at its address";
  }
  const border = snapshot.up ? foreignUpstream(snapshot, cluster, watched) : null;
  if (border !== null) return border;
  // Of two that were discovered the later one ends.
  const before = watched.slice(0, watched.findIndex(({ config }) => config.name === name));
  const same = snapshot.up ? before.find((each) => isSamePostmaster(each.snapshot, snapshot)) : undefined;
  if (same !== undefined) return `It is server "${same.config.name}"`;
  if (snapshot.up || now - (snapshot.readAt ?? -Infinity) <= FORGOTTEN_AFTER_SECONDS) return null;
  const areSendersKnown = watched.some(({ snapshot: each }) =>
    each.up && each.facts.senders !== undefined && each.cluster === cluster &&
    serverFact(each)?.systemIdentifier === systemIdentifier
  );
  const hasRow = clusters.values().some(({ senders }) => senders.joined.has(name));
  return areSendersKnown && !hasRow
    ? "It has been gone for a day, and no upstream has a connection of it"
    : null;
}
