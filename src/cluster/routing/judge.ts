/**
 * Whether a load balancer may send traffic to a server: pure decisions from the view.
 *
 * What is not known is never a yes.
 *
 * @module
 */
import { formatLsn, type Lsn } from "../../domain/lsn.ts";
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import { type StandbyView, syncStateOf } from "../../domain/standby.ts";
import { clusterOf, serverNamed, standbyNamed } from "../findings/view_queries.ts";
import type { ServerErrorKind, ServerSnapshot, ServerView, View } from "../../domain/view.ts";

/** What a server is asked for. */
export const ROUTES = ["primary", "replica", "sync", "read"] as const;

/** One of {@linkcode ROUTES}: writes, reads, reads of all that was committed synchronously, reads from anywhere. */
export type Route = typeof ROUTES[number];

/** How far behind a standby may be; null: that is not asked. */
export interface RouteLimits {
  /** Most lag, seconds. */
  readonly maxLagSeconds: number | null;
  /** Most lag, bytes. */
  readonly maxLagBytes: number | null;
  /** A position that it must have applied, so that a client reads its own writes. */
  readonly leastPosition: Lsn | null;
}

/** A decision. */
export interface RouteVerdict {
  /** Whether traffic may go there. */
  readonly isEligible: boolean;
  /** Why, or why not: one sentence. */
  readonly reason: string;
  /** Whether only a lag over its limit stands against it. */
  readonly isLagging: boolean;
}

/** What a decision is made from. */
export interface RouteQuestion {
  /** Server that is asked about. */
  readonly server: string;
  /** What for. */
  readonly route: Route;
  /** How far behind it may be. */
  readonly limits: RouteLimits;
  /** The moment: our monotonic seconds. */
  readonly now: number;
  /** A server that has said nothing for longer is not known well enough, seconds. */
  readonly staleAfterSeconds: number;
}

/** Trouble after which a server is certainly not there; any other may be ours alone and passes. */
const GONE: readonly ServerErrorKind[] = ["unreachable", "refused", "starting", "shutting_down"];

function yes(reason: string): RouteVerdict {
  return { isEligible: true, reason, isLagging: false };
}

function no(reason: string, isLagging = false): RouteVerdict {
  return { isEligible: false, reason, isLagging };
}

/**
 * Decides.
 *
 * @param view Everything known; null before the first collection has ended.
 * @param question What is asked.
 * @returns The decision; null when no such server is watched.
 */
export function judgeRoute(view: View | null, question: RouteQuestion): RouteVerdict | null {
  if (view === null) return no("Nothing is known yet: the first collection has not ended");
  const server = serverNamed(view, question.server);
  if (server === null) return null;
  const absent = absenceOf(server, question);
  if (absent !== null) return absent;
  if (server.isStranded) {
    return no("It is on a timeline that its cluster has left");
  }
  switch (question.route) {
    case "primary":
      return judgePrimary(server, view);
    case "replica":
      return judgeStandby(server, { view, ...question });
    case "sync":
      return judgeSynchronous(server, { view, ...question });
    case "read":
      return server.role === "primary"
        ? judgePrimary(server, view)
        : judgeStandby(server, { view, ...question });
  }
}

function absenceOf(
  server: ServerSnapshot,
  { now, staleAfterSeconds }: Pick<RouteQuestion, "now" | "staleAfterSeconds">,
): RouteVerdict | null {
  const { heardAt, trouble } = server;
  if (heardAt === undefined || server.role === null) {
    return no(`It was never reached${trouble === null ? "" : `: ${trouble.message}`}`);
  }
  if (trouble !== null && GONE.includes(trouble.kind)) return no(`It is not reached: ${trouble.message}`);
  const age = now - heardAt;
  if (age <= staleAfterSeconds) return null;
  const why = trouble === null ? "" : `: ${trouble.message}`;
  return no(
    `What is known of it is ${formatSeconds(age)} old, more than ${formatSeconds(staleAfterSeconds)}${why}`,
  );
}

function judgePrimary(server: ServerView, view: View): RouteVerdict {
  if (server.role !== "primary") return no("It is a standby");
  const name = server.aliasOf ?? server.server;
  const rivals = (clusterOf(view, name)?.primaries ?? []).filter((each) =>
    each !== name && !serverNamed(view, each)?.isStranded
  );
  if (rivals.length > 0) {
    return no(`Split brain: ${rivals.join(", ")} of the same cluster is a primary as well`);
  }
  return yes("It is the primary");
}

function judgeStandby(
  server: ServerView,
  { view, limits }: { readonly view: View; readonly limits: RouteLimits },
): RouteVerdict {
  if (server.role !== "standby") return no("It is a primary");
  const standby = standbyOf(server, view);
  const { lag } = server;
  const { maxLagSeconds, maxLagBytes, leastPosition } = limits;
  if (leastPosition !== null) {
    const position = standby?.lastPosition ?? null;
    if (position === null) return no("What it has applied is not known");
    if (position < leastPosition) {
      return no(`It has applied ${formatLsn(position)}, not yet ${formatLsn(leastPosition)}`);
    }
  }
  if (maxLagSeconds !== null) {
    if (lag === null || lag.seconds === null) {
      return no(`Its lag is not known${lag?.unknownBecause ? `: ${lag.unknownBecause}` : ""}`);
    }
    if (lag.seconds > maxLagSeconds) {
      return no(
        `It is ${formatSeconds(lag.seconds)} behind, more than ${formatSeconds(maxLagSeconds)}`,
        true,
      );
    }
  }
  if (maxLagBytes !== null) {
    if (lag === null || lag.bytes === null) return no("Its lag in bytes is not known");
    if (lag.bytes > maxLagBytes) {
      return no(`It is ${formatBytes(lag.bytes)} behind, more than ${formatBytes(maxLagBytes)}`, true);
    }
  }
  // Without a limit nothing else would ever take out one that is cut off; with one its lag tells.
  const isLimited = maxLagSeconds !== null || maxLagBytes !== null || leastPosition !== null;
  if (!isLimited && server.connected === false && standby?.reason !== "archive") {
    return no("It receives no WAL from an upstream");
  }
  const behind = lag === null || lag.seconds === null ? "" : `, ${formatSeconds(lag.seconds)} behind`;
  return yes(`It is a standby${behind}`);
}

/** A synchronous standby as its primary says; one that only once was is not. */
function judgeSynchronous(
  server: ServerView,
  question: { readonly view: View; readonly limits: RouteLimits },
): RouteVerdict {
  const verdict = judgeStandby(server, question);
  if (!verdict.isEligible) return verdict;
  const standby = standbyOf(server, question.view);
  const state = standby === null ? null : syncStateOf(standby);
  if (state === null) return no("No upstream tells whether it is synchronous");
  return state === "sync" || state === "quorum"
    ? yes(`${verdict.reason}, ${state}`)
    : no(`It is not synchronous but ${state}`);
}

/** The server as a standby, whatever it is called. */
function standbyOf({ server, aliasOf }: ServerView, view: View): StandbyView | null {
  return standbyNamed(view, aliasOf ?? server);
}
