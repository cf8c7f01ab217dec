import { formatDuration } from "../../config/units.ts";
import { formatLsn, type Lsn, parseLsn } from "../../domain/lsn.ts";
import { formatSeconds } from "../../domain/quantities.ts";
import type { ReportServer, ReportSubscription } from "../../report/model.ts";
import { joinWaitStates, type WaitGoal, type WaitState } from "./wait_state.ts";

/** What is known of the wait. */
export interface SubscriptionWait {
  /** The name, as given. */
  readonly name: string;
  /** The goal. */
  readonly goal: WaitGoal;
  /** How long before the report was asked for the wait began. */
  readonly waitedSeconds: number;
  /** Every server of the report. */
  readonly servers: readonly ReportServer[];
}

/**
 * Whether a subscription has reached a goal: what its publisher had committed before the report is applied. Data of before
 * the wait decides nothing.
 *
 * @param named The subscriptions of that name.
 * @param wait The goal.
 */
export function judgeSubscriptionWait(
  named: readonly ReportSubscription[],
  { name, goal, waitedSeconds, servers }: SubscriptionWait,
): WaitState {
  const [subscription, ...others] = named;
  if (subscription === undefined || others.length > 0) {
    return {
      isReached: null,
      text: `Several servers have a subscription "${name}": name ${
        named.map((each) => `${each.server}/${each.name}`).join(" or ")
      }`,
    };
  }
  if (goal.role !== null) return { isReached: null, text: `"${name}" is a subscription, which has no role` };
  if (subscription.publisher === null) {
    return { isReached: null, text: `"${name}": ${subscription.publisher_unknown_because}` };
  }
  const sources = [subscription.server, subscription.publisher.server];
  for (const source of sources) {
    const server = servers.find((each) => each.name === source);
    if (server?.up !== true) {
      return {
        isReached: null,
        text: `"${source}" is unreachable${server === undefined ? "" : `: ${server.trouble}`}`,
      };
    }
    if ((server.data_age_seconds ?? Infinity) >= waitedSeconds) {
      return { isReached: null, text: `No data of "${source}" since the wait began` };
    }
  }
  return joinWaitStates([
    ...goal.position === null ? [] : [judgeApplied(subscription, goal.position)],
    ...goal.maxLagSeconds === null ? [] : [judgeSubscriptionLag(subscription, goal.maxLagSeconds)],
    ...goal.isCaughtUp ? [judgeAllApplied(subscription)] : [],
  ]);
}

function judgeApplied({ name, applied_lsn }: ReportSubscription, wanted: Lsn): WaitState {
  if (applied_lsn === null) return { isReached: null, text: `What "${name}" has applied is unknown` };
  const isReached = parseLsn(applied_lsn) >= wanted;
  return {
    isReached,
    text: `"${name}" has applied ${applied_lsn}${isReached ? "" : ` of ${formatLsn(wanted)}`}`,
  };
}

function judgeSubscriptionLag(subscription: ReportSubscription, wanted: number): WaitState {
  const { name, lag_seconds: lag } = subscription;
  if (lag === null) return withoutLag(subscription);
  const isReached = lag <= wanted;
  return {
    isReached,
    text: `"${name}" is ${formatSeconds(lag)} behind${
      isReached ? "" : `, more than ${formatDuration(wanted)}`
    }`,
  };
}

/** With tables that are not in sync yet it has not caught up, whatever its position. */
function judgeAllApplied(subscription: ReportSubscription): WaitState {
  const { name, lag_seconds: lag, ready_tables: ready, total_tables: total } = subscription;
  if (lag === null) return withoutLag(subscription);
  if (lag > 0) return { isReached: false, text: `"${name}" is ${formatSeconds(lag)} behind` };
  if (ready === null || total === null) {
    return { isReached: null, text: `Whether all tables of "${name}" are copied is unknown` };
  }
  return ready < total
    ? { isReached: false, text: `${total - ready} of ${total} tables of "${name}" are not copied yet` }
    : { isReached: true, text: `"${name}" has caught up` };
}

function withoutLag({ name, lag_unknown_because, reason_text }: ReportSubscription): WaitState {
  const why = lag_unknown_because || reason_text;
  return { isReached: null, text: `The lag of "${name}" is unknown${why === "" ? "" : `: ${why}`}` };
}
