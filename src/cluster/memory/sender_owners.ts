/**
 * Which configured server each connection belongs to, as found out while that server was reached.
 *
 * A standby that we do not reach any more may still stream under a name that joins it to nothing: its connection is
 * known from before, by process id and start.
 *
 * @module
 */
import type { JoinedBy } from "../../domain/standby.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import type { KnownOwners, SenderJoin, UpstreamRow } from "../topology/join_senders.ts";
import { receiverOf } from "../topology/receiver_facts.ts";

/** Remembers the owners of connections for as long as these last. */
export class SenderOwners implements KnownOwners {
  readonly #owners = new Map<string, { readonly server: string; readonly by: JoinedBy }>();
  readonly #accounted = new Set<string>();

  /** See {@linkcode KnownOwners.ownerOf}. */
  ownerOf(row: UpstreamRow): { readonly server: string; readonly by: JoinedBy } | null {
    return this.#owners.get(connectionOf(row)) ?? null;
  }

  /** See {@linkcode KnownOwners.wasAccounted}. */
  wasAccounted(row: UpstreamRow): boolean {
    return this.#accounted.has(connectionOf(row));
  }

  /**
   * Remembers the joins that the standby's own receiver confirms, and forgets connections that have ended.
   *
   * @param senders The sender rows of a cluster.
   * @param group Its servers.
   */
  observe(senders: SenderJoin, group: readonly ServerSnapshot[]): void {
    for (const [server, row] of senders.joined) {
      const standby = group.find((each) => each.server === server);
      if (standby === undefined || receiverOf(standby)?.status !== "streaming") continue;
      this.#owners.set(connectionOf(row), { server, by: row.by });
    }
    for (const row of senders.accounted) this.#accounted.add(connectionOf(row));
    const { joined, accounted, unassigned, others } = senders;
    const rows = [...joined.values(), ...accounted, ...unassigned, ...others];
    const present = new Set(rows.map(connectionOf));
    const told = group.filter((each) => each.up && each.facts.senders !== undefined);
    for (const connection of [...this.#owners.keys(), ...this.#accounted]) {
      const isTold = told.some((each) => connection.startsWith(`${each.server}\n`));
      if (!isTold || present.has(connection)) continue;
      this.#owners.delete(connection);
      this.#accounted.delete(connection);
    }
  }
}

function connectionOf({ upstream, sender }: UpstreamRow): string {
  return `${upstream.server}\n${sender.pid}\n${sender.backendStartUnixSeconds}\n${sender.applicationName}`;
}
