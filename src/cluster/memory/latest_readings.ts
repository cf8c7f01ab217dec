import type { ServerSnapshot } from "../../domain/view.ts";
import type { Before } from "./server_changes.ts";

/** The latest reading of each server, also by the cluster name that the user gave it: nothing is derived across that. */
export class LatestReadings {
  readonly #byServer = new Map<string, Before>();
  readonly #members = new Map<string, Set<string>>();
  readonly #identifiers = new Map<string, string>();
  readonly #byIdentifier = new Map<string, Set<string>>();

  /** The latest reading of a server; null before the first. */
  of(server: string): Before | null {
    return this.#byServer.get(server) ?? null;
  }

  /** Cluster name of a server; "" when it has none, or was not read yet. */
  nameOf(server: string): string {
    return this.of(server)?.latest.cluster ?? "";
  }

  /** Whether servers with a cluster name were read. */
  hasName(cluster: string): boolean {
    return this.#members.has(cluster);
  }

  /** Names of all servers that were read. */
  get servers(): readonly string[] {
    return [...this.#byServer.keys()];
  }

  /** The latest snapshots of the servers with a cluster name, in the order in which they were first read. */
  named(cluster: string): readonly ServerSnapshot[] {
    return [...this.#members.get(cluster) ?? []].flatMap((server) => this.of(server)?.latest ?? []);
  }

  /** The system identifier of a server; null when it is unknown. */
  identifierOf(server: string): string | null {
    return this.#identifiers.get(server) ?? null;
  }

  /** The latest snapshots of the servers with a system identifier, in no order. */
  withIdentifier(systemIdentifier: string): readonly ServerSnapshot[] {
    return [...this.#byIdentifier.get(systemIdentifier) ?? []].flatMap((server) =>
      this.of(server)?.latest ?? []
    );
  }

  /**
   * Records a reading.
   *
   * @param reading The reading.
   * @param writtenAs The identifier under which the server wrote in an earlier run: that of one that was never reached.
   */
  set(reading: Before, writtenAs: string | null): void {
    const { server, cluster, facts } = reading.latest;
    const fact = facts.server?.[0];
    const identifier = fact === undefined ? writtenAs : fact.systemIdentifier;
    if (this.nameOf(server) !== cluster || this.identifierOf(server) !== identifier) this.forget(server);
    this.#byServer.set(server, reading);
    add(this.#members, cluster, server);
    if (identifier === null) return;
    this.#identifiers.set(server, identifier);
    add(this.#byIdentifier, identifier, server);
  }

  /** Forgets a server. */
  forget(server: string): void {
    const cluster = this.nameOf(server);
    this.#byServer.delete(server);
    remove(this.#members, cluster, server);
    remove(this.#byIdentifier, this.identifierOf(server) ?? "", server);
    this.#identifiers.delete(server);
  }
}

function add(sets: Map<string, Set<string>>, key: string, value: string): void {
  const known = sets.get(key);
  if (known === undefined) sets.set(key, new Set([value]));
  else known.add(value);
}

function remove(sets: Map<string, Set<string>>, key: string, value: string): void {
  const known = sets.get(key);
  known?.delete(value);
  if (known?.size === 0) sets.delete(key);
}

/** The cluster names that a collection concerns. */
export function clusterNamesOf({ cluster }: ServerSnapshot, before: Before | null): readonly string[] {
  return before === null || before.latest.cluster === cluster ? [cluster] : [cluster, before.latest.cluster];
}

/** Whether servers are as they were when last read. */
export function isSameReading(
  group: readonly ServerSnapshot[],
  before: readonly ServerSnapshot[] | undefined,
): boolean {
  return group.length === before?.length && group.every((each, index) => each === before[index]);
}

/** Whether the same servers show the same; they may have been heard since. */
export function isUnchanged(servers: readonly ServerSnapshot[], before: readonly ServerSnapshot[]): boolean {
  return servers.length === before.length && servers.every((server, index) => {
    const other = before[index];
    return server === other || server.server === other?.server && server.cluster === other.cluster &&
        server.facts === other.facts && server.up === other.up && server.trouble === other.trouble &&
        server.role === other.role && server.readAt === other.readAt && server.runs === other.runs &&
        server.address === other.address && server.primarySince === other.primarySince;
  });
}

/** The place of each name in a list. */
export function placeByName(servers: readonly string[]): ReadonlyMap<string, number> {
  return new Map(servers.map((server, place) => [server, place]));
}
