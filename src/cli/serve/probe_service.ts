import type { Config, ServerConfig } from "../../config/config.ts";
import { CollectionService } from "../../scrape/collection_service.ts";
import type { ServiceOptions } from "../../scrape/service_options.ts";
import type { ProbeService } from "../../scrape/probe/probe_group.ts";

/**
 * Watches servers that are only probed, with the settings of the configuration, but without expected standbys, discovery
, consistency checks
 * and readings of databases.
 *
 * @param servers The servers.
 * @param options What a service needs; `config` returns the current configuration.
 */
export function openProbeService(
  servers: readonly ServerConfig[],
  options: Omit<ServiceOptions, "config" | "stateFile"> & { readonly config: () => Config },
): ProbeService {
  const configFor = (watched: readonly ServerConfig[]): Config => ({
    ...options.config(),
    servers: watched,
    expectedStandbys: 0,
    discovery: null,
    clusters: [],
    consistency: null,
    logical: { databasesIntervalSeconds: 0 },
    stateFile: null,
  });
  const service = new CollectionService({
    ...options,
    config: configFor(servers),
    isUnnamedOneCluster: false,
  });
  return {
    start: () => service.start(),
    watch: async (watched) => void await service.reconfigure(configFor(watched)),
    view: (viewOptions) => service.view(viewOptions),
    scrape: (scrapeOptions) => service.scrape(scrapeOptions),
    scrapeServer: (name, scrapeOptions) => service.scrapeServer(name, scrapeOptions),
    close: (signal) => service.close(signal),
  };
}
