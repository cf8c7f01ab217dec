import type { ProbeConfig, ProbeModule, ServerConfig } from "../../config/config.ts";
import {
  formatProbeAddress,
  isAllowedHost,
  parseProbeTarget,
  type ProbeAddress,
  probeConnection,
} from "../../config/probe_target.ts";
import type { Family } from "../../metrics/family.ts";
import { unreachedFamilies } from "../../scrape/probe/unreached.ts";
import { PoolFullError, type ProbePool } from "../../scrape/probe/probe_pool.ts";
import type { ServerScraper } from "../../scrape/scraper.ts";
import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";
import { metricsResponder } from "../metrics_response.ts";
import { parseScrapeBudget } from "../scrape_budget.ts";
import { readQuery } from "./parameters.ts";

/** Path of probes. */
export const PROBE_PATH = "/probe";

/** Longest probe without a timeout from Prometheus, seconds. */
const DEFAULT_BUDGET_SECONDS = 5;

/** What the route needs. */
export interface ProbeOptions {
  /** Knows the configured servers, and scrapes each. */
  readonly scraper: ServerScraper;
  /** Watches servers that are only probed; absent when none may be. */
  readonly pool?: Pick<ProbePool, "scrape">;
  /** Logins and allowed hosts; absent or null when only watched servers may be probed. */
  readonly probe?: ProbeConfig | null;
}

/**
 * `/probe?target=&auth_module=&cluster=`: the metrics of one server, without those of the exporter.
 *
 * `target` is the name or the address of a watched server, or another host that the configuration allows. Such a host
 * is watched with the login of the module as long as it is probed; `cluster` names the cluster that it belongs to, which is
 * a border as a cluster name in the configuration is; without it the server stays in the cluster that other probes named.
 *
 * @param options What the route needs.
 */
export function probeRoute(options: ProbeOptions): Handler {
  const respond = metricsResponder();
  return async ({ headers, url }) => {
    const { target = "", auth_module, cluster = "" } = readQuery(
      new URL(url).searchParams,
      ["target", "auth_module", "cluster"],
    );
    if (target.trim() === "") {
      throw new HttpError(400, "Target is missing: add ?target= with the name of a server, or host:port");
    }
    const budgetSeconds = parseScrapeBudget(headers.get("x-prometheus-scrape-timeout-seconds")) ??
      DEFAULT_BUDGET_SECONDS;
    const asked = { target: target.trim(), module: auth_module ?? null, cluster: cluster.trim() };
    return await respond(await probe(asked, { ...options, budgetSeconds }), headers);
  };
}

async function probe(
  { target, module, cluster }: {
    readonly target: string;
    readonly module: string | null;
    readonly cluster: string;
  },
  options: ProbeOptions & { readonly budgetSeconds: number },
): Promise<readonly Family[]> {
  const { scraper, pool, probe = null, budgetSeconds } = options;
  const login = module === null ? null : moduleNamed(module, probe);
  const servers = scraper.view({ maxAgeSeconds: 1 })?.servers ?? [];
  if (servers.some(({ server }) => server === target)) {
    return await scraper.scrapeServer(target, { budgetSeconds });
  }
  const wanted = parseTarget(target);
  // By its configured address.
  const watched = servers.find(({ address }) =>
    address !== undefined && address.port === wanted.port &&
    [address.host, address.hostAddress].some((host) => host.toLowerCase() === wanted.host)
  );
  if (watched !== undefined) return await scraper.scrapeServer(watched.server, { budgetSeconds });
  if (pool === undefined || !isAllowedHost(wanted.host, probe?.allowedTargets ?? [])) {
    throw new HttpError(
      403,
      "This host may not be probed: only watched servers and the hosts in probe.allowed_targets of the configuration " +
        "file may be",
    );
  }
  const chosen = login ?? moduleNamed("default", probe);
  const name = formatProbeAddress(wanted);
  const server: ServerConfig = { name, cluster, target: probeConnection(wanted, chosen) };
  try {
    const families = await pool.scrape(server, { module: chosen.name, budgetSeconds });
    return families.length > 0 ? families : unreachedFamilies(server);
  } catch (error) {
    if (!(error instanceof PoolFullError)) throw error;
    throw new HttpError(503, error.message, { retryAfter: 60 });
  }
}

function parseTarget(target: string): ProbeAddress {
  try {
    return parseProbeTarget(target);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new HttpError(400, error.message);
  }
}

function moduleNamed(name: string, probe: ProbeConfig | null): ProbeModule {
  const modules = probe?.modules ?? new Map<string, ProbeModule>();
  const found = modules.get(name);
  if (found !== undefined) return found;
  const names = [...modules.keys()].join(", ");
  const choice = names === "" ? "the configuration file has none" : `choose one of ${names}`;
  throw new HttpError(400, `Add &auth_module= with a login of probe.modules: ${choice}`);
}
