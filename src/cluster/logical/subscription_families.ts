/**
 * Families of subscriptions, measured from the view: what needs both ends.
 *
 * @module
 */
import {
  SUBSCRIPTION_LAG_SOURCES,
  SUBSCRIPTION_LAG_UNKNOWN_REASONS,
  SUBSCRIPTION_REASONS,
  subscriptionSamplesKey,
} from "../../domain/subscription.ts";
import type { View } from "../../domain/view.ts";
import {
  defineFamilies,
  type FamilyDefinition,
  measure,
  type Measurement,
  measureStates,
} from "../../metrics/family.ts";
import { measureLagSamples } from "../lag/lag_sample_series.ts";

const labels = ["subscription"];

const SUBSCRIPTIONS = defineFamilies({
  pgrepl_subscription_info: {
    help:
      "Publisher, slot and database of the subscription, and what joined it to the slot: origin, application_name, " +
      "address, slot; publisher and by are empty when no watched server has the slot. Always 1.",
    labels: ["subscription", "publisher", "slot", "database", "by"],
  },
  pgrepl_subscription_lag_seconds: {
    help:
      "Seconds since the publisher's WAL passed what the subscription has applied; 0 when it has applied all that is " +
      "published, however long the publisher was idle.",
    labels,
  },
  pgrepl_subscription_lag_source: {
    help:
      "Source of pgrepl_subscription_lag_seconds: the lag clock, or an upper bound, as nothing decodes the WAL since " +
      "then and it may hold nothing that is published.",
    labels: ["subscription", "source"],
  },
  pgrepl_subscription_lag_unknown: {
    help: "Why pgrepl_subscription_lag_seconds has no sample; all 0 when it has one.",
    labels: ["subscription", "reason"],
  },
  pgrepl_subscription_lag_sampled_seconds: {
    help:
      "Samples of pgrepl_subscription_lag_seconds, usually one a second (--lag.sample-interval), where it was " +
      "known: what happened between two scrapes. Starts at 0 with the exporter.",
    labels,
    type: "histogram",
  },
  pgrepl_subscription_lag_sampled_unknown_total: {
    help: "Samples at which the lag was unknown; pgrepl_subscription_lag_sampled_seconds has the others.",
    labels,
  },
  pgrepl_subscription_lag_bytes: {
    help: "Bytes of WAL by which the subscription is behind the end of the publisher's, by stage: sent " +
      "(pg_stat_replication.sent_lsn), received (pg_stat_subscription.received_lsn), confirmed " +
      "(pg_replication_slots.confirmed_flush_lsn). What the slot retains is pgrepl_slot_retained_bytes.",
    labels: ["subscription", "stage"],
  },
  pgrepl_subscription_reason: {
    help: "Why the subscription is in its current state, 0 or 1: exactly one reason is 1 when it is known.",
    labels: ["subscription", "reason"],
  },
  pgrepl_subscription_apply_bytes_per_second: {
    help: "Bytes of the publisher's WAL per second that the subscription confirmed over the last 30 s.",
    labels,
  },
  pgrepl_subscription_catchup_seconds: {
    help:
      "Seconds until the subscription has caught up at the current rates, 0 when it has; absent when it falls behind.",
    labels,
  },
});

const SAMPLED_SUBSCRIPTIONS = {
  seconds: SUBSCRIPTIONS.pgrepl_subscription_lag_sampled_seconds,
  unknown: SUBSCRIPTIONS.pgrepl_subscription_lag_sampled_unknown_total,
};

/** Every family of subscriptions. */
export const subscriptionFamilies: readonly FamilyDefinition[] = Object.values(SUBSCRIPTIONS);

/**
 * Measures every family of {@linkcode subscriptionFamilies}.
 *
 * @param view Everything known.
 */
export function* measureSubscriptions(
  { subscriptions, lagSamples }: Pick<View, "subscriptions" | "lagSamples">,
): Generator<Measurement> {
  for (const subscription of subscriptions) {
    const { server, cluster, fact, publisher, lag, bytesBehind, reason, ...rates } = subscription;
    const own = { instance: server, cluster, subscription: fact.subscription };
    yield* measure(SUBSCRIPTIONS.pgrepl_subscription_info, {
      ...own,
      publisher: publisher?.server ?? "",
      slot: fact.slot,
      database: fact.database,
      by: publisher?.by ?? "",
    }, 1);
    yield* measure(SUBSCRIPTIONS.pgrepl_subscription_lag_seconds, own, lag.seconds);
    yield* measureStates(
      SUBSCRIPTIONS.pgrepl_subscription_lag_source,
      own,
      SUBSCRIPTION_LAG_SOURCES,
      lag.source,
    );
    for (const each of SUBSCRIPTION_LAG_UNKNOWN_REASONS) {
      const known = { ...own, reason: each };
      yield* measure(SUBSCRIPTIONS.pgrepl_subscription_lag_unknown, known, lag.unknownReason === each);
    }
    const samples = lagSamples.get(subscriptionSamplesKey(subscription));
    yield* measureLagSamples(samples, own, SAMPLED_SUBSCRIPTIONS);
    for (const [stage, bytes] of Object.entries(bytesBehind)) {
      yield* measure(SUBSCRIPTIONS.pgrepl_subscription_lag_bytes, { ...own, stage }, bytes);
    }
    yield* measureStates(SUBSCRIPTIONS.pgrepl_subscription_reason, own, SUBSCRIPTION_REASONS, reason);
    yield* measure(SUBSCRIPTIONS.pgrepl_subscription_apply_bytes_per_second, own, rates.applyBytesPerSecond);
    yield* measure(SUBSCRIPTIONS.pgrepl_subscription_catchup_seconds, own, rates.catchUpSeconds);
  }
}
