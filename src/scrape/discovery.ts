/**
 * Which standbys that nobody configured are to be watched, and which of them no longer: decisions without side effects.
 *
 * A sender row tells the address its standby connects from. A server that answers there, on the port of its upstream,
 * is that standby only when it proves it: another port of that host may be meant, or another host behind one address.
 *
 * @module
 */
import { serverFact } from "../cluster/topology/identity.ts";
import { isStreaming } from "../cluster/topology/connected.ts";
import { isSamePostmaster } from "../cluster/topology/aliases.ts";
import type { SenderJoin } from "../cluster/topology/join_senders.ts";
import type { JoinedCluster } from "../cluster/tracker.ts";
import { isLocal, normalizeName, streamsWithOtherSlot } from "../cluster/topology/receiver_facts.ts";
import type { ConnectionTarget, ServerConfig } from "../config/config.ts";
import type { SenderFact } from "../domain/facts.ts";
import type { ServerSnapshot } from "../domain/view.ts";

/** A discovered standby that is not reached for this long, and that no upstream has a row of, is no longer watched. */
export const FORGOTTEN_AFTER_SECONDS = 24 * 3600;

/** What a standby is called whose `primary_conninfo` names it in no way. */
const DEFAULT_NAME = "walreceiver";
/** Longest name of a server. */
const LONGEST_NAME = 63;

/** A server that is watched. */
export interface WatchedServer {
  /** Its name and how it is reached. */
  readonly config: ServerConfig;
  /** Whether it was found rather than configured. */
  readonly isDiscovered: boolean;
  /** What is known of it. */
  readonly snapshot: ServerSnapshot;
}

/** Sender rows by cluster key, joined to the servers that are watched. */
export type JoinedClusters = ReadonlyMap<string, JoinedCluster>;

/** A sender row that may be that of the server at an address. */
export interface CandidateRow {
  /** The row. */
  readonly sender: SenderFact;
  /** The discovered server that was this standby until it was lost; null when there is none. */
  readonly heldBy: string | null;
  /** Whether another standby that is not watched has the same name. */
  readonly isTwin: boolean;
}

/** An address at which a standby may be reached. */
export interface Candidate {
  /** Address and port as one text; one candidate for each. */
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

/** What an answer of a candidate says: watch it, it is watched already or no standby, or it cannot be watched. */
export type CandidateVerdict =
  | { readonly kind: "watch"; readonly name: string }
  | { readonly kind: "known"; readonly because: string }
  | { readonly kind: "refused"; readonly because: string };

/**
 * How to reach the standby of a sender row: at the address it connects from, otherwise as its upstream is reached.
 *
 * The host is that address too, as nothing else is known of it: with `sslmode=verify-full` its certificate must name
 * that address, never the upstream's host.
 *
 * @param sender The row.
 * @param upstream How its upstream is reached.
 */
export function standbyTargetOf(sender: SenderFact, upstream: ConnectionTarget): ConnectionTarget {
  const { libpq } = upstream;
  return {
    ...upstream,
    host: sender.clientAddress,
    hostAddress: "",
    // The upstream may be one of several hosts, chosen for what it is; a standby is where it is.
    ...(libpq === undefined ? {} : { libpq: { ...libpq, otherHosts: [], sessionAttributes: "any" } }),
  };
}

/**
 * The addresses at which standbys may be reached that no watched server accounts for.
 *
 * A loopback address means the upstream's own host, so it is of use only when the upstream is on ours.
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
  for (const { systemIdentifier, senders } of clusters.values()) {
    for (const { upstream, sender, heldBy } of unaccountedRows(senders, watched)) {
      const from = watched.find(({ config }) => config.name === upstream);
      if (from === undefined || sender.clientAddress === "" || isStreaming(sender) !== true) continue;
      const { cluster, target: { host, hostAddress } } = from.config;
      if (isLocal(sender.clientAddress) && !isLocal(hostAddress || host)) continue;
      const target = standbyTargetOf(sender, from.config.target);
      const key = addressKeyOf(target);
      if (addresses.has(key)) continue;
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

/** Rows of standbys that are not watched, or that were lost where they are watched and connect from elsewhere now. */
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
 * Judges what answered at the address of a candidate.
 *
 * It must be of the cluster, in recovery, none of the servers that are watched, and must not stream with another slot
 * than every standby that connects from there.
 *
 * @param candidate The candidate.
 * @param answer What it said.
 * @param watched Every server that is watched.
 */
export function judgeCandidate(
  candidate: Candidate,
  answer: ServerSnapshot,
  watched: readonly WatchedServer[],
): CandidateVerdict {
  const fact = serverFact(answer);
  if (!answer.up || fact === null) {
    return { kind: "refused", because: answer.trouble?.message ?? "It was not reached" };
  }
  if (fact.systemIdentifier === null) {
    return {
      kind: "refused",
      because: "It does not tell its system identifier; run there: GRANT EXECUTE ON FUNCTION " +
        `pg_control_system() TO ${candidate.target.user}`,
    };
  }
  if (fact.systemIdentifier !== candidate.systemIdentifier) {
    return {
      kind: "refused",
      because: `It is of another cluster: its system identifier is ${fact.systemIdentifier}, expected ` +
        `${candidate.systemIdentifier}; the standby is reached on another port`,
    };
  }
  const same = watched.find(({ snapshot }) => isSamePostmaster(answer, snapshot));
  if (same !== undefined && (!same.isDiscovered || same.snapshot.up)) {
    return { kind: "known", because: `It is server "${same.config.name}"` };
  }
  if (!fact.inRecovery) return { kind: "known", because: "It is not in recovery, so it is no standby" };
  const rows = candidate.rows.filter(({ sender }) => !streamsWithOtherSlot(answer, sender));
  if (rows.length === 0) {
    return {
      kind: "refused",
      because:
        "It is a standby with another slot; the one that connects from there is reached on another port",
    };
  }
  // It was lost at the address where it is watched, and answers at another one.
  const moved = same?.config.name ?? rows.find(({ heldBy }) => heldBy !== null)?.heldBy;
  return {
    kind: "watch",
    name: moved ?? discoveredNameOf(ownRow(rows, fact.clusterName), { candidate, watched }),
  };
}

/** Of several rows from one address, the one that bears the server's own name. */
function ownRow(rows: readonly CandidateRow[], clusterName: string): CandidateRow | null {
  const named = rows.filter(({ sender }) =>
    normalizeName(sender.applicationName) === normalizeName(clusterName)
  );
  const [row, ...others] = rows.length === 1 ? rows : named;
  return row !== undefined && others.length === 0 ? row : null;
}

/**
 * The application name where that tells the standby apart, else the address; always of letters, digits, `_`, `.`, `:`
 * and `-`, as the names of configured servers are, and never one of them.
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
  return [...base].slice(0, LONGEST_NAME - suffix.length).join("") + suffix;
}

/**
 * Why a discovered server is no longer to be watched: another answers where it was, it turned out to be one that is
 * watched under another name, or it has been gone for {@linkcode FORGOTTEN_AFTER_SECONDS}.
 *
 * @param server The discovered server, and the cluster it was found in.
 * @param scene What is known of the others; now, our monotonic seconds.
 * @returns null when it is still to be watched.
 */
export function reasonToEnd(
  server: WatchedServer & { readonly systemIdentifier: string },
  { clusters, watched, now }: {
    readonly clusters: JoinedClusters;
    readonly watched: readonly WatchedServer[];
    readonly now: number;
  },
): string | null {
  const { config: { name }, snapshot, systemIdentifier } = server;
  const identifier = serverFact(snapshot)?.systemIdentifier ?? null;
  if (snapshot.up && identifier !== null && identifier !== systemIdentifier) {
    return "A server of another cluster answers where it was";
  }
  // Of two that were discovered the later one goes.
  const before = watched.slice(0, watched.findIndex(({ config }) => config.name === name));
  const same = snapshot.up ? before.find((each) => isSamePostmaster(each.snapshot, snapshot)) : undefined;
  if (same !== undefined) return `It is server "${same.config.name}"`;
  if (snapshot.up || now - (snapshot.readAt ?? -Infinity) <= FORGOTTEN_AFTER_SECONDS) return null;
  const isTold = watched.some(({ snapshot: each }) =>
    each.up && each.facts.senders !== undefined && serverFact(each)?.systemIdentifier === systemIdentifier
  );
  const hasRow = clusters.values().some(({ senders }) => senders.joined.has(name));
  return isTold && !hasRow ? "It has been gone for a day, and no upstream has a connection of it" : null;
}
