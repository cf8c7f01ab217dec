/**
 * Standbys that nobody configured: known by their sender rows, and remembered when the row is gone.
 *
 * @module
 */
import type { SenderFact } from "../../domain/facts.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { CATCH_UP_WINDOW_SECONDS } from "../lag/forecasts.ts";
import { PositionHistory } from "../lag/position_history.ts";
import { hasReported, isStreaming } from "../topology/connected.ts";
import type { SenderJoin, UpstreamRow } from "../topology/join_senders.ts";
import { appliedByRow, type TimelinePosition } from "./server_memory.ts";

/** Standbys remembered per cluster; beyond that the one longest gone is forgotten. */
const MOST_UNCONFIGURED = 100;

/** A standby that is not configured. */
export interface UnconfiguredStandby {
  /** Application name of its sender row; `#2` and so on behind names that are taken. */
  readonly name: string;
  /** Name of the server it receives from, or last received from. */
  readonly upstream: string;
  /** Whether it receives WAL by streaming; null when its upstream is unreachable or does not report it. */
  readonly connected: boolean | null;
  /** Its row at the latest collection of its upstream; null when there is none, or the upstream was unreachable. */
  readonly row: SenderFact | null;
  /** The furthest position it is known to have applied; null when unknown. */
  readonly applied: TimelinePosition | null;
  /** Its recent replay positions. */
  readonly replay: PositionHistory;
  /** Whether it appeared at the latest collection of an upstream whose standbys were known before. */
  readonly isNew: boolean;
}

interface RememberedStandby extends UnconfiguredStandby {
  /** Identifies it over several connections. */
  readonly identity: string;
  /** The row last seen. */
  readonly last: SenderFact;
}

/** Remembers the standbys of one cluster whose rows belong to no configured server. */
export class UnconfiguredStandbys {
  #standbys: readonly RememberedStandby[] = [];
  readonly #joined = new Set<string>();
  readonly #reporting = new Set<string>();
  readonly #isTaken: (name: string) => boolean;

  /**
   * Remembers nothing yet.
   *
   * @param isTaken Whether another server or standby of any cluster has a name.
   */
  constructor(isTaken: (name: string) => boolean = () => false) {
    this.#isTaken = isTaken;
  }

  /** The standbys, by name. */
  get all(): readonly UnconfiguredStandby[] {
    return this.#standbys.toSorted((a, b) => a.name < b.name ? -1 : 1);
  }

  /** Whether one of them has this name. */
  has(name: string): boolean {
    return this.#standbys.some((each) => each.name === name);
  }

  /** Forgets the standby of this name, because a server of that name is watched now. */
  forget(name: string): void {
    this.#standbys = this.#standbys.filter((each) => each.name !== name);
  }

  /** Forgets standbys that follow a server that is of another cluster. */
  forgetFollowers(isForeign: (server: string) => boolean): void {
    this.#standbys = this.#standbys.filter(({ upstream }) => !isForeign(upstream));
  }

  /**
   * Records the sender rows of the cluster.
   *
   * A row belongs to the remembered standby with the same connection, else with the same name and slot at the same
   * upstream, else at another one, which it may have moved to. Equal rows remain separate standbys.
   *
   * @param servers The servers of the cluster.
   * @param senders Their sender rows.
   */
  observe(servers: readonly ServerSnapshot[], senders: SenderJoin): void {
    const before = this.#withoutJoined(senders);
    const rowOf = new Map<RememberedStandby, UpstreamRow | null>(before.map((each) => [each, null]));
    // Before START_REPLICATION a row has no slot yet, so its standby is unknown.
    let rows: readonly UpstreamRow[] = senders.others.filter((row) => row.sender.state !== "startup");
    for (const isSame of [isSameConnection, isSameAtUpstream, isSameElsewhere]) {
      rows = rows.filter((row) => {
        const same = before.find((each) => rowOf.get(each) === null && isSame(each, row));
        if (same !== undefined) rowOf.set(same, row);
        return same === undefined;
      });
    }
    const gone = before.filter((each) => rowOf.get(each) === null).map((each) => withoutRow(each, servers));
    const seen = before.flatMap((each) => {
      const row = rowOf.get(each) ?? null;
      return row === null ? [] : [withRow(each, row)];
    });
    this.#standbys = [...gone, ...seen];
    for (const row of rows.filter(({ sender }) => hasReported(sender))) {
      const fresh = {
        name: this.#freeName(row, seen),
        applied: null,
        replay: new PositionHistory(CATCH_UP_WINDOW_SECONDS),
        isNew: this.#reporting.has(row.upstream.server),
      };
      seen.push({ ...withRow(fresh, row), isNew: fresh.isNew });
    }
    for (const { server, up, facts } of servers) {
      if (up && facts.senders !== undefined) this.#reporting.add(server);
    }
    // The longest gone come first.
    this.#standbys = [...gone, ...seen].slice(-MOST_UNCONFIGURED);
  }

  /**
   * The standbys without those that turned out to be configured servers: their connection was joined to one, or a server
   * is joined for the first time under the name and slot of one that is gone.
   */
  #withoutJoined(senders: SenderJoin): readonly RememberedStandby[] {
    let left = this.#standbys;
    for (const [server, row] of senders.joined) {
      const identity = identityOf(row.sender);
      const isFirst = !this.#joined.has(`${server}\n${identity}`);
      this.#joined.add(`${server}\n${identity}`);
      const same = left.find((each) => isSameConnection(each, row)) ??
        (isFirst ? left.find((each) => each.identity === identity && each.connected !== true) : undefined);
      left = left.filter((each) => each !== same);
    }
    const accounted = [...senders.accounted, ...senders.unassigned];
    return left.filter((each) => !accounted.some((row) => isSameConnection(each, row)));
  }

  #freeName({ sender }: UpstreamRow, seen: readonly UnconfiguredStandby[]): string {
    const taken = new Set(seen.map(({ name }) => name));
    const base = sender.applicationName === "" ? "standby" : sender.applicationName;
    let name = base;
    for (let n = 2; taken.has(name) || this.#isTaken(name); n++) name = `${base}#${n}`;
    return name;
  }
}

function withRow(
  known: Pick<UnconfiguredStandby, "name" | "applied" | "replay">,
  { upstream, sender }: UpstreamRow,
): RememberedStandby {
  const applied = appliedByRow(upstream, sender) ?? known.applied;
  if (upstream.readAt !== null && sender.replayPosition !== null) {
    known.replay.add({ position: sender.replayPosition, at: upstream.readAt });
  }
  return {
    name: known.name,
    replay: known.replay,
    upstream: upstream.server,
    connected: isStreaming(sender),
    row: sender,
    applied,
    isNew: false,
    identity: identityOf(sender),
    last: sender,
  };
}

/** Without a row it is disconnected, unless its upstream does not report its senders. */
function withoutRow(known: RememberedStandby, servers: readonly ServerSnapshot[]): RememberedStandby {
  const upstream = servers.find((each) => each.server === known.upstream);
  const isReported = upstream !== undefined && upstream.up && upstream.facts.senders !== undefined;
  return { ...known, row: null, isNew: false, connected: isReported ? false : null };
}

function isSameConnection({ upstream, last }: RememberedStandby, row: UpstreamRow): boolean {
  return upstream === row.upstream.server && last.pid === row.sender.pid &&
    last.backendStartUnixSeconds === row.sender.backendStartUnixSeconds &&
    last.applicationName === row.sender.applicationName;
}

function isSameAtUpstream({ upstream, identity }: RememberedStandby, row: UpstreamRow): boolean {
  return upstream === row.upstream.server && identity === identityOf(row.sender);
}

function isSameElsewhere({ identity }: RememberedStandby, row: UpstreamRow): boolean {
  return identity === identityOf(row.sender);
}

/** Name and slot, without the address, which may change, and without a temporary slot, which ends with the connection. */
function identityOf({ applicationName, slot }: SenderFact): string {
  return slot === "" || slot.startsWith("pg_walreceiver_") ? applicationName : `${applicationName} ${slot}`;
}
