import type { OpenTransaction } from "../domain/facts.ts";
import { formatLsn } from "../domain/lsn.ts";
import { isLostSlot } from "../domain/slot.ts";
import { subscriptionKey, subscriptionSamplesKey, type SubscriptionView } from "../domain/subscription.ts";
import type { ReportThresholds } from "../domain/thresholds.ts";
import type { View } from "../domain/view.ts";
import type { Finding } from "../domain/finding.ts";
import { lossOfSlot, serverNamed } from "../cluster/findings/view_queries.ts";
import { deriveLagHour } from "./derive_standby.ts";
import { judgeSubscription } from "./judge_subscription.ts";
import type { ReportSubscription, ReportTransaction } from "./model.ts";
import { findingPlaceKey } from "./finding_subject.ts";
import { type ReportMoment, toUnixSeconds } from "./report_context.ts";
import { judgementOf, statusOfSeverity, worstFirst } from "./status.ts";

/** What subscriptions in a report are derived from. */
export interface ReportSubscriptionContext extends ReportMoment {
  /** Everything known. */
  readonly view: View;
  /** When one is a warning or critical. */
  readonly thresholds: ReportThresholds;
}

/** Every subscription of a report. */
export function deriveReportSubscriptions(
  context: ReportSubscriptionContext,
): readonly ReportSubscription[] {
  const { subscriptions, findings } = context.view;
  if (subscriptions.length === 0) return [];
  const found = Map.groupBy(findings, ({ server, subject }) => findingPlaceKey(server, subject));
  return subscriptions.map((each) =>
    deriveReportSubscription(each, {
      ...context,
      found: found.get(findingPlaceKey(each.server, each.fact.subscription)) ?? [],
    })
  );
}

function deriveReportSubscription(
  subscription: SubscriptionView,
  context: ReportSubscriptionContext & { readonly found: readonly Finding[] },
): ReportSubscription {
  const { view, thresholds, found } = context;
  const { server, cluster, fact, isFresh, publisher, lag, bytesBehind } = subscription;
  const slot = publisher?.slot ?? null;
  const tables = fact.tables === null ? null : Object.entries(fact.tables);
  const hasConflicts = Object.keys(fact.conflictsTotal).length > 0;
  const known = {
    id: subscriptionKey(subscription),
    server,
    cluster,
    name: fact.name,
    series: fact.subscription,
    database: fact.database,
    publications: fact.publications,
    enabled: fact.enabled,
    publisher: publisher === null ? null : {
      server: publisher.server,
      cluster: serverNamed(view, publisher.server)?.cluster ?? "",
      joined_by: publisher.by,
    },
    publisher_unknown_because: subscription.publisherUnknown,
    slot: fact.slot,
    slot_retained_bytes: slot?.retainedBytes ?? null,
    slot_lost_in_seconds: publisher === null || slot === null
      ? null
      : lossOfSlot(view, publisher.server, slot.slot) ?? (isLostSlot(slot) ? 0 : null),
    reason: subscription.reason,
    reason_text: subscription.reasonText,
    stands_since_unix_seconds: toUnixSeconds(subscription.standsSince, context),
    lag_seconds: lag.seconds,
    lag_bytes: lag.bytes,
    lag_source: lag.source,
    lag_unknown_reason: lag.unknownReason,
    lag_unknown_because: lag.unknownBecause,
    sent_lag_bytes: bytesBehind.sent,
    received_lag_bytes: bytesBehind.received,
    confirmed_lag_bytes: bytesBehind.confirmed,
    applied_lsn: lag.appliedPosition === null ? null : formatLsn(lag.appliedPosition),
    apply_bytes_per_second: subscription.applyBytesPerSecond,
    catch_up_seconds: subscription.catchUpSeconds,
    falling_behind: subscription.fallingBehind,
    tables: fact.tables,
    total_tables: tables?.reduce((sum, [, count]) => sum + count, 0) ?? null,
    ready_tables: fact.tables === null ? null : fact.tables["r"] ?? 0,
    copies: (isFresh ? fact.copies : []).map(({ table, rows, bytes, seconds, blockedBy }) => ({
      table,
      rows,
      bytes,
      seconds,
      blocked_by: deriveTransaction(blockedBy),
    })),
    apply_errors: fact.applyErrorsTotal,
    copy_errors: fact.syncErrorsTotal,
    recent_errors: subscription.recentErrors,
    conflicts: hasConflicts ? fact.conflictsTotal : null,
    total_conflicts: hasConflicts
      ? Object.values(fact.conflictsTotal).reduce((sum, each) => sum + each, 0)
      : null,
    blocked_by: isFresh ? deriveTransaction(fact.blockedBy) : null,
    held_by: deriveTransaction(subscription.heldBy),
    lag_last_hour: deriveLagHour(view.lagSamples.get(subscriptionSamplesKey(subscription))),
  };
  const own = judgeSubscription(known, thresholds);
  // From its findings too, so that the two agree.
  const { status, reasons } = judgementOf([
    ...own.reasons.map((sentence) => ({ status: own.status, sentence })),
    ...found.map(({ severity, summary }) => ({ status: statusOfSeverity(severity), sentence: summary }))
      .filter((each) => worstFirst([own, each])[0] === each),
  ]);
  return { ...known, status, status_reasons: reasons };
}

function deriveTransaction(transaction: OpenTransaction | null): ReportTransaction | null {
  if (transaction === null) return null;
  const { by, isPrepared, user, applicationName, seconds } = transaction;
  return { by, is_prepared: isPrepared, user, application_name: applicationName, seconds };
}
