import type { ServerSnapshot, View } from "../../domain/view.ts";
import { formatProbeAddress } from "../../config/probe_target.ts";
import type { Scraper } from "../../scrape/scraper.ts";
import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";

/** Where Prometheus asks for servers. */
export const SERVICE_DISCOVERY_PATH = "/sd";

/** One group of targets, as Prometheus's HTTP service discovery reads it. */
export interface TargetGroup {
  /** Addresses, here always one: host:port of a PostgreSQL server. */
  readonly targets: readonly string[];
  /** What is known of it; Prometheus forgets labels that begin with `__` after relabelling. */
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * `/sd`: the servers that are watched, discovered standbys included, for Prometheus's `http_sd_configs`.
 *
 * @param options `scraper` knows the servers.
 * @throws {HttpError} 503 before the first collection has ended: Prometheus keeps what it knew.
 */
export function serviceDiscoveryRoute({ scraper }: { readonly scraper: Scraper }): Handler {
  return () => {
    const view = scraper.view({ maxAgeSeconds: 1 });
    if (view === null) {
      throw new HttpError(503, "Nothing is known yet: the first collection has not ended", {
        headers: { "retry-after": "1" },
      });
    }
    const body = new TextEncoder().encode(`${JSON.stringify(targetGroups(view))}\n`);
    return new Response(body, {
      headers: { "content-type": "application/json", "content-length": String(body.length) },
    });
  };
}

/**
 * The servers as target groups.
 *
 * @param view Everything known.
 */
export function targetGroups(view: View): readonly TargetGroup[] {
  return view.servers.flatMap((server) => {
    const target = targetOf(server);
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

/** Host and port; null of a server that is reached over a Unix socket, which nobody else can use. */
function targetOf({ address }: ServerSnapshot): string | null {
  if (address === undefined || address.host.startsWith("/")) return null;
  return formatProbeAddress({ host: address.host, port: address.port });
}
