/**
 * Which servers that nobody configured are watched, and when that ends: decisions without side effects.
 *
 * A server that responds where one may listen must prove that it is of the cluster: it may be another one, which listens
 * on the same port or shares the address.
 *
 * @module
 */
import { isKnownIdentifier, serverFact } from "../cluster/topology/identity.ts";
import { isSamePostmaster } from "../cluster/topology/aliases.ts";
import { hostsOf, isLocal, receiverOf, streamsWithOtherSlot } from "../cluster/topology/receiver_facts.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import { discoveredNameOf } from "./discovered_name.ts";
import type { Candidate, JoinedClusters, WatchedServer } from "./discovery_places.ts";

/** A discovered standby that has been unreachable for this long, and has no sender row, is no longer watched, seconds. */
export const FORGOTTEN_AFTER_SECONDS = 24 * 3600;

/** Verdict on a candidate: watch it; it is watched already or not a standby; or it cannot be watched. */
export type CandidateVerdict =
  | { readonly kind: "watch"; readonly name: string }
  | { readonly kind: "known"; readonly because: string }
  | { readonly kind: "refused"; readonly because: string };

/**
 * Judges the server that responded at the address of a candidate.
 *
 * To be watched it must belong to the cluster and be none of the watched servers. A standby must be in recovery, and not
 * stream with another slot than every standby that connects from that address.
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
        candidate.systemIdentifier + (candidate.isUpstream ? "" : "; the standby listens on another port"),
    };
  }
  const same = watched.find(({ snapshot }) => isSamePostmaster(answer, snapshot));
  if (same !== undefined && (!same.isDiscovered || same.snapshot.up)) {
    return { kind: "known", because: `It is server "${same.config.name}"` };
  }
  const border = foreignUpstream(answer, candidate.cluster, watched);
  if (border !== null) return { kind: "refused", because: border };
  if (!fact.inRecovery && !candidate.isUpstream) {
    return { kind: "known", because: "It is not in recovery, so it is not a standby" };
  }
  const rows = candidate.rows.filter(({ sender }) => !streamsWithOtherSlot(answer, sender));
  if (rows.length === 0 && !candidate.isUpstream) {
    return {
      kind: "refused",
      because: "It is a standby with another slot; the one that connects from there listens on another port",
    };
  }
  // It is unreachable at the address where it is watched, and responds at another one.
  const moved = same?.config.name ?? rows.find(({ heldBy }) => heldBy !== null)?.heldBy;
  return { kind: "watch", name: moved ?? discoveredNameOf(answer, { candidate, rows, watched }) };
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
