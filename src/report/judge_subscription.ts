import { formatSeconds } from "../domain/quantities.ts";
import type { SubscriptionReason } from "../domain/subscription.ts";
import type { ReportThresholds } from "../domain/thresholds.ts";
import type { ReportSubscription, Word } from "./model.ts";
import { type Judgement, judgementOf, type Remark, remarkOnLag, wordOf } from "./status.ts";

/** What the status of a subscription depends on. */
export type JudgedSubscription = Pick<
  ReportSubscription,
  "reason" | "reason_text" | "lag_seconds" | "lag_source" | "lag_unknown_because" | "copies"
>;

/** Reasons with which it, or a table of it, receives nothing until somebody acts. */
const STOPPED_FOR_GOOD: ReadonlySet<Word<SubscriptionReason>> = new Set([
  "apply_error",
  "copy_error",
  "disabled_by_error",
  "slot_missing",
  "slot_lost",
]);

/** Reasons that are meant, or usually pass by themselves; if they last, the lag raises the status. */
const STOPPED_FOR_NOW: ReadonlySet<Word<SubscriptionReason>> = new Set([
  "disabled",
  "disconnected",
  "no_worker",
  "waits_for_standby",
  "half_open",
  "publisher_gone",
  "unreachable",
  "conflict",
]);

/** Locks are waited for all the time: up to this lag, seconds, that is no problem. */
const SHORT_WAIT_SECONDS = 5;

/**
 * Judges a subscription by its reason and its lag; an unknown one is never healthy.
 *
 * @param subscription What is known of it.
 * @param thresholds When it is a warning or critical.
 */
export function judgeSubscription(
  subscription: JudgedSubscription,
  thresholds: ReportThresholds,
): Judgement {
  return judgementOf([...judgeWhy(subscription), ...judgeBehind(subscription, thresholds)]);
}

function* judgeWhy(subscription: JudgedSubscription): Generator<Remark> {
  const { reason, reason_text, lag_seconds: seconds, copies } = subscription;
  if (reason === null) {
    yield { status: "unknown", sentence: "Its state is unknown" };
    return;
  }
  const sentence = reason_text || `It is ${wordOf(reason)}`;
  if (STOPPED_FOR_GOOD.has(reason)) yield { status: "critical", sentence };
  if (STOPPED_FOR_NOW.has(reason)) yield { status: "warning", sentence };
  const isLong = seconds === null || seconds > SHORT_WAIT_SECONDS ||
    copies.some(({ blocked_by }) => blocked_by !== null);
  if (reason === "blocked" && isLong) yield { status: "warning", sentence };
}

function* judgeBehind(
  { lag_seconds: seconds, lag_source, lag_unknown_because: because }: JudgedSubscription,
  thresholds: ReportThresholds,
): Generator<Remark> {
  const atMost = lag_source === "upper_bound" ? "at most " : "";
  yield* remarkOnLag(seconds, {
    ...thresholds,
    because,
    describe: (lag) => `It is ${atMost}${formatSeconds(lag)} behind the publisher`,
  });
}
