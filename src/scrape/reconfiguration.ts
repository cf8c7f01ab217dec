/**
 * What another configuration means for what is watched: decisions without side effects.
 *
 * @module
 */
import type { TrackerSettings } from "../cluster/tracker.ts";
import type { Collector } from "../collectors/collector.ts";
import type { Config, ServerConfig } from "../config/config.ts";
import { isSameValue } from "../config/same_value.ts";
import type { WatchEntry, Watch } from "./watch_list.ts";

/** What a new configuration changes, by the names of the servers. */
export interface Reconfigured {
  /** Watched from now on. */
  readonly added: readonly string[];
  /** Watched anew, as their configuration is another one. */
  readonly changed: readonly string[];
  /** Watched no longer. */
  readonly removed: readonly string[];
}

/**
 * Which servers are to be watched anew.
 *
 * @param entries What is watched.
 * @param next The servers that are configured from now on; `isAnew`: none keeps its session.
 */
export function planServers(
  entries: readonly Pick<WatchEntry<Watch>, "config" | "isDiscovered">[],
  next: { readonly servers: readonly ServerConfig[]; readonly isAnew: boolean },
): Reconfigured & { readonly fresh: readonly ServerConfig[] } {
  const before = new Map(
    entries.filter(({ isDiscovered }) => !isDiscovered).map(({ config }) => [config.name, config]),
  );
  const names = new Set(next.servers.map(({ name }) => name));
  const fresh = next.servers.filter((server) => next.isAnew || !isSameValue(before.get(server.name), server));
  return {
    fresh,
    added: fresh.filter(({ name }) => !before.has(name)).map(({ name }) => name),
    changed: fresh.filter(({ name }) => before.has(name)).map(({ name }) => name),
    removed: [...before.keys()].filter((name) => !names.has(name)),
  };
}

/**
 * Whether a discovered server is reached as a configured one says, but for the host: by its login and its settings. One
 * that is not is found anew.
 *
 * @param discovered The discovered server.
 * @param configured The configured ones.
 */
export function isStillReached(discovered: ServerConfig, configured: readonly ServerConfig[]): boolean {
  const { host, hostAddress } = discovered.target;
  return configured.some(({ cluster, target }) =>
    cluster === discovered.cluster && isSameValue({ ...target, host, hostAddress }, discovered.target)
  );
}

/**
 * The collectors that a configuration switches on.
 *
 * @param all Every collector there is.
 * @param config The configuration.
 */
export function enabledCollectors(
  all: readonly Collector[],
  config: Pick<Config, "collectors">,
): readonly Collector[] {
  return all.filter(({ name }) => name === "server" || config.collectors.has(name));
}

/**
 * Whether standbys of a cluster that nobody configured are to be found.
 *
 * @param config The configuration.
 * @param cluster The user's name of the cluster; "" for none.
 */
export function discoversIn({ discovery }: Pick<Config, "discovery">, cluster: string): boolean {
  return discovery ? discovery.clusters?.has(cluster) ?? true : false;
}

/**
 * What a configuration tells the tracker.
 *
 * @param config The configuration.
 */
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
