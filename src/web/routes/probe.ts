import type { ProbeConfig, ProbeModule } from "../../config/config.ts";
import {
  formatProbeAddress,
  isAllowedHost,
  parseProbeTarget,
  type ProbeAddress,
  probeConnection,
} from "../../config/probe_target.ts";
import { didYouMean } from "../../config/suggestion.ts";
import type { View } from "../../domain/view.ts";
import { negotiateEncoding, negotiateFormat } from "../../exposition/negotiate.ts";
import type { Family } from "../../metrics/family.ts";
import { unreachedFamilies } from "../../scrape/probe/unreached.ts";
import { PoolFullError, type ProbePool } from "../../scrape/probe/probe_pool.ts";
import type { ServerScraper } from "../../scrape/scraper.ts";
import { createBodyEncoder } from "../exposition_body.ts";
import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";
import { parseScrapeBudget } from "../scrape_budget.ts";
import { sharedBodyResponse } from "../shared_body.ts";

/** Where probes are asked for. */
export const PROBE_PATH = "/probe";

/** A probe without a timeout of Prometheus's may take this long, seconds. */
const DEFAULT_BUDGET_SECONDS = 5;

const PARAMETERS = ["target", "auth_module", "cluster"] as const;

/** What the route needs. */
export interface ProbeOptions {
  /** Knows the servers of the configuration, and answers for each. */
  readonly scraper: ServerScraper;
  /** Watches servers that are only probed; absent when none may be. */
  readonly pool?: Pick<ProbePool, "scrape">;
  /** Logins and allowed hosts; absent or null when only watched servers may be probed. */
  readonly probe?: ProbeConfig | null;
}

/**
 * `/probe?target=&auth_module=&cluster=`: the metrics of one server, without those of the exporter.
 *
 * `target` is the name or the address of a server that is watched; or another host, when the configuration allows it, which
 * is then watched with the login of the module for as long as it is probed. `cluster` names the cluster that such a host
 * belongs to: a border, as a cluster name in the configuration is.
 *
 * @param options What the route needs.
 */
export function probeRoute(options: ProbeOptions): Handler {
  const encodeBody = createBodyEncoder();
  return async ({ headers, url }) => {
    const { searchParams } = new URL(url);
    const { format, contentType } = negotiateFormat(headers.get("accept"));
    const encoding = negotiateEncoding(headers.get("accept-encoding"));
    const budgetSeconds = parseScrapeBudget(headers.get("x-prometheus-scrape-timeout-seconds")) ??
      DEFAULT_BUDGET_SECONDS;
    const families = await probe(readParameters(searchParams), { ...options, budgetSeconds });
    const body = await encodeBody(families, { format, encoding });
    return sharedBodyResponse(body, {
      "content-type": contentType,
      "vary": "Accept, Accept-Encoding",
      ...(encoding === "gzip" ? { "content-encoding": "gzip" } : {}),
    });
  };
}

interface Asked {
  readonly target: string;
  readonly module: string | null;
  readonly cluster: string;
}

function readParameters(parameters: URLSearchParams): Asked {
  for (const given of new Set(parameters.keys())) {
    if (!PARAMETERS.some((known) => known === given)) {
      throw new HttpError(
        400,
        `Unknown parameter${didYouMean(given, PARAMETERS)}: expected ${PARAMETERS.join(", ")}`,
      );
    }
    if (parameters.getAll(given).length > 1) throw new HttpError(400, `Parameter ${given} is given twice`);
  }
  const target = parameters.get("target")?.trim() ?? "";
  if (target === "") throw new HttpError(400, "Which server? Add ?target= with its name, or with host:port");
  return {
    target,
    module: parameters.get("auth_module"),
    cluster: parameters.get("cluster")?.trim() ?? "",
  };
}

async function probe(
  { target, module, cluster }: Asked,
  options: ProbeOptions & { readonly budgetSeconds: number },
): Promise<readonly Family[]> {
  const { scraper, pool, budgetSeconds } = options;
  const login = module === null ? null : moduleNamed(module, options.probe ?? null);
  const watched = findWatched(scraper.view({ maxAgeSeconds: 1 }), target);
  if (watched !== null) return await scraper.scrapeServer(watched, { budgetSeconds });
  const address = parseTarget(target);
  if (pool === undefined || !isAllowedHost(address.host, options.probe?.allowedTargets ?? [])) {
    throw new HttpError(
      403,
      "This host may not be probed: only servers that are watched, and those that probe.allowed_targets in the " +
        "configuration file names",
    );
  }
  const chosen = login ?? moduleNamed("default", options.probe ?? null);
  const server = { name: formatProbeAddress(address), cluster, target: probeConnection(address, chosen) };
  try {
    const families = await pool.scrape(server, { module: chosen.name, budgetSeconds });
    return families.length > 0 ? families : unreachedFamilies(server);
  } catch (error) {
    if (!(error instanceof PoolFullError)) throw error;
    throw new HttpError(503, error.message, { headers: { "retry-after": "60" } });
  }
}

/** A watched server by its name, or by its address as the configuration has it. */
function findWatched(view: View | null, target: string): string | null {
  const servers = view?.servers ?? [];
  const named = servers.find(({ server }) => server === target);
  if (named !== undefined) return named.server;
  let address: ProbeAddress;
  try {
    address = parseProbeTarget(target);
  } catch {
    return null;
  }
  const there = servers.find(({ address: its }) =>
    its !== undefined && its.port === address.port &&
    [its.host, its.hostAddress].some((host) => host.toLowerCase() === address.host)
  );
  return there?.server ?? null;
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
  const names = [...modules.keys()];
  const choice = names.length === 0
    ? "the configuration file names none"
    : `choose one of ${names.join(", ")}`;
  throw new HttpError(400, `Add &auth_module= with a login of probe.modules: ${choice}`);
}
