/**
 * What a new configuration changes: decisions without side effects.
 *
 * @module
 */
import type { TrackerSettings } from "../cluster/tracker.ts";
import type { Collector } from "../collectors/collector.ts";
import type { Config, ServerConfig } from "../config/config.ts";
import { isSameValue } from "../config/same_value.ts";
import { targetAt } from "./discovery_places.ts";
import type { Watch, WatchEntry } from "./watch_list.ts";

/** What a new configuration changes, by the names of the servers. */
export interface Reconfigured {
  /** Watched from now on. */
  readonly added: readonly string[];
  /** Watched with a new session, because their configuration has changed. */
  readonly changed: readonly string[];
  /** No longer watched. */
  readonly removed: readonly string[];
}

/**
 * Which servers are added, removed, or need a new session.
 *
 * @param entries What is watched.
 * @param next The configured servers; `reopensAll`: none keeps its session.
 */
export function planServers(
  entries: readonly Pick<WatchEntry<Watch>, "config" | "isDiscovered">[],
  next: { readonly servers: readonly ServerConfig[]; readonly reopensAll: boolean },
): Reconfigured & { readonly fresh: readonly ServerConfig[] } {
  const before = new Map(
    entries.filter(({ isDiscovered }) => !isDiscovered).map(({ config }) => [config.name, config]),
  );
  const names = new Set(next.servers.map(({ name }) => name));
  const fresh = next.servers.filter((server) =>
    next.reopensAll || !isSameValue(before.get(server.name), server)
  );
  return {
    fresh,
    added: fresh.filter(({ name }) => !before.has(name)).map(({ name }) => name),
    changed: fresh.filter(({ name }) => before.has(name)).map(({ name }) => name),
    removed: [...before.keys()].filter((name) => !names.has(name)),
  };
}

/**
 * Whether a configured server of its cluster has the login and connection settings of a discovered one. If not, the
 * discovered server is dropped, and discovered again.
 *
 * @param discovered The discovered server.
 * @param configured The configured ones.
 */
export function isStillReached(discovered: ServerConfig, configured: readonly ServerConfig[]): boolean {
  const { host, hostAddress, port } = discovered.target;
  return configured.some(({ cluster, target }) =>
    cluster === discovered.cluster &&
    isSameValue(targetAt(target, { host, hostAddress, port }), discovered.target)
  );
}

/**
 * The collectors that a configuration enables.
 *
 * @param all Every collector.
 * @param config The configuration.
 */
export function enabledCollectors(
  all: readonly Collector[],
  config: Pick<Config, "collectors">,
): readonly Collector[] {
  return all.filter(({ name }) => name === "server" || config.collectors.has(name));
}

/**
 * Whether standbys of a cluster are discovered.
 *
 * @param config The configuration.
 * @param cluster The user's name of the cluster; "" for none.
 */
export function discoversIn({ discovery }: Pick<Config, "discovery">, cluster: string): boolean {
  return discovery ? discovery.clusters?.has(cluster) ?? true : false;
}

/** The tracker's settings of a configuration. */
export function trackerSettings(
  { expectedStandbys, health, report, clusters = [] }: Config,
): TrackerSettings {
  return {
    expectedStandbys,
    clusters: new Map(clusters.map((cluster) => [cluster.name, cluster.expectedStandbys])),
    health,
    ...report === undefined ? {} : { report },
  };
}
