import type { Severity } from "../domain/finding.ts";
import { formatSeconds } from "../domain/quantities.ts";
import type { StandbyReason } from "../domain/standby.ts";
import type { ReportThresholds } from "../domain/thresholds.ts";
import type { ReportStandby, Status, Word } from "./model.ts";
import { STATUSES } from "./model.ts";

/** A status and the sentences that say why. */
export interface Judgement {
  /** The worst of what was found. */
  readonly status: Status;
  /** Why, worst first; empty when healthy. */
  readonly reasons: readonly string[];
}

/** What a standby is judged by. */
export type JudgedStandby = Pick<
  ReportStandby,
  | "connected"
  | "lag_seconds"
  | "lag_bytes"
  | "lag_unknown_because"
  | "reason"
  | "reason_text"
  | "catch_up"
  | "catch_up_text"
  | "apply_delay_seconds"
  | "total_conflicts"
>;

interface Remark {
  readonly status: Status;
  readonly sentence: string;
}

/** Reasons for which a standby gets no WAL, or can make nothing of it, and that nothing mends by itself. */
const CRITICAL_REASONS: ReadonlySet<Word<StandbyReason>> = new Set([
  "half_open",
  "unreachable",
  "stranded",
  "lost",
]);

/** Reasons that pass by themselves as a rule, a restart for example; what becomes of them is judged by the lag. */
const PASSING_REASONS: ReadonlySet<Word<StandbyReason>> = new Set(["disconnected", "starting"]);

/** Reasons that hold up what a standby lacks, and are harmless while it lacks nothing. */
const HOLDING_REASONS: ReadonlySet<Word<StandbyReason>> = new Set(["paused", "conflict"]);

/** How much each severity weighs. */
const STATUS_OF_SEVERITY: Readonly<Record<Severity, Status>> = {
  critical: "critical",
  warning: "warning",
  info: "healthy",
};

/**
 * The worst of several.
 *
 * @param statuses Any number; none is healthy.
 */
export function worstStatus(statuses: Iterable<Status>): Status {
  let worst = 0;
  for (const status of statuses) worst = Math.max(worst, STATUSES.indexOf(status));
  return STATUSES[worst] ?? "healthy";
}

/**
 * The worst first; those with one status stay in their order.
 *
 * @param items What has a status.
 */
export function worstFirst<T extends { readonly status: Status }>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => STATUSES.indexOf(b.status) - STATUSES.indexOf(a.status));
}

/**
 * What a finding makes of whatever it concerns.
 *
 * @param severity How bad the finding is; an info changes nothing.
 */
export function statusOfSeverity(severity: Severity): Status {
  return STATUS_OF_SEVERITY[severity];
}

/**
 * A reason or another word of the report as it is read.
 *
 * @param word The word.
 * @returns For example `half open` for `half_open`.
 */
export function wordOf(word: string): string {
  return word.replaceAll("_", " ");
}

/**
 * Judges a standby: by its reason, by whether it can catch up, by its lag (beyond a delay that is set on purpose), by
 * its conflicts. A lag that is not known is never healthy.
 *
 * @param standby What is known of it.
 * @param thresholds From where on it is a warning or critical.
 */
export function judgeStandby(standby: JudgedStandby, thresholds: ReportThresholds): Judgement {
  const remarks = [
    ...judgeReason(standby),
    ...judgeLag(standby, thresholds),
    ...judgeConflicts(standby, thresholds),
  ].sort((a, b) => STATUSES.indexOf(b.status) - STATUSES.indexOf(a.status));
  return {
    status: worstStatus(remarks.map(({ status }) => status)),
    reasons: [...new Set(remarks.map(({ sentence }) => sentence))],
  };
}

function* judgeReason(standby: JudgedStandby): Generator<Remark> {
  const { reason, connected, lag_bytes: bytes } = standby;
  const sentence = standby.reason_text || (reason === null ? "" : `It is ${wordOf(reason)}`);
  if (reason !== null && CRITICAL_REASONS.has(reason)) yield { status: "critical", sentence };
  else if (reason !== null && HOLDING_REASONS.has(reason)) {
    if (bytes !== 0) yield { status: "warning", sentence };
  } else if (reason !== null && PASSING_REASONS.has(reason)) yield { status: "warning", sentence };
  else if (reason === null && connected === false) {
    yield { status: "warning", sentence: "It receives no WAL by streaming" };
  }
  if (standby.catch_up === "must_rebuild") {
    yield { status: "critical", sentence: standby.catch_up_text || "It can no longer catch up" };
  }
}

function* judgeLag(standby: JudgedStandby, thresholds: ReportThresholds): Generator<Remark> {
  const { lag_seconds: seconds, lag_unknown_because: because } = standby;
  if (seconds === null) {
    yield { status: "unknown", sentence: because || "Why its lag is not known was not said" };
    return;
  }
  const delay = standby.apply_delay_seconds ?? 0;
  const lag = Math.max(0, seconds - delay);
  const status = lag > thresholds.criticalLagSeconds
    ? "critical"
    : lag > thresholds.warningLagSeconds
    ? "warning"
    : null;
  if (status === null) return;
  const threshold = status === "critical" ? thresholds.criticalLagSeconds : thresholds.warningLagSeconds;
  const beyond = delay > 0 ? ` beyond its delay of ${formatSeconds(delay)}` : "";
  yield {
    status,
    sentence: `It is ${formatSeconds(lag)} behind the primary${beyond}, over ${formatSeconds(threshold)}`,
  };
}

function* judgeConflicts(
  { total_conflicts: total }: JudgedStandby,
  { warningConflicts }: ReportThresholds,
): Generator<Remark> {
  if (total === null || total <= warningConflicts) return;
  const sentence = `Recovery conflicts cancelled ${total} queries, over ${warningConflicts}`;
  yield { status: "warning", sentence };
}
