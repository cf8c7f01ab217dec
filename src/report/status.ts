import type { Severity } from "../domain/finding.ts";
import { formatSeconds, formatShare } from "../domain/quantities.ts";
import type { StandbyReason } from "../domain/standby.ts";
import type { ReportThresholds } from "../domain/thresholds.ts";
import type { ReportStandby, Status, Word } from "./model.ts";
import { STATUSES } from "./model.ts";

/** A status and its reasons. */
export interface Judgement {
  /** The worst status found. */
  readonly status: Status;
  /** Why, worst first; empty when healthy. */
  readonly reasons: readonly string[];
}

/** What a standby's status depends on. */
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

/** One reason for a status. */
export interface Remark {
  /** What it makes of it. */
  readonly status: Status;
  /** Why. */
  readonly sentence: string;
}

/** Reasons with which a standby receives no usable WAL until somebody acts. */
const CRITICAL_REASONS: ReadonlySet<Word<StandbyReason>> = new Set([
  "half_open",
  "unreachable",
  "stranded",
  "lost",
]);

/** Reasons that usually pass by themselves, such as a restart; if they last, the lag raises the status. */
const PASSING_REASONS: ReadonlySet<Word<StandbyReason>> = new Set(["disconnected", "starting"]);

/** Reasons that hold back replay, harmless while there is no backlog. */
const HOLDING_REASONS: ReadonlySet<Word<StandbyReason>> = new Set(["paused", "conflict"]);

/** The worst of several statuses; healthy when there are none. */
export function worstStatus(statuses: Iterable<Status>): Status {
  let worst = 0;
  for (const status of statuses) worst = Math.max(worst, STATUSES.indexOf(status));
  return STATUSES[worst] ?? "healthy";
}

/**
 * Sorts by status, the worst first; equal ones keep their order.
 *
 * @param items What has a status.
 */
export function worstFirst<T extends { readonly status: Status }>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => STATUSES.indexOf(b.status) - STATUSES.indexOf(a.status));
}

/**
 * The status that a finding gives to what it concerns.
 *
 * @param severity Its severity; an info changes nothing.
 */
export function statusOfSeverity(severity: Severity): Status {
  return severity === "info" ? "healthy" : severity;
}

/**
 * Formats a reason or another word of the report for people.
 *
 * @returns For example `half open` for `half_open`.
 */
export function wordOf(word: string): string {
  return word.replaceAll("_", " ");
}

/**
 * Judges a standby by its reason, whether it can catch up, its lag (beyond `recovery_min_apply_delay`), and its recovery
 * conflicts. An unknown lag is never healthy.
 *
 * @param standby What is known of it.
 * @param thresholds When it is a warning or critical.
 */
export function judgeStandby(standby: JudgedStandby, thresholds: ReportThresholds): Judgement {
  return judgementOf([
    ...judgeReason(standby),
    ...judgeLag(standby, thresholds),
    ...judgeConflicts(standby, thresholds),
  ]);
}

/**
 * The worst status of several remarks, and all their sentences.
 *
 * @param remarks In the order of their importance.
 */
export function judgementOf(remarks: readonly Remark[]): Judgement {
  const sorted = worstFirst(remarks);
  return {
    status: worstStatus(sorted.map(({ status }) => status)),
    reasons: [...new Set(sorted.map(({ sentence }) => sentence))],
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
  const delay = standby.apply_delay_seconds ?? 0;
  const beyond = delay > 0 ? ` beyond its delay of ${formatSeconds(delay)}` : "";
  yield* remarkOnLag(seconds === null ? null : Math.max(0, seconds - delay), {
    ...thresholds,
    because,
    describe: (lag) => `It is ${formatSeconds(lag)} behind the primary${beyond}`,
  });
}

/** What is to be said of a lag. */
export interface LagRemark extends Pick<ReportThresholds, "warningLagSeconds" | "criticalLagSeconds"> {
  /** Why it is unknown, one sentence; "" when it is known. */
  readonly because: string;
  /** The beginning of the sentence on one that exceeds a threshold. */
  describe(seconds: number): string;
}

/**
 * Judges a lag: one that is unknown is never healthy.
 *
 * @param seconds The lag; null when unknown.
 * @param given Thresholds and words.
 */
export function* remarkOnLag(seconds: number | null, given: LagRemark): Generator<Remark> {
  const { warningLagSeconds, criticalLagSeconds, because, describe } = given;
  if (seconds === null) {
    yield { status: "unknown", sentence: because || "Its lag is unknown, and no reason was reported" };
    return;
  }
  const status = seconds > criticalLagSeconds ? "critical" : seconds > warningLagSeconds ? "warning" : null;
  if (status === null) return;
  const threshold = status === "critical" ? criticalLagSeconds : warningLagSeconds;
  yield { status, sentence: `${describe(seconds)}, over ${formatSeconds(threshold)}` };
}

function* judgeConflicts(
  { total_conflicts: total }: JudgedStandby,
  { warningConflicts }: ReportThresholds,
): Generator<Remark> {
  if (total === null || total <= warningConflicts) return;
  const sentence = `Recovery conflicts cancelled ${total} queries, over ${warningConflicts}`;
  yield { status: "warning", sentence };
}

/**
 * How long a standby was within the warning lag, for people.
 *
 * @param hour Samples of the last hour.
 * @returns For example `within the warning lag 98.2%, unknown 1.1%`.
 */
export function describeLagHour(hour: NonNullable<ReportStandby["lag_last_hour"]>): string {
  const unknown = hour.unknown_ratio === 0 ? "" : `, unknown ${formatShare(hour.unknown_ratio, false)}`;
  return `within the warning lag ${formatShare(hour.within_warning_ratio, true)}${unknown}`;
}
