/**
 * Which sender rows feed servers that cannot be asked: one that is starting up, rejects the login, has no connection left,
 * or is frozen.
 *
 * @module
 */
import type { JoinedBy } from "../../domain/standby.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import type { JoinedRow, NamedRow, UpstreamRow } from "./join_senders.ts";
import { mayFollow } from "./primary.ts";
import { hostsOf, isLocal, isTellingName, knownReceiver } from "./receiver_facts.ts";
import type { UpstreamIndex } from "./upstream_index.ts";

/** Rows of servers that cannot be asked. */
export interface SilentRows {
  /** Rows by the server they feed: each is the only candidate of the other. */
  readonly joined: ReadonlyMap<string, JoinedRow>;
  /** Rows of several such servers, without knowing which belongs to which. */
  readonly unassigned: readonly UpstreamRow[];
}

/**
 * Joins rows to servers that cannot be asked, where nothing contradicts: not the slot or the name of another server, not
 * another address. Of a server that responds, though not with its state, being the only candidate is enough; one that does
 * not respond at all must have the row's address, and one at whose address nothing listens has no row.
 *
 * @param rows Rows that nothing else joins.
 * @param cluster The servers, indexed, and which of them have a row.
 */
export function joinSilentStandbys(
  rows: readonly NamedRow[],
  { group, index, joined: known }: {
    readonly group: readonly ServerSnapshot[];
    readonly index: UpstreamIndex;
    readonly joined: ReadonlyMap<string, JoinedRow>;
  },
): SilentRows {
  const joined = new Map<string, JoinedRow>();
  const rowless = rows.length === 0 ? [] : group.filter(({ server }) => !known.has(server));
  const silent = rowless.filter(({ up }) => !up);
  if (silent.length === 0) return { joined, unassigned: [] };
  // A standby that does not show its receiver may have the row as well.
  const hidden = rowless.filter((each) => each.up && each.role === "standby" && !knowsReceiver(each));
  const pairsOf = (row: NamedRow, by?: JoinedBy) =>
    silent.filter((standby) => !joined.has(standby.server))
      .map((standby) => ({ row, standby, by: fitOf(row, standby, index) }))
      .filter((pair) => pair.by !== null && (by === undefined || pair.by === by));
  let left = rows.filter((row) => hidden.every((each) => isAt(each, row) === false));
  for (const by of ["address", "only_candidate"] as const) {
    const pairs = left.flatMap((row) => pairsOf(row, by === "address" ? by : undefined));
    const ofRow = Map.groupBy(pairs, ({ row }) => row);
    const ofStandby = Map.groupBy(pairs, ({ standby }) => standby);
    for (const { row, standby } of pairs) {
      if (ofRow.get(row)?.length !== 1 || ofStandby.get(standby)?.length !== 1) continue;
      joined.set(standby.server, { upstream: row.upstream, sender: row.sender, by });
    }
    const taken = new Set([...joined.values()].map(({ sender }) => sender));
    left = left.filter(({ sender }) => !taken.has(sender));
  }
  const open = left.flatMap((row) => pairsOf(row));
  const unassigned = [...new Set(open.map(({ row }) => row))];
  const areAllTheirs = unassigned.length <= new Set(open.map(({ standby }) => standby)).size;
  return { joined, unassigned: areAllTheirs ? unassigned : [] };
}

/** What makes a row that of a server that cannot be asked; null when something contradicts, or nothing shows it. */
function fitOf(row: NamedRow, standby: ServerSnapshot, index: UpstreamIndex): JoinedBy | null {
  const { trouble } = standby;
  const isDeaf = trouble === null || trouble.step === "connect" || trouble.step === "resolve";
  const isGone = trouble?.step === "connect" && trouble.kind === "refused";
  if (isGone || standby === row.upstream || !mayFollow(standby, row.upstream)) return null;
  if (hasOtherSlot(row, standby, index)) return null;
  const isTelling = isTellingName(row.sender.applicationName, row.upstream);
  const named = isTelling ? index.withName(row.name) : [];
  if (isOfOther(standby, named)) return null;
  const isThere = isAt(standby, row);
  if (isThere === true && (named.length > 0 || !isTelling || !isLocal(row.sender.clientAddress))) {
    return "address";
  }
  return isThere === false || isDeaf || (isTelling && named.length === 0) ? null : "only_candidate";
}

/** Whether the slot of a row is that of another server, or the server used another one when it was last read. */
function hasOtherSlot(
  { sender: { slot, state } }: NamedRow,
  standby: ServerSnapshot,
  index: UpstreamIndex,
): boolean {
  if (slot === "" && state === "startup") return false;
  const { receiver, recovery } = standby.facts;
  const own = [receiver?.[0]?.slot ?? "", recovery?.[0]?.primarySlotName ?? ""].filter((name) => name !== "");
  return own.length > 0 ? !own.includes(slot) : isOfOther(standby, slot === "" ? [] : index.usingSlot(slot));
}

function isOfOther(standby: ServerSnapshot, owners: readonly ServerSnapshot[]): boolean {
  return owners.length > 0 && !owners.includes(standby);
}

/** Whether a server is where a row comes from; null when names of hosts leave that open. */
function isAt(standby: ServerSnapshot, { upstream, sender: { clientAddress } }: NamedRow): boolean | null {
  const hosts = hostsOf(standby);
  const from = isLocal(clientAddress) ? hostsOf(upstream) : [clientAddress.toLowerCase()];
  if (hosts.some((host) => from.includes(host))) return true;
  const isOpen = [hosts, from].some((each) => each.length === 0 || !each.some(isAddress));
  return isOpen || (hosts.some(isLocal) && from.some(isLocal)) ? null : false;
}

/** Whether a host is an address rather than a name. */
function isAddress(host: string): boolean {
  return host.includes(":") || /^[\d.]+$/.test(host);
}

function knowsReceiver(standby: ServerSnapshot): boolean {
  return knownReceiver(standby) !== undefined;
}
