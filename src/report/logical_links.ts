import { joinNames } from "../domain/quantities.ts";
import { STOPPED_REASONS, type SubscriptionReason } from "../domain/subscription.ts";
import type { ReportSubscription, Status, Word } from "./model.ts";
import { worstFirst, worstStatus } from "./status.ts";

/** The subscriptions of one server that read from one other. */
export interface LogicalLink {
  /** Server that publishes; null when it is not watched. */
  readonly publisher: string | null;
  /** Server that has the subscriptions. */
  readonly subscriber: string;
  /** Names of the subscriptions, the worst first. */
  readonly names: readonly string[];
  /** The worst of their statuses. */
  readonly status: Status;
  /** How many of them apply nothing. */
  readonly stopped: number;
  /** Largest lag, seconds; null when one is unknown. */
  readonly lagSeconds: number | null;
}

/** Subscriptions named on one link. */
const NAMED_ON_LINK = 5;

const STOPPED_WORDS: ReadonlySet<Word<SubscriptionReason>> = STOPPED_REASONS;

/** Whether nothing of a subscription is applied. */
export function isStopped({ reason }: Pick<ReportSubscription, "reason">): boolean {
  return reason !== null && STOPPED_WORDS.has(reason);
}

/** Names of the subscriptions of a link, of many the worst. */
export function describeNames({ names }: Pick<LogicalLink, "names">): string {
  return joinNames(names, NAMED_ON_LINK);
}

/** That its subscriptions, or some of them, apply nothing; "" when all apply. */
export function describeStopped({ names, stopped }: Pick<LogicalLink, "names" | "stopped">): string {
  if (stopped === 0) return "";
  return stopped === names.length ? "stopped" : `${stopped} of ${names.length} stopped`;
}

/**
 * Who subscribes to whom: one link for each pair of servers, in the order of the subscriptions.
 *
 * @param subscriptions The subscriptions of a report.
 */
export function deriveLogicalLinks(subscriptions: readonly ReportSubscription[]): readonly LogicalLink[] {
  const pairs = Map.groupBy(
    subscriptions,
    ({ publisher, server }) => JSON.stringify([publisher?.server ?? null, server]),
  );
  return [...pairs.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const lags = own.flatMap(({ lag_seconds }) => lag_seconds ?? []);
    return [{
      publisher: first.publisher?.server ?? null,
      subscriber: first.server,
      names: worstFirst(own).map(({ name }) => name),
      status: worstStatus(own.map(({ status }) => status)),
      stopped: own.filter(isStopped).length,
      lagSeconds: lags.length === own.length ? Math.max(...lags) : null,
    }];
  });
}
