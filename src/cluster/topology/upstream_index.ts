/**
 * Indexes the servers of one cluster by what sender rows and receivers name, so that a join is linear in both.
 *
 * @module
 */
import type { ServerSnapshot } from "../../domain/view.ts";
import type { DistinctServers } from "./aliases.ts";
import { serverFact } from "./identity.ts";
import { hostsOf, isLocal, normalizeName, receiverOf, slotNamesOf } from "./receiver_facts.ts";

/** Finds servers of one cluster. */
export class UpstreamIndex {
  readonly #bySlot: ReadonlyMap<string, readonly ServerSnapshot[]>;
  readonly #byName: ReadonlyMap<string, readonly ServerSnapshot[]>;
  readonly #byHost: ReadonlyMap<string, readonly ServerSnapshot[]>;
  readonly #byEndpoint: ReadonlyMap<string, readonly ServerSnapshot[]>;
  readonly #servers: ReadonlyMap<string, ServerSnapshot>;
  readonly #upstreams = new Map<ServerSnapshot, ServerSnapshot | null>();
  readonly #streamingFrom: ReadonlyMap<ServerSnapshot, readonly ServerSnapshot[]>;

  /**
   * Indexes servers.
   *
   * @param servers The servers of one cluster.
   * @param further Their further names, which have names and addresses of their own.
   */
  constructor(
    servers: readonly ServerSnapshot[],
    { aliases, aliasSnapshots }: Pick<DistinctServers, "aliases" | "aliasSnapshots"> = {
      aliases: new Map(),
      aliasSnapshots: [],
    },
  ) {
    const further = Map.groupBy(aliasSnapshots, ({ server }) => aliases.get(server) ?? server);
    const names = (each: ServerSnapshot) => [each, ...further.get(each.server) ?? []];
    this.#servers = new Map(servers.map((each) => [each.server, each]));
    this.#bySlot = groupBy(servers, slotNamesOf);
    this.#byName = groupBy(servers, (each) => names(each).flatMap(namesOf));
    this.#byHost = groupBy(servers, hostsOf);
    this.#byEndpoint = groupBy(servers, (each) => names(each).flatMap(addressesOf));
    for (const server of servers) this.#upstreams.set(server, this.#findUpstream(server));
    this.#streamingFrom = groupBy(servers, (each) => {
      const upstream = this.upstreamOf(each);
      return upstream === null ? [] : [upstream];
    });
  }

  /** The server of that name; null when there is none. */
  named(name: string | null): ServerSnapshot | null {
    return name === null ? null : this.#servers.get(name) ?? null;
  }

  /** Servers that use a slot of that name. */
  usingSlot(slot: string): readonly ServerSnapshot[] {
    return this.#bySlot.get(slot) ?? [];
  }

  /** Servers with this name or `cluster_name`, normalized. */
  withName(name: string): readonly ServerSnapshot[] {
    return this.#byName.get(name) ?? [];
  }

  /** Servers on a host. */
  onHost(host: string): readonly ServerSnapshot[] {
    return this.#byHost.get(host.toLowerCase()) ?? [];
  }

  /** Standbys whose receiver names this server as its sender. */
  streamingFrom(upstream: ServerSnapshot): readonly ServerSnapshot[] {
    return this.#streamingFrom.get(upstream) ?? [];
  }

  /**
   * The server that a standby's receiver names as its sender: `sender_host` and `sender_port` as configured. A loopback
   * address counts only between servers that are configured on one host.
   *
   * @returns null when it does not stream, or names no server or several.
   */
  upstreamOf(standby: ServerSnapshot): ServerSnapshot | null {
    return this.#upstreams.get(standby) ?? null;
  }

  #findUpstream(standby: ServerSnapshot): ServerSnapshot | null {
    const receiver = receiverOf(standby);
    if (receiver === null || receiver.status !== "streaming" || receiver.senderPort === null) return null;
    const { senderHost, senderPort } = receiver;
    const own = hostsOf(standby);
    const hosts = !isLocal(senderHost.toLowerCase())
      ? [senderHost.toLowerCase()]
      : own.some(isLocal)
      ? [...own, "local"]
      : own;
    const named = new Set(hosts.flatMap((host) => this.#byEndpoint.get(`${host} ${senderPort}`) ?? []));
    named.delete(standby);
    const [only = null, ...others] = named;
    return others.length > 0 ? null : only;
  }
}

function addressesOf(server: ServerSnapshot): readonly string[] {
  const hosts = hostsOf(server);
  return [...hosts, ...hosts.some(isLocal) ? ["local"] : []].map((host) => `${host} ${server.address?.port}`);
}

function namesOf(server: ServerSnapshot): readonly string[] {
  const names = [server.server, serverFact(server)?.clusterName ?? ""];
  return names.filter((name) => name !== "").map(normalizeName);
}

function groupBy<K>(
  servers: readonly ServerSnapshot[],
  keysOf: (server: ServerSnapshot) => readonly K[],
): ReadonlyMap<K, readonly ServerSnapshot[]> {
  const groups = new Map<K, ServerSnapshot[]>();
  for (const server of servers) {
    for (const key of new Set(keysOf(server))) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [server]);
      else group.push(server);
    }
  }
  return groups;
}
