/**
 * Which sender row feeds which server.
 *
 * @module
 */
import type { SenderFact } from "../../domain/facts.ts";
import { type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";
import type { JoinedBy } from "../../domain/standby.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { standbyRows } from "./former_connections.ts";
import { serverFact } from "./identity.ts";
import { mayFollow } from "./primary.ts";
import { isLocal, normalizeName, receiverOf, streamsWithOtherSlot } from "./receiver_facts.ts";
import { joinSilentStandbys } from "./silent_standbys.ts";
import { UpstreamIndex } from "./upstream_index.ts";

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

/** Sender rows of a cluster, joined to its servers as far as known. */
export interface SenderJoin {
  /** Rows by the standby they feed, by server name. */
  readonly joined: ReadonlyMap<string, JoinedRow>;
  /** Rows that belong to configured servers, either stale ones or without knowing which row belongs to which. */
  readonly accounted: readonly UpstreamRow[];
  /** Rows that belonged to a configured server when it was last reachable, without knowing to which. */
  readonly unassigned: readonly UpstreamRow[];
  /** Rows of standbys that nobody configured. */
  readonly others: readonly UpstreamRow[];
}

/** What is known from earlier collections: which server a connection belongs to. */
export interface KnownOwners {
  /**
   * The server that a connection was joined to with certainty.
   *
   * @param row The row; the same process id and start are the same connection.
   */
  ownerOf(row: UpstreamRow): { readonly server: string; readonly by: JoinedBy } | null;
  /** Whether a connection was attributed to some configured server. */
  wasAccounted(row: UpstreamRow): boolean;
}

const NOBODY_KNOWN: KnownOwners = { ownerOf: () => null, wasAccounted: () => false };

interface JoinCandidate {
  readonly standby: ServerSnapshot;
  readonly by: JoinedBy;
}

/** A sender row and its name. */
export interface NamedRow extends UpstreamRow {
  /** The application name, normalized. */
  readonly name: string;
}

/** Finds the one standby that evidence gives a row to; `isAlone`: no other loose row has the same property. */
type Evidence = (
  row: NamedRow,
  isAlone: (propertyOf: (row: NamedRow) => string) => boolean,
) => JoinCandidate | null;

/**
 * Joins the sender rows of a cluster to the servers they feed, strongest evidence first: the slot whose process the
 * sender is; the application name (the server's name or its `cluster_name`); the address it comes from; the upstream
 * that the standby's own receiver names; the connection, when it was joined before. Evidence counts only when it points
 * to exactly one server and one row, and never against what the standby itself reports. Base backups, `pg_receivewal`,
 * logical decoding and former connections are not standbys.
 *
 * Of the remaining rows, as many are attributed to configured standbys as stream without a row of their own: with the
 * default `application_name` and no slot, a row and its standby share no name. What is left then may belong to servers
 * that cannot be asked, see {@linkcode joinSilentStandbys}.
 *
 * @param group The servers of one cluster; only those that are up contribute rows.
 * @param known What is known from earlier collections.
 * @param index The same servers, indexed.
 */
export function joinSenders(
  group: readonly ServerSnapshot[],
  known: KnownOwners = NOBODY_KNOWN,
  index = new UpstreamIndex(group),
): SenderJoin {
  const rows = group.flatMap((upstream) =>
    standbyRows(upstream).map((sender): NamedRow => ({
      upstream,
      sender,
      name: normalizeName(sender.applicationName),
    }))
  );
  const joined = new Map<string, JoinedRow>();
  const accounted: UpstreamRow[] = [];
  let loose: readonly NamedRow[] = rows;
  for (const evidence of evidences(index, known)) {
    const isAlone = aloneAmong(loose);
    const found = Map.groupBy(
      loose.flatMap((row) => {
        const candidate = evidence(row, (propertyOf) => isAlone(row, propertyOf));
        return candidate === null ? [] : [{ row, ...candidate }];
      }),
      ({ standby }) => standby,
    );
    for (const [standby, its] of found) {
      const best = furthest(its, known);
      if (best !== undefined && !joined.has(standby.server) && mayFollow(standby, best.row.upstream)) {
        joined.set(standby.server, { ...best.row, by: best.by });
      }
      // The same standby at another upstream, or a primary that was a standby: the upstream has not noticed that the
      // connection is gone. A second row at the same upstream is another standby.
      const joinedRow = joined.get(standby.server);
      accounted.push(...its.map(({ row }) => row).filter(({ upstream }) => upstream !== joinedRow?.upstream));
    }
    const taken = new Set([...joined.values(), ...accounted].map(({ sender }) => sender));
    loose = loose.filter(({ sender }) => !taken.has(sender));
  }
  const nameless = accountFor(loose, { group, index, joined, known });
  const left = loose.filter((row) => !nameless.has(row));
  const { joined: silent, unassigned: open } = joinSilentStandbys(left, { group, index, joined });
  for (const [server, row] of silent) joined.set(server, row);
  const taken = new Set([...silent.values(), ...open].map(({ sender }) => sender));
  const rest = left.filter(({ sender }) => !taken.has(sender));
  // They can only belong to servers that are unreachable now.
  const silentCount = group.filter((each) => !each.up && !joined.has(each.server)).length;
  const before = rest.filter((row) => known.wasAccounted(row)).slice(
    0,
    Math.max(0, silentCount - open.length),
  );
  const unassigned = [...open, ...before];
  return {
    joined,
    accounted: [...accounted, ...nameless],
    unassigned,
    others: rest.filter((row) => !unassigned.includes(row)),
  };
}

/** Whether a row is the only one with some property; each property is counted once for all rows. */
function aloneAmong(rows: readonly NamedRow[]) {
  const counts = new Map<(row: NamedRow) => string, Map<string, number>>();
  return (row: NamedRow, propertyOf: (row: NamedRow) => string): boolean => {
    let counted = counts.get(propertyOf);
    if (counted === undefined) {
      counted = new Map();
      for (const each of rows) counted.set(propertyOf(each), (counted.get(propertyOf(each)) ?? 0) + 1);
      counts.set(propertyOf, counted);
    }
    return counted.get(propertyOf(row)) === 1;
  };
}

const upstreamAndName = ({ upstream, name }: NamedRow) => `${upstream.server} ${name}`;
const clientAddress = ({ sender }: NamedRow) => sender.clientAddress;
const upstreamServer = ({ upstream }: NamedRow) => upstream.server;

/** Of several rows of one standby the furthest is the live one; of equal ones, the one not seen before. */
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

function evidences(index: UpstreamIndex, known: KnownOwners): readonly Evidence[] {
  const pick = (row: UpstreamRow, by: JoinedBy, fitting: readonly ServerSnapshot[]) => {
    const possible = fitting.filter((each) => each !== row.upstream && !contradicts(each, row, index));
    const standbys = possible.filter((each) => !isLivePrimary(each));
    const [standby, ...others] = standbys.length > 0 ? standbys : possible;
    return standby === undefined || others.length > 0 ? null : { standby, by };
  };
  return [
    (row) => {
      const { slot } = row.sender;
      return slot === "" ? null : pick(row, "slot", index.usingSlot(slot));
    },
    (row, isAlone) => {
      if (!isAlone(upstreamAndName)) return null;
      const candidate = pick(row, "application_name", index.withName(row.name));
      if (candidate === null || row.name === normalizeName(candidate.standby.server)) return candidate;
      return { ...candidate, by: "cluster_name" };
    },
    (row, isAlone) => {
      const address = row.sender.clientAddress;
      if (isLocal(address) || !isAlone(clientAddress)) return null;
      const port = row.upstream.address?.port;
      return pick(
        row,
        "address",
        index.onHost(address).filter((each) => {
          const receiver = receiverOf(each);
          return receiver?.status === "streaming" && receiver.senderPort === port;
        }),
      );
    },
    (row, isAlone) =>
      isAlone(upstreamServer) ? pick(row, "receiver", index.streamingFrom(row.upstream)) : null,
    (row) => {
      const owner = known.ownerOf(row);
      const standby = index.named(owner?.server ?? null);
      return owner === null || standby === null || standby === row.upstream
        ? null
        : { standby, by: owner.by };
    },
  ];
}

function isLivePrimary(server: ServerSnapshot): boolean {
  return server.up && server.role === "primary";
}

/**
 * Whether the standby itself reports that a row is not its own: it streams with another slot, or from another server.
 *
 * A missing receiver proves nothing: the upstream may not have noticed yet.
 */
function contradicts(standby: ServerSnapshot, row: UpstreamRow, index: UpstreamIndex): boolean {
  if (streamsWithOtherSlot(standby, row.sender)) return true;
  const upstream = index.upstreamOf(standby);
  return upstream !== null && upstream !== row.upstream;
}

/**
 * Finds a row for each configured standby that streams without one: a row that was attributed to a configured server
 * before, else the one whose position is nearest.
 */
function accountFor(
  loose: readonly UpstreamRow[],
  { group, index, joined, known }: {
    readonly group: readonly ServerSnapshot[];
    readonly index: UpstreamIndex;
    readonly joined: ReadonlyMap<string, JoinedRow>;
    readonly known: KnownOwners;
  },
): ReadonlySet<UpstreamRow> {
  const nameless = group
    .filter((each) => receiverOf(each)?.status === "streaming" && !joined.has(each.server))
    .sort((a, b) => Number(index.upstreamOf(b) !== null) - Number(index.upstreamOf(a) !== null));
  // Standbys that report the same upstream and slot fit the same rows, which are searched once for all of them.
  const alike = Map.groupBy(nameless, (each) => {
    const upstream = index.upstreamOf(each)?.server;
    return JSON.stringify([upstream, receiverOf(each)?.slot]);
  });
  const accounted = new Set<UpstreamRow>();
  for (const standbys of alike.values()) {
    const [first] = standbys;
    if (first === undefined) continue;
    const fitting = loose.filter((row) => !accounted.has(row) && !contradicts(first, row, index));
    if (fitting.length <= standbys.length && !fitting.some(({ upstream }) => standbys.includes(upstream))) {
      for (const row of fitting) accounted.add(row);
      continue;
    }
    for (const standby of standbys) {
      const left = fitting.filter((row) => !accounted.has(row) && row.upstream !== standby);
      const before = left.filter((row) => known.wasAccounted(row));
      const nearest = nearestTo(
        serverFact(standby)?.replayPosition ?? null,
        before.length > 0 ? before : left,
      );
      if (nearest !== null) accounted.add(nearest);
    }
  }
  return accounted;
}

function nearestTo(position: Lsn | null, rows: readonly UpstreamRow[]): UpstreamRow | null {
  let nearest: { readonly row: UpstreamRow; readonly bytes: number } | null = null;
  for (const row of rows) {
    const { replayPosition } = row.sender;
    const bytes = replayPosition === null || position === null
      ? Infinity
      : Math.abs(lsnDistanceBytes(replayPosition, position));
    if (nearest === null || bytes < nearest.bytes) nearest = { row, bytes };
  }
  return nearest?.row ?? null;
}
