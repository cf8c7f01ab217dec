/**
 * Whether a load balancer may send reads to a subscriber: decided from the view; unknown is never a yes.
 *
 * @module
 */
import { countOf, formatSeconds } from "../../domain/quantities.ts";
import { lowerFirst } from "../../domain/sentence.ts";
import {
  STOPPED_REASONS,
  type SubscriptionReason,
  type SubscriptionView,
} from "../../domain/subscription.ts";
import type { View } from "../../domain/view.ts";
import { serverNamed } from "../findings/view_queries.ts";
import { serverFact } from "../topology/identity.ts";
import { judgeContact, no, type RouteQuestion, type RouteVerdict, yes } from "./judge.ts";

/** Kind of traffic: reads of replicated tables. */
export const SUBSCRIBER_ROUTE = "subscriber";

/** A question about subscriptions. */
export interface SubscriberQuestion extends Pick<RouteQuestion, "server" | "now" | "staleAfterSeconds"> {
  /** Name of a subscription; null: all of the server. */
  readonly subscription: string | null;
  /** Maximum lag, seconds; null: no limit. */
  readonly maxLagSeconds: number | null;
}

/** Reasons that often last for a moment only: with a limit the lag decides. */
const PASSING_STOPS: ReadonlySet<SubscriptionReason> = new Set(["blocked", "disconnected", "half_open"]);

/** Reasons with which a table lacks what its initial copy has yet to bring. */
const INCOMPLETE: ReadonlySet<SubscriptionReason> = new Set(["copying", "copy_error"]);

/**
 * Decides whether reads may go to a subscriber.
 *
 * @param view Everything known; null before the first collection has finished.
 * @param question The server, its subscription and the limit.
 * @returns The decision; null when no such server is watched.
 */
export function judgeSubscriber(view: View | null, question: SubscriberQuestion): RouteVerdict | null {
  if (view === null) return no("The first collection has not finished yet");
  const named = serverNamed(view, question.server);
  if (named === null) return null;
  const down = judgeContact(named, question);
  if (down !== null) return down;
  const server = serverNamed(view, named.aliasOf) ?? named;
  const hasNone = server.role === "standby" || serverFact(server)?.hasSubscriptions === false;
  if (server.facts.subscriptions === undefined && !hasNone) {
    const why = server.runs.find(({ collector }) => collector === "subscriptions")?.reason ?? "";
    return no(`Its subscriptions are unknown${why === "" ? "" : `: ${why}`}`);
  }
  const { subscription: name } = question;
  const own = view.subscriptions.filter((each) =>
    each.server === server.server &&
    (name === null || each.fact.name === name || each.fact.subscription === name)
  );
  if (own.length === 0) return no(`It has no subscription${name === null ? "" : ` "${name}"`}`);
  const verdicts = own.map((each) => verdictOn(each, question));
  // One that is refused for another reason than its lag does not return when the lag does.
  const refused = verdicts.filter(({ isEligible }) => !isEligible);
  const worst = refused.find(({ isLagging }) => !isLagging) ?? refused[0];
  return worst ?? yes(describeAll(own));
}

function verdictOn(
  { fact, reason, reasonText, lag }: SubscriptionView,
  { maxLagSeconds }: SubscriberQuestion,
): RouteVerdict {
  const about = `Subscription "${fact.name}"`;
  if (reason === null) return no(`${about}: its state is unknown`);
  const isLagEnough = maxLagSeconds !== null && PASSING_STOPS.has(reason);
  if ((STOPPED_REASONS.has(reason) && !isLagEnough) || INCOMPLETE.has(reason)) {
    return no(`${about}: ${lowerFirst(reasonText)}`);
  }
  const pending = pendingTablesOf(fact.tables);
  if (pending === null) return no(`${about}: whether all its tables have been copied is unknown`);
  if (pending > 0) return no(`${about}: ${countOf(pending, "table")} not yet in sync`);
  if (maxLagSeconds === null) return yes("");
  if (lag.seconds === null) return no(`${about}: its lag is unknown: ${lowerFirst(lag.unknownBecause)}`);
  const bound = lag.source === "upper_bound" ? "perhaps " : "";
  return lag.seconds <= maxLagSeconds ? yes("") : no(
    `${about}: it is ${bound}${formatSeconds(lag.seconds)} behind, more than ${formatSeconds(maxLagSeconds)}`,
    true,
  );
}

/** Tables that are not yet in sync; null when unknown. */
function pendingTablesOf(tables: SubscriptionView["fact"]["tables"]): number | null {
  if (tables === null) return null;
  return Object.entries(tables).reduce((sum, [state, count]) => state === "r" ? sum : sum + count, 0);
}

function describeAll(own: readonly SubscriptionView[]): string {
  const [first] = own;
  const lags = own.flatMap(({ lag: { seconds } }) => seconds ?? []);
  const behind = lags.length < own.length ? "" : `${formatSeconds(Math.max(...lags))} behind`;
  return own.length === 1 && first !== undefined
    ? `Subscription "${first.fact.name}" applies${behind === "" ? "" : `, ${behind}`}`
    : `All ${own.length} subscriptions apply${behind === "" ? "" : `, at most ${behind}`}`;
}
