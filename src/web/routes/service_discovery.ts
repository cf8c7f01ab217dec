import type { ServerSnapshot, View } from "../../domain/view.ts";
import { formatProbeAddress } from "../../config/probe_target.ts";
import type { Scraper } from "../../scrape/scraper.ts";
import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";
import { bodyResponse } from "../responses.ts";

/** Path of the service discovery. */
export const SERVICE_DISCOVERY_PATH = "/sd";

/** A target group of Prometheus's HTTP service discovery. */
export interface TargetGroup {
  /** Addresses, always one here: host:port of a PostgreSQL server. */
  readonly targets: readonly string[];
  /** Its labels; Prometheus drops those that begin with `__` after relabelling. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * `/sd`: the watched servers, discovered standbys included, for Prometheus's `http_sd_configs`.
 *
 * @param options `scraper` knows the servers.
 * @throws {HttpError} 503 until the first collection has finished: Prometheus keeps its previous targets.
 */
export function serviceDiscoveryRoute({ scraper }: { readonly scraper: Scraper }): Handler {
  return () => {
    const view = scraper.view({ maxAgeSeconds: 1 });
    if (view === null) {
      throw new HttpError(503, "No targets yet: the first collection has not finished", { retryAfter: 1 });
    }
    return bodyResponse(`${JSON.stringify(targetGroups(view))}\n`, "application/json");
  };
}

/**
 * The servers as target groups.
 *
 * @param view The view.
 */
export function targetGroups(view: View): readonly TargetGroup[] {
  return view.servers.flatMap((server) => {
    const target = targetAddress(server);
    if (target === null) return [];
    const identifier = view.clusters.find(({ key }) => key === server.clusterKey)?.systemIdentifier;
    return [{
      targets: [target],
      labels: {
        __meta_pgrepl_server: server.server,
        __meta_pgrepl_cluster: server.cluster,
        __meta_pgrepl_role: server.role ?? "",
        __meta_pgrepl_up: String(server.up),
        __meta_pgrepl_system_identifier: identifier ?? "",
      },
    }];
  });
}

/** Host and port; null for a server with a Unix socket, which no other host can use. */
function targetAddress({ address }: ServerSnapshot): string | null {
  if (address === undefined || address.host.startsWith("/")) return null;
  return formatProbeAddress({ host: address.host, port: address.port });
}
