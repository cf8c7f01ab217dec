/**
 * Which sender row feeds which server.
 *
 * @module
 */
import type { SenderFact } from "../../domain/facts.ts";
import { type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";
import type { JoinedBy } from "../../domain/standby.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { serverFact } from "./identity.ts";
import {
  hostsOf,
  isLocal,
  normalizeName,
  receiverOf,
  slotNamesOf,
  upstreamByAddress,
} from "./receiver_facts.ts";

/** A sender row of a server that was reached in the latest collection. */
export interface UpstreamRow {
  /** The server that sends. */
  readonly upstream: ServerSnapshot;
  /** Its row. */
  readonly sender: SenderFact;
}

/** A sender row and what joined it to the server it feeds. */
export interface JoinedRow extends UpstreamRow {
  /** What joined them. */
  readonly by: JoinedBy;
}

/** Sender rows of a cluster, joined to its servers as far as can be told. */
export interface SenderJoin {
  /** Rows by the standby they feed, by server name. */
  readonly joined: ReadonlyMap<string, JoinedRow>;
  /** Rows that belong to configured servers although nobody can tell which row to which, or stale ones of theirs. */
  readonly accounted: readonly UpstreamRow[];
  /** Rows that belonged to a configured server when it was last reached, nobody can tell to which. */
  readonly unassigned: readonly UpstreamRow[];
  /** Rows of standbys that nobody configured. */
  readonly others: readonly UpstreamRow[];
}

/** What was found out at earlier collections: which server a connection belongs to. */
export interface KnownOwners {
  /**
   * The server that a connection was joined to, with certainty, before.
   *
   * @param row The row; the same process id and start are the same connection.
   */
  ownerOf(row: UpstreamRow): { readonly server: string; readonly by: JoinedBy } | null;
  /**
   * Whether a connection was counted to some configured server before.
   *
   * @param row The row.
   */
  wasAccounted(row: UpstreamRow): boolean;
}

const NOBODY_KNOWN: KnownOwners = { ownerOf: () => null, wasAccounted: () => false };

interface Candidate {
  readonly standby: ServerSnapshot;
  readonly by: JoinedBy;
}

interface NamedRow extends UpstreamRow {
  /** The application name, normalized. */
  readonly name: string;
}

/** Finds the one standby that some evidence gives a row to. */
type Evidence = (row: NamedRow, loose: readonly NamedRow[]) => Candidate | null;

/**
 * Joins the sender rows of a cluster to the servers they feed, strongest evidence first: the slot whose process the
 * sender is; the application name (the server's name or its `cluster_name`); the address it comes from; the upstream
 * that the standby's own receiver names. Evidence counts only when it points to exactly one server and one row, and
 * never against the standby's own word. Base backups, `pg_receivewal` and logical decoding are no standbys.
 *
 * Of the rows that are left, as many are counted to configured standbys as stream without a row of their own: with
 * the default `application_name` and no slot, a row and its standby share no name.
 *
 * @param group The servers of one cluster; only those that are up contribute rows.
 * @param known What was found out before.
 */
export function joinSenders(group: readonly ServerSnapshot[], known: KnownOwners = NOBODY_KNOWN): SenderJoin {
  const rows = group.flatMap((upstream) =>
    (upstream.up ? upstream.facts.senders ?? [] : [])
      .filter((sender) => sender.kind === "standby")
      .map((sender): NamedRow => ({ upstream, sender, name: normalizeName(sender.applicationName) }))
  );
  const joined = new Map<string, JoinedRow>();
  const accounted: UpstreamRow[] = [];
  let loose: readonly NamedRow[] = rows;
  for (const evidence of evidences(group, known)) {
    const found = loose.flatMap((row) => {
      const candidate = evidence(row, loose);
      return candidate === null ? [] : [{ row, ...candidate }];
    });
    for (const standby of new Set(found.map((each) => each.standby))) {
      const its = found.filter((each) => each.standby === standby);
      const best = furthest(its, known);
      if (best !== undefined && !joined.has(standby.server) && !isLivePrimary(standby)) {
        joined.set(standby.server, { ...best.row, by: best.by });
      }
      // The same standby seen elsewhere, or a primary seen as the standby it was: a connection that the upstream has
      // not noticed to be gone. A second row of the same upstream is a twin.
      const joinedRow = joined.get(standby.server);
      accounted.push(...its.map(({ row }) => row).filter(({ upstream }) => upstream !== joinedRow?.upstream));
    }
    const taken = new Set([
      ...[...joined.values()].map(({ sender }) => sender),
      ...accounted.map(({ sender }) => sender),
    ]);
    loose = loose.filter(({ sender }) => !taken.has(sender));
  }
  const nameless = accountFor(loose, { group, joined, known });
  const left = loose.filter((row) => !nameless.includes(row));
  // They can only be of servers that do not tell now.
  const silent = group.filter((each) => !each.up && !joined.has(each.server)).length;
  const unassigned = left.filter((row) => known.wasAccounted(row)).slice(0, silent);
  return {
    joined,
    accounted: [...accounted, ...nameless],
    unassigned,
    others: left.filter((row) => !unassigned.includes(row)),
  };
}

/** Of two rows of one standby the one that moves on is the living one; at rest, the one not seen before. */
function furthest<T extends { readonly row: UpstreamRow }>(
  rows: readonly T[],
  known: KnownOwners,
): T | undefined {
  const isOld = ({ row }: T) => Number(known.ownerOf(row) !== null);
  return rows.toSorted((a, b) =>
    compare(b.row.sender.replayPosition, a.row.sender.replayPosition) || isOld(a) - isOld(b)
  )[0];
}

function compare(a: Lsn | null, b: Lsn | null): number {
  if (a === b) return 0;
  return b === null || (a !== null && a > b) ? 1 : -1;
}

function evidences(group: readonly ServerSnapshot[], known: KnownOwners): readonly Evidence[] {
  const pick = (row: UpstreamRow, by: JoinedBy, fits: (standby: ServerSnapshot) => boolean) => {
    const fitting = group.filter((each) =>
      each !== row.upstream && fits(each) && !contradicts(each, row, group)
    );
    const standbys = fitting.filter((each) => !isLivePrimary(each));
    const [standby, ...others] = standbys.length > 0 ? standbys : fitting;
    return standby === undefined || others.length > 0 ? null : { standby, by };
  };
  // Once for all pairs: with a hundred standbys there are ten thousand.
  const names = new Map(group.map((each) => [each, namesOf(each)] as const));
  return [
    (row) => {
      const { slot } = row.sender;
      return slot === "" ? null : pick(row, "slot", (each) => slotNamesOf(each).includes(slot));
    },
    (row, loose) => {
      const { upstream, name } = row;
      if (loose.some((each) => each !== row && each.upstream === upstream && each.name === name)) return null;
      const candidate = pick(row, "application_name", (each) => names.get(each)?.includes(name) === true);
      if (candidate === null || name === normalizeName(candidate.standby.server)) return candidate;
      return { ...candidate, by: "cluster_name" };
    },
    (row, loose) => {
      const address = row.sender.clientAddress;
      if (isLocal(address) || loose.some((each) => each !== row && each.sender.clientAddress === address)) {
        return null;
      }
      return pick(
        row,
        "address",
        (each) =>
          receiverOf(each)?.status === "streaming" && hostsOf(each).includes(address) &&
          receiverOf(each)?.senderPort === row.upstream.address?.port,
      );
    },
    (row, loose) => {
      const { upstream } = row;
      if (loose.some((each) => each !== row && each.upstream === upstream)) return null;
      return pick(row, "receiver", (each) => upstreamByAddress(each, group) === upstream);
    },
    (row) => {
      const owner = known.ownerOf(row);
      const standby = group.find((each) => each.server === owner?.server);
      if (owner === null || standby === undefined || standby === row.upstream) return null;
      return { standby, by: owner.by };
    },
  ];
}

/** A server that is not reached may have become a standby since. */
function isLivePrimary(server: ServerSnapshot): boolean {
  return server.up && server.role === "primary";
}

function namesOf(standby: ServerSnapshot): readonly string[] {
  return [standby.server, serverFact(standby)?.clusterName ?? ""]
    .filter((name) => name !== "").map(normalizeName);
}

/**
 * Whether the standby itself says that this row is not its own: it streams with another slot, or from elsewhere.
 *
 * That it has no receiver says nothing: its upstream may not have noticed yet.
 */
function contradicts(standby: ServerSnapshot, row: UpstreamRow, group: readonly ServerSnapshot[]): boolean {
  const receiver = receiverOf(standby);
  if (receiver === null || receiver.status !== "streaming") return false;
  const { slot, state } = row.sender;
  if (slot !== receiver.slot && (slot !== "" || state === "streaming")) return true;
  const upstream = upstreamByAddress(standby, group);
  return upstream !== null && upstream !== row.upstream;
}

/**
 * For each configured standby that streams without a row of its own, a row: one that was counted to a configured
 * server before, else the one that is nearest to it.
 */
function accountFor(
  loose: readonly UpstreamRow[],
  { group, joined, known }: {
    readonly group: readonly ServerSnapshot[];
    readonly joined: ReadonlyMap<string, JoinedRow>;
    readonly known: KnownOwners;
  },
): readonly UpstreamRow[] {
  const nameless = group
    .filter((each) => receiverOf(each)?.status === "streaming" && !joined.has(each.server))
    .map((standby) => ({ standby, upstream: upstreamByAddress(standby, group) }))
    .sort((a, b) => Number(b.upstream !== null) - Number(a.upstream !== null));
  const accounted: UpstreamRow[] = [];
  for (const { standby } of nameless) {
    const position = serverFact(standby)?.replayPosition ?? null;
    const [nearest] = loose
      .filter((row) =>
        !accounted.includes(row) && row.upstream !== standby && !contradicts(standby, row, group)
      )
      .sort((a, b) =>
        Number(known.wasAccounted(b)) - Number(known.wasAccounted(a)) ||
        distance(a, position) - distance(b, position)
      );
    if (nearest !== undefined) accounted.push(nearest);
  }
  return accounted;
}

function distance({ sender: { replayPosition } }: UpstreamRow, position: Lsn | null): number {
  if (replayPosition === null || position === null) return Infinity;
  return Math.abs(lsnDistanceBytes(replayPosition, position));
}
