import { judgeRoute, type Route, type RouteLimits, ROUTES } from "../../cluster/routing/judge.ts";
import { RouteMemory } from "../../cluster/routing/route_memory.ts";
import { parseDuration, parseSize } from "../../config/units.ts";
import { didYouMean } from "../../config/suggestion.ts";
import type { Clock } from "../../domain/clock.ts";
import { parseLsn } from "../../domain/lsn.ts";
import type { Scraper } from "../../scrape/scraper.ts";
import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";
import { textResponse } from "../text_response.ts";

/** Where these paths begin. */
export const SERVERS_PREFIX = "/servers/";

/** A view of this age will do: nothing that has happened since is missing from it, only numbers are a moment old. */
const VIEW_AGE_SECONDS = 1;

/** A server that was not heard for this long is not known well enough, seconds: it says something every second. */
const STALE_AFTER_SECONDS = 5;

const PARAMETERS = ["max_lag", "max_bytes", "min_lsn"] as const;

/** What one path asks. */
interface Asked {
  readonly server: string;
  readonly route: Route;
  readonly limits: RouteLimits;
}

/**
 * `/servers/NAME/primary`, `/replica`, `/sync` and `/read`: whether a load balancer may send traffic to a server,
 * answered from memory. 200 when it may, 503 when it may not, both with the reason; 404 for a server that is not
 * watched, 400 for a parameter that makes no sense.
 *
 * @param options `scraper` knows the view, `clock` its age; `staleAfterSeconds`: what is known of a server is too old
 *   after this.
 */
export function serversRoute(
  options: { readonly scraper: Scraper; readonly clock: Clock; readonly staleAfterSeconds?: number },
): Handler {
  const { scraper, clock, staleAfterSeconds = STALE_AFTER_SECONDS } = options;
  const memory = new RouteMemory();
  return ({ url }) => {
    const { pathname, searchParams } = new URL(url);
    const { server, route, limits } = readQuestion(pathname, searchParams);
    const view = scraper.view({ maxAgeSeconds: VIEW_AGE_SECONDS });
    const now = clock.monotonic();
    // However it is spelt: whoever asks cannot fill the memory with one question.
    const { maxLagSeconds, maxLagBytes, leastPosition } = limits;
    const verdict = memory.decide(`${server} ${route} ${maxLagSeconds} ${maxLagBytes} ${leastPosition}`, {
      now,
      judge: (share) =>
        judgeRoute(view, { server, route, limits: scale(limits, share), now, staleAfterSeconds }),
    });
    if (verdict === null) {
      const names = view?.servers.map((each) => each.server) ?? [];
      throw new HttpError(404, `No server of that name is watched${didYouMean(server, names)}`);
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

function readQuestion(pathname: string, parameters: URLSearchParams): Asked {
  const [name = "", kind = "", ...rest] = pathname.slice(SERVERS_PREFIX.length).split("/");
  const route = ROUTES.find((each) => each === kind);
  if (name === "" || route === undefined || rest.length > 0) {
    throw new HttpError(
      404,
      `Nothing is served there: choose ${SERVERS_PREFIX}NAME/ and one of ${ROUTES.join(", ")}`,
    );
  }
  for (const given of parameters.keys()) {
    if (!PARAMETERS.some((known) => known === given)) {
      throw new HttpError(
        400,
        `Unknown parameter${didYouMean(given, PARAMETERS)}: expected ${PARAMETERS.join(", ")}`,
      );
    }
  }
  return {
    server: decode(name),
    route,
    limits: {
      maxLagSeconds: readParameter(parameters, { name: "max_lag", parse: parseDuration, example: "5s" }),
      maxLagBytes: readParameter(parameters, { name: "max_bytes", parse: parseSize, example: "16MB" }),
      leastPosition: readParameter(parameters, { name: "min_lsn", parse: parseLsn, example: "0/3000148" }),
    },
  };
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new HttpError(400, "The server's name is not encoded as a URL wants it");
  }
}

function readParameter<T>(
  parameters: URLSearchParams,
  { name, parse, example }: { readonly name: string; parse(text: string): T; readonly example: string },
): T | null {
  const values = parameters.getAll(name);
  const [text] = values;
  if (text === undefined) return null;
  if (values.length > 1) throw new HttpError(400, `Parameter ${name} is given twice`);
  try {
    return parse(text);
  } catch {
    throw new HttpError(400, `Cannot read parameter ${name}: expected a value such as ${example}`);
  }
}
