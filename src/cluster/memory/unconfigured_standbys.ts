/**
 * Standbys that nobody configured: seen as sender rows, and remembered when their row is gone.
 *
 * @module
 */
import type { SenderFact } from "../../domain/facts.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { isStreaming } from "../topology/connected.ts";
import { serverFact } from "../topology/identity.ts";
import type { SenderJoin, UpstreamRow } from "../topology/join_senders.ts";
import type { Applied } from "../lag/standby_lag.ts";

/** UnconfiguredStandby at most per cluster; beyond it the one longest gone is forgotten. */
const MOST_REMEMBERED = 100;

/** What is known of a standby that is not configured. */
export interface UnconfiguredStandby {
  /** Application name of its sender row; `#2` and so on behind names that are taken. */
  readonly name: string;
  /** Name of the server it receives from, or last received from. */
  readonly upstream: string;
  /** Whether it receives WAL by streaming; null when its upstream is not reached or does not tell. */
  readonly connected: boolean | null;
  /** Its row at the latest collection of its upstream; null when that has none, or was not reached. */
  readonly row: SenderFact | null;
  /** The furthest position it told its upstream to have applied; null when never. */
  readonly applied: Applied | null;
  /** Whether it appeared at the latest collection of an upstream whose standbys had been told before. */
  readonly isNew: boolean;
}

interface Entry extends UnconfiguredStandby {
  readonly key: string;
  /** The row last seen. */
  readonly last: SenderFact;
}

/** Remembers, per cluster, the standbys whose rows belong to no configured server. */
export class UnconfiguredStandbys {
  readonly #configured: Set<string>;
  readonly #clusters = new Map<string, readonly Entry[]>();
  readonly #joinedKeys = new Set<string>();
  readonly #told = new Set<string>();

  /**
   * Remembers nobody yet.
   *
   * @param configured Names of the configured servers, which no other standby gets.
   */
  constructor(configured: ReadonlySet<string> = new Set()) {
    this.#configured = new Set(configured);
  }

  /**
   * Gives a name to a server that is watched from now on: what was remembered under it was that server.
   *
   * @param server The server's name.
   */
  claim(server: string): void {
    this.#configured.add(server);
    for (const [systemIdentifier, entries] of this.#clusters) {
      this.#clusters.set(systemIdentifier, entries.filter(({ name }) => name !== server));
    }
  }

  /**
   * Takes the name back from a server that is no longer watched.
   *
   * @param server The server's name.
   */
  release(server: string): void {
    this.#configured.delete(server);
  }

  /**
   * Takes in the sender rows of a cluster.
   *
   * A row is the standby it was before: the same connection, else the same name and slot at the same upstream, else
   * at another one, which it may have moved to. Twins stay two.
   *
   * @param systemIdentifier The cluster.
   * @param group Its servers.
   * @param senders Their sender rows.
   */
  observe(systemIdentifier: string, group: readonly ServerSnapshot[], senders: SenderJoin): void {
    const before = this.#forgetJoined(this.#clusters.get(systemIdentifier) ?? [], senders);
    const entries = new Map<Entry, UpstreamRow | null>(before.map((entry) => [entry, null]));
    // Before START_REPLICATION a row has no slot yet: it cannot be told whose it is.
    let rows: readonly UpstreamRow[] = senders.others.filter((row) => row.sender.state !== "startup");
    for (const isSame of [isSameConnection, isSameAtUpstream, isSameElsewhere]) {
      rows = rows.filter((row) => {
        const entry = before.find((each) => entries.get(each) === null && isSame(each, row));
        if (entry !== undefined) entries.set(entry, row);
        return entry === undefined;
      });
    }
    const seen: Entry[] = [];
    const gone: Entry[] = [];
    for (const [entry, row] of entries) {
      if (row === null) gone.push(withoutRow(entry, group));
      else seen.push(withRow(entry.name, row, { applied: entry.applied, isNew: false }));
    }
    this.#clusters.set(systemIdentifier, [...gone, ...seen]);
    for (const row of rows) {
      const isNew = this.#told.has(row.upstream.server);
      seen.push(withRow(this.#freeName(row, seen), row, { applied: null, isNew }));
    }
    for (const { server, up, facts } of group) {
      if (up && facts.senders !== undefined) this.#told.add(server);
    }
    // The longest gone come first, those that are here last.
    this.#clusters.set(systemIdentifier, [...gone, ...seen].slice(-MOST_REMEMBERED));
  }

  /**
   * The standbys of a cluster that are not configured, by name.
   *
   * @param systemIdentifier The cluster.
   */
  of(systemIdentifier: string): readonly UnconfiguredStandby[] {
    const entries = this.#clusters.get(systemIdentifier) ?? [];
    return entries.toSorted((a, b) => a.name < b.name ? -1 : 1);
  }

  /**
   * Forgets those that turned out to be configured servers: their connection was joined to one, or a server is
   * joined for the first time under the name and slot of one that is gone.
   */
  #forgetJoined(entries: readonly Entry[], senders: SenderJoin): readonly Entry[] {
    let left = entries;
    const joined = [...senders.joined].map(([server, row]) => ({ server, row }));
    for (const { server, row } of joined) {
      const first = !this.#joinedKeys.has(`${server}\n${keyOf(row.sender)}`);
      this.#joinedKeys.add(`${server}\n${keyOf(row.sender)}`);
      const it = left.find((entry) => isSameConnection(entry, row)) ??
        (first
          ? left.find((entry) => entry.key === keyOf(row.sender) && entry.connected !== true)
          : undefined);
      left = left.filter((entry) => entry !== it);
    }
    const accounted = [...senders.accounted, ...senders.unassigned];
    return left.filter((entry) => !accounted.some((row) => isSameConnection(entry, row)));
  }

  #freeName({ sender }: UpstreamRow, seen: readonly Entry[]): string {
    const taken = new Set([...this.#configured, ...seen.map((each) => each.name)]);
    for (const entries of this.#clusters.values()) for (const { name } of entries) taken.add(name);
    const base = sender.applicationName === "" ? "standby" : sender.applicationName;
    let name = base;
    for (let number = 2; taken.has(name); number++) name = `${base}#${number}`;
    return name;
  }
}

function withRow(
  name: string,
  { upstream, sender }: UpstreamRow,
  { applied: before, isNew }: Pick<Entry, "applied" | "isNew">,
): Entry {
  const position = sender.replayPosition;
  const applied = position === null || upstream.readAt === null
    ? before
    : { position, at: upstream.readAt, timeline: serverFact(upstream)?.timeline ?? null };
  return {
    name,
    upstream: upstream.server,
    connected: isStreaming(sender),
    row: sender,
    applied,
    isNew,
    key: keyOf(sender),
    last: sender,
  };
}

/** Its row is not there: it is gone, unless its upstream cannot tell. */
function withoutRow(entry: Entry, group: readonly ServerSnapshot[]): Entry {
  const upstream = group.find((each) => each.server === entry.upstream);
  const isTold = upstream !== undefined && upstream.up && upstream.facts.senders !== undefined;
  return { ...entry, row: null, isNew: false, connected: isTold ? false : null };
}

function isSameConnection({ upstream, last }: Entry, row: UpstreamRow): boolean {
  return upstream === row.upstream.server && last.pid === row.sender.pid &&
    last.backendStartUnixSeconds === row.sender.backendStartUnixSeconds &&
    last.applicationName === row.sender.applicationName;
}

function isSameAtUpstream({ upstream, key }: Entry, row: UpstreamRow): boolean {
  return upstream === row.upstream.server && key === keyOf(row.sender);
}

function isSameElsewhere({ key }: Entry, row: UpstreamRow): boolean {
  return key === keyOf(row.sender);
}

/** Name and slot; no address, which a standby may change, and no slot that dies with its connection. */
function keyOf({ applicationName, slot }: SenderFact): string {
  return slot === "" || slot.startsWith("pg_walreceiver_") ? applicationName : `${applicationName} ${slot}`;
}
