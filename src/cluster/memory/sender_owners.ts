/**
 * Which configured server each connection belongs to, as known while that server was reachable.
 *
 * An unreachable standby may still stream under a name that identifies no server; its connection is recognized by process
 * id and start.
 *
 * @module
 */
import type { JoinedBy } from "../../domain/standby.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import type { KnownOwners, SenderJoin, UpstreamRow } from "../topology/join_senders.ts";
import { receiverOf } from "../topology/receiver_facts.ts";
import { UpstreamIndex } from "../topology/upstream_index.ts";

interface KnownConnection {
  /** The server it was read from. */
  readonly upstream: string;
  /** The server it was joined to with certainty; null when there is none. */
  readonly owner: { readonly server: string; readonly by: JoinedBy } | null;
  /** Whether it was counted to some configured server. */
  readonly isAccounted: boolean;
}

/** Remembers the owners of connections for as long as these last. */
export class SenderOwners implements KnownOwners {
  readonly #known = new Map<string, KnownConnection>();

  /** See {@linkcode KnownOwners.ownerOf}. */
  ownerOf(row: UpstreamRow): { readonly server: string; readonly by: JoinedBy } | null {
    return this.#known.get(connectionOf(row))?.owner ?? null;
  }

  /** See {@linkcode KnownOwners.wasAccounted}. */
  wasAccounted(row: UpstreamRow): boolean {
    return this.#known.get(connectionOf(row))?.isAccounted ?? false;
  }

  /**
   * Remembers the joins that the standby's own receiver confirms, and forgets connections that have ended.
   *
   * @param senders The sender rows of a cluster.
   * @param servers Its servers.
   * @param index The same servers, indexed.
   */
  observe(
    senders: SenderJoin,
    servers: readonly ServerSnapshot[],
    index = new UpstreamIndex(servers),
  ): void {
    for (const [server, row] of senders.joined) {
      const standby = index.named(server);
      if (standby === null || receiverOf(standby)?.status !== "streaming") continue;
      this.#note(row, { owner: { server, by: row.by } });
    }
    for (const row of senders.accounted) this.#note(row, { isAccounted: true });
    const { joined, accounted, unassigned, others } = senders;
    const present = new Set([...joined.values(), ...accounted, ...unassigned, ...others].map(connectionOf));
    const reporting = new Set(
      servers.filter(({ up, facts }) => up && facts.senders !== undefined).map(({ server }) => server),
    );
    for (const [key, { upstream }] of this.#known) {
      if (reporting.has(upstream) && !present.has(key)) this.#known.delete(key);
    }
  }

  /** Forgets connections to servers that are of another cluster. */
  forget(isForeign: (server: string) => boolean): void {
    for (const [key, { upstream }] of this.#known) if (isForeign(upstream)) this.#known.delete(key);
  }

  #note(row: UpstreamRow, found: Partial<KnownConnection>): void {
    const key = connectionOf(row);
    const known = this.#known.get(key) ?? { upstream: row.upstream.server, owner: null, isAccounted: false };
    this.#known.set(key, { ...known, ...found });
  }
}

function connectionOf({ upstream, sender }: UpstreamRow): string {
  return `${upstream.server}\n${sender.pid}\n${sender.backendStartUnixSeconds}\n${sender.applicationName}`;
}
