import {
  judgeRoute,
  NO_PRIMARY_ANSWERS,
  type Route,
  type RouteLimits,
  type RouteQuestion,
  ROUTES,
  type RouteVerdict,
} from "../../cluster/routing/judge.ts";
import { judgeSubscriber, SUBSCRIBER_ROUTE } from "../../cluster/routing/judge_subscriber.ts";
import { RouteMemory } from "../../cluster/routing/route_memory.ts";
import { parseDuration, parseSize } from "../../config/units.ts";
import { didYouMean } from "../../config/suggestion.ts";
import type { Clock } from "../../domain/clock.ts";
import { parseLsn } from "../../domain/lsn.ts";
import type { View } from "../../domain/view.ts";
import type { Scraper } from "../../scrape/scraper.ts";
import type { Handler } from "../handler.ts";
import { HttpError } from "../http_error.ts";
import { textResponse } from "../responses.ts";
import { decodeServerName, readQuery } from "./parameters.ts";

/** Prefix of these paths. */
export const SERVERS_PREFIX = "/servers/";

/** Oldest view that is used, seconds: no later event is missing from it, only its numbers are this old. */
const VIEW_AGE_SECONDS = 1;

/** A server that has not responded for this long is unknown, seconds; it is asked at least every 3 s. */
const STALE_AFTER_SECONDS = 5;

const PARAMETERS = ["max_lag", "max_bytes", "min_lsn", "no_primary"] as const;

const SUBSCRIBER_PARAMETERS = ["subscription", "max_lag"] as const;

/** A question, and how it is decided. */
interface RoutingRequest {
  /** Normalized, so that a client cannot fill the memory with spellings of one question. */
  readonly key: string;
  readonly server: string;
  /** Decides with the limits multiplied by a share. */
  judge(view: View | null, moment: RoutingMoment & { readonly share: number }): RouteVerdict | null;
}

type RoutingMoment = Pick<RouteQuestion, "now" | "staleAfterSeconds">;

/**
 * `/servers/NAME/primary`, `/replica`, `/sync`, `/read` and `/subscriber`: whether a load balancer may send traffic to a server,
 * answered from memory. 200 when it may, 503 when it may not, both with the reason; 404 for a server that is not
 * watched, 400 for an invalid parameter.
 *
 * @param options `scraper` has the view, `clock` its age; `staleAfterSeconds`: a server that was not sampled for this
 *   long is unknown.
 */
export function serversRoute(
  options: { readonly scraper: Scraper; readonly clock: Clock; readonly staleAfterSeconds?: number },
): Handler {
  const { scraper, clock, staleAfterSeconds = STALE_AFTER_SECONDS } = options;
  const memory = new RouteMemory();
  return ({ url }) => {
    const { pathname, searchParams } = new URL(url);
    const { server, key, judge } = parseRequest(pathname, searchParams);
    const view = scraper.view({ maxAgeSeconds: VIEW_AGE_SECONDS });
    const now = clock.monotonic();
    const verdict = memory.decide(key, {
      now,
      judge: (share) => judge(view, { share, now, staleAfterSeconds }),
    });
    if (verdict === null) {
      const names = view?.servers.map((each) => each.server) ?? [];
      throw new HttpError(404, `No server with that name is watched${didYouMean(server, names)}`);
    }
    return textResponse(verdict.reason, { status: verdict.isEligible ? 200 : 503 });
  };
}

function scale(limits: RouteLimits, share: number): RouteLimits {
  const { maxLagSeconds, maxLagBytes } = limits;
  return {
    ...limits,
    maxLagSeconds: scaled(maxLagSeconds, share),
    maxLagBytes: scaled(maxLagBytes, share),
  };
}

function scaled(limit: number | null, share: number): number | null {
  return limit === null ? null : limit * share;
}

function parseRequest(pathname: string, query: URLSearchParams): RoutingRequest {
  const [name = "", kind = "", ...rest] = pathname.slice(SERVERS_PREFIX.length).split("/");
  const route = ROUTES.find((each) => each === kind);
  if (name === "" || rest.length > 0 || (route === undefined && kind !== SUBSCRIBER_ROUTE)) {
    const kinds = [...ROUTES, SUBSCRIBER_ROUTE].join(", ");
    throw new HttpError(404, `There is no such path: use ${SERVERS_PREFIX}NAME/ and one of ${kinds}`);
  }
  const server = decodeServerName(name);
  return route === undefined ? subscriberRequest(server, query) : serverRequest(server, route, query);
}

function subscriberRequest(server: string, query: URLSearchParams): RoutingRequest {
  const { subscription = null, max_lag } = readQuery(query, SUBSCRIBER_PARAMETERS);
  const maxLagSeconds = parseMaxLag(max_lag);
  return {
    key: JSON.stringify([server, SUBSCRIBER_ROUTE, subscription, maxLagSeconds]),
    server,
    judge: (view, { share, ...moment }) =>
      judgeSubscriber(view, {
        ...moment,
        server,
        subscription,
        maxLagSeconds: scaled(maxLagSeconds, share),
      }),
  };
}

function serverRequest(server: string, route: Route, query: URLSearchParams): RoutingRequest {
  const { max_lag, max_bytes, min_lsn, no_primary = "refuse" } = readQuery(query, PARAMETERS);
  const withoutPrimary = NO_PRIMARY_ANSWERS.find((each) => each === no_primary);
  if (withoutPrimary === undefined) {
    throw new HttpError(
      400,
      `Cannot parse parameter no_primary: expected ${NO_PRIMARY_ANSWERS.join(" or ")}`,
    );
  }
  const limits = {
    maxLagSeconds: parseMaxLag(max_lag),
    maxLagBytes: parseLimit(max_bytes, { name: "max_bytes", parse: parseSize, example: "16MB" }),
    leastPosition: parseLimit(min_lsn, { name: "min_lsn", parse: parseLsn, example: "0/3000148" }),
    withoutPrimary,
  };
  return {
    key: [server, route, ...Object.values(limits)].join(" "),
    server,
    judge: (view, { share, ...moment }) =>
      judgeRoute(view, { ...moment, server, route, limits: scale(limits, share) }),
  };
}

function parseMaxLag(text: string | undefined): number | null {
  return parseLimit(text, { name: "max_lag", parse: parseDuration, example: "5s" });
}

function parseLimit<T>(
  text: string | undefined,
  { name, parse, example }: { readonly name: string; parse(text: string): T; readonly example: string },
): T | null {
  if (text === undefined) return null;
  try {
    return parse(text);
  } catch {
    throw new HttpError(400, `Cannot parse parameter ${name}: expected a value such as ${example}`);
  }
}
