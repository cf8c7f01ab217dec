/**
 * Whether a load balancer may send traffic to a server: decided from the view; unknown is never a yes.
 *
 * @module
 */
import { formatLsn, type Lsn } from "../../domain/lsn.ts";
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import { syncStateOf } from "../../domain/standby.ts";
import type { ServerErrorKind, ServerSnapshot, ServerView, View } from "../../domain/view.ts";
import { timelineOf } from "../topology/identity.ts";
import { clusterOf, serverNamed, serversOf, standbyNamed } from "../findings/view_queries.ts";

/** Kinds of traffic: writes, reads, reads of all synchronous commits, reads from any server. */
export const ROUTES = ["primary", "replica", "sync", "read"] as const;

/** One of {@linkcode ROUTES}. */
export type Route = typeof ROUTES[number];

/**
 * What a standby answers while no primary responds, once it may be further behind than the limits: nothing, or reads if it
 * has applied all WAL that any server of its cluster is known to have.
 */
export const NO_PRIMARY_ANSWERS = ["serve", "refuse"] as const;

/** How far behind a standby may be; null: no limit. */
export interface RouteLimits {
  /** Maximum lag, seconds. */
  readonly maxLagSeconds: number | null;
  /** Maximum lag, bytes. */
  readonly maxLagBytes: number | null;
  /** A position that it must have replayed, so that a client reads its own writes. */
  readonly leastPosition: Lsn | null;
  /** While no primary responds; "refuse" when absent. */
  readonly withoutPrimary?: typeof NO_PRIMARY_ANSWERS[number];
}

/** A decision. */
export interface RouteVerdict {
  /** Whether traffic may go to the server. */
  readonly isEligible: boolean;
  /** Why, or why not: one sentence. */
  readonly reason: string;
  /** Whether a lag over its limit is the only objection. */
  readonly isLagging: boolean;
}

/** A question. */
export interface RouteQuestion {
  /** Name of the server. */
  readonly server: string;
  /** Kind of traffic. */
  readonly route: Route;
  /** How far behind it may be. */
  readonly limits: RouteLimits;
  /** Our monotonic seconds. */
  readonly now: number;
  /** A server that has not responded for longer is not eligible, seconds. */
  readonly staleAfterSeconds: number;
}

/** Errors after which a server is certainly down; any other may be a passing problem of the exporter. */
const DOWN: readonly ServerErrorKind[] = ["unreachable", "refused", "starting", "shutting_down"];

/** A yes. */
export function yes(reason: string): RouteVerdict {
  return { isEligible: true, reason, isLagging: false };
}

/** A no. */
export function no(reason: string, isLagging = false): RouteVerdict {
  return { isEligible: false, reason, isLagging };
}

/**
 * Decides whether traffic may go to a server.
 *
 * @param view Everything known; null before the first collection has finished.
 * @param question The server, the traffic and its limits.
 * @returns The decision; null when no such server is watched.
 */
export function judgeRoute(view: View | null, question: RouteQuestion): RouteVerdict | null {
  if (view === null) return no("The first collection has not finished yet");
  const named = serverNamed(view, question.server);
  if (named === null) return null;
  const down = judgeContact(named, question);
  if (down !== null) return down;
  // A second name leads to the same server, whose role is that of its first one.
  const server = serverNamed(view, named.aliasOf) ?? named;
  if (server.isStranded) return no("It is on a timeline that its cluster has left");
  const { route, limits } = question;
  if (route === "primary" || (route === "read" && server.role === "primary")) {
    return judgePrimary(server, view, question);
  }
  const verdict = judgeReplica(server, { view, limits });
  return route === "sync" && verdict.isEligible ? judgeSync(server, { view, verdict }) : verdict;
}

/** A no to whatever is asked of a server that does not respond; null when it is up, or responded recently enough. */
export function judgeContact(
  { heardAt, role, trouble }: ServerSnapshot,
  { now, staleAfterSeconds }: Pick<RouteQuestion, "now" | "staleAfterSeconds">,
): RouteVerdict | null {
  const why = trouble === null ? "" : `: ${trouble.message}`;
  if (heardAt === undefined || role === null) return no(`It has never been reached${why}`);
  if (trouble !== null && DOWN.includes(trouble.kind)) return no(`It does not accept connections${why}`);
  const age = now - heardAt;
  if (age <= staleAfterSeconds) return null;
  return no(
    `Its latest response is ${formatSeconds(age)} old, more than ${formatSeconds(staleAfterSeconds)}${why}`,
  );
}

/** Whether it is the only primary; one that does not respond now may still be one. */
function judgePrimary(server: ServerView, view: View, question: RouteQuestion): RouteVerdict {
  if (server.role !== "primary") return no("It is a standby");
  const cluster = clusterOf(view, server.server);
  const isLive = cluster?.primaries.includes(server.server) ?? true;
  if (!isLive && cluster?.primary !== server.server) {
    return no(`It does not respond now; the primary of its cluster is ${cluster?.primary}`);
  }
  const rivals = (cluster === null ? [] : serversOf(view, cluster)).filter((each) =>
    each.server !== server.server && !each.isStranded &&
    (cluster?.primaries.includes(each.server) || mayBePrimaryInsteadOf(server, each, question))
  );
  return rivals.length > 0
    ? no(`Split brain: other primaries of its cluster: ${rivals.map((each) => each.server).join(", ")}`)
    : yes("It is the primary");
}

/** Whether a server that was a primary when last heard may still be one: its latest response is recent enough. */
function mayBePrimaryInsteadOf(server: ServerView, other: ServerView, question: RouteQuestion): boolean {
  if (other.role !== "primary" || judgeContact(other, question) !== null) return false;
  // One that has not been heard since the promotion is on a timeline that its cluster has left.
  return !other.up || (timelineOf(other) ?? Infinity) >= (timelineOf(server) ?? Infinity);
}

function judgeReplica(
  server: ServerView,
  { view, limits }: { readonly view: View; readonly limits: RouteLimits },
): RouteVerdict {
  if (server.role !== "standby") return no("It is a primary");
  const standby = standbyNamed(view, server.server);
  const { lag } = server;
  const [seconds, bytes] = [lag?.seconds ?? null, lag?.bytes ?? null];
  const { maxLagSeconds, maxLagBytes, leastPosition } = limits;
  const { withoutPrimary } = lag ?? {};
  const isServed = limits.withoutPrimary === "serve" && withoutPrimary?.hasAllKnown === true;
  if (leastPosition !== null) {
    const position = standby?.lastPosition ?? null;
    if (position === null) return no("Its replay position is unknown");
    if (position < leastPosition) {
      return no(`It has replayed ${formatLsn(position)}, not yet ${formatLsn(leastPosition)}`);
    }
  }
  if (isServed) return yes("No primary responds; it has applied all WAL that any server of its cluster has");
  const bound = withoutPrimary?.atMostSeconds ?? Infinity;
  if (maxLagSeconds !== null && (seconds !== null || bound > maxLagSeconds)) {
    if (seconds === null) {
      return no(`Its lag is unknown${lag?.unknownBecause ? `: ${lag.unknownBecause}` : ""}`);
    }
    if (seconds > maxLagSeconds) {
      return no(`It is ${formatSeconds(seconds)} behind, more than ${formatSeconds(maxLagSeconds)}`, true);
    }
  }
  if (maxLagBytes !== null) {
    if (bytes === null) return no("Its lag in bytes is unknown");
    if (bytes > maxLagBytes) {
      return no(`It is ${formatBytes(bytes)} behind, more than ${formatBytes(maxLagBytes)}`, true);
    }
  }
  // Without a limit nothing else takes out a standby that is cut off; with a limit its lag does.
  const isLimited = maxLagSeconds !== null || maxLagBytes !== null || leastPosition !== null;
  const isCutOff = server.connected === false && standby?.reason !== "archive";
  if (!isLimited && isCutOff && withoutPrimary?.hasAllKnown !== true) {
    return no("It receives no WAL from an upstream");
  }
  if (seconds !== null) return yes(`It is a standby, ${formatSeconds(seconds)} behind`);
  return yes(`It is a standby${bound === Infinity ? "" : `, at most ${formatSeconds(bound)} behind`}`);
}

/** Judges an eligible standby by the `sync_state` that its upstream reports now. */
function judgeSync(
  server: ServerView,
  { view, verdict }: { readonly view: View; readonly verdict: RouteVerdict },
): RouteVerdict {
  const standby = standbyNamed(view, server.server);
  const state = standby === null ? null : syncStateOf(standby);
  if (state === null) return no("No upstream reports whether it is synchronous");
  return state === "sync" || state === "quorum"
    ? yes(`${verdict.reason}, ${state}`)
    : no(`It is not synchronous: its upstream reports ${state}`);
}
