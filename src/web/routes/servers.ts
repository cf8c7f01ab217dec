import { judgeRoute, type RouteLimits, type RouteQuestion, ROUTES } from "../../cluster/routing/judge.ts";
import { RouteMemory } from "../../cluster/routing/route_memory.ts";
import { parseDuration, parseSize } from "../../config/units.ts";
import { didYouMean } from "../../config/suggestion.ts";
import type { Clock } from "../../domain/clock.ts";
import { parseLsn } from "../../domain/lsn.ts";
import type { Scraper } from "../../scrape/scraper.ts";
import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";
import { textResponse } from "../text_response.ts";

/** Prefix of these paths. */
export const SERVERS_PREFIX = "/servers/";

/** Oldest view to answer from, seconds: it contains every event so far, only its numbers may be a moment old. */
const VIEW_AGE_SECONDS = 1;

/** A server that has not responded for this long is not eligible, seconds; usually it responds every second. */
const STALE_AFTER_SECONDS = 5;

const LIMIT_PARAMETERS = ["max_lag", "max_bytes", "min_lsn"] as const;

/**
 * `/servers/NAME/primary`, `/replica`, `/sync` and `/read`: whether a load balancer may send traffic to a server,
 * answered from memory. 200 when it may, 503 when it may not, both with the reason; 404 for a server that is not
 * watched, 400 for an invalid parameter.
 *
 * @param options `scraper` has the view, `clock` its age; `staleAfterSeconds`: longest time without a response of the
 *   server.
 */
export function serversRoute(
  options: { readonly scraper: Scraper; readonly clock: Clock; readonly staleAfterSeconds?: number },
): Handler {
  const { scraper, clock, staleAfterSeconds = STALE_AFTER_SECONDS } = options;
  const memory = new RouteMemory();
  return ({ url }) => {
    const { pathname, searchParams } = new URL(url);
    const { server, route, limits } = parseQuestion(pathname, searchParams);
    const view = scraper.view({ maxAgeSeconds: VIEW_AGE_SECONDS });
    const now = clock.monotonic();
    // Built from the parsed values, so that spellings of one question do not fill the memory.
    const { maxLagSeconds, maxLagBytes, leastPosition } = limits;
    const verdict = memory.decide(`${server} ${route} ${maxLagSeconds} ${maxLagBytes} ${leastPosition}`, {
      now,
      judge: (share) =>
        judgeRoute(view, { server, route, limits: scale(limits, share), now, staleAfterSeconds }),
    });
    if (verdict === null) {
      const names = view?.servers.map((each) => each.server) ?? [];
      throw new HttpError(404, `No watched server has this name${didYouMean(server, names)}`);
    }
    return textResponse(verdict.reason, { status: verdict.isEligible ? 200 : 503 });
  };
}

function scale({ maxLagSeconds, maxLagBytes, leastPosition }: RouteLimits, share: number): RouteLimits {
  return {
    maxLagSeconds: maxLagSeconds === null ? null : maxLagSeconds * share,
    maxLagBytes: maxLagBytes === null ? null : maxLagBytes * share,
    leastPosition,
  };
}

function parseQuestion(
  pathname: string,
  parameters: URLSearchParams,
): Pick<RouteQuestion, "server" | "route" | "limits"> {
  const [name = "", kind = "", ...rest] = pathname.slice(SERVERS_PREFIX.length).split("/");
  const route = ROUTES.find((each) => each === kind);
  if (name === "" || route === undefined || rest.length > 0) {
    throw new HttpError(404, `Unknown path: choose ${SERVERS_PREFIX}NAME/ and one of ${ROUTES.join(", ")}`);
  }
  for (const given of parameters.keys()) {
    if (LIMIT_PARAMETERS.some((known) => known === given)) continue;
    const hint = didYouMean(given, LIMIT_PARAMETERS);
    throw new HttpError(400, `Unknown parameter${hint}: expected ${LIMIT_PARAMETERS.join(", ")}`);
  }
  return {
    server: decodeServerName(name),
    route,
    limits: {
      maxLagSeconds: parseParameter(parameters, { name: "max_lag", parse: parseDuration, example: "5s" }),
      maxLagBytes: parseParameter(parameters, { name: "max_bytes", parse: parseSize, example: "16MB" }),
      leastPosition: parseParameter(parameters, { name: "min_lsn", parse: parseLsn, example: "0/3000148" }),
    },
  };
}

function decodeServerName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new HttpError(400, "The server's name is not valid percent-encoding");
  }
}

function parseParameter<T>(
  parameters: URLSearchParams,
  { name, parse, example }: { readonly name: string; parse(text: string): T; readonly example: string },
): T | null {
  const [text, ...more] = parameters.getAll(name);
  if (text === undefined) return null;
  if (more.length > 0) throw new HttpError(400, `Parameter ${name} is given twice`);
  try {
    return parse(text);
  } catch {
    throw new HttpError(400, `Cannot parse parameter ${name}: expected a value such as ${example}`);
  }
}
