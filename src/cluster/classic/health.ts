/**
 * The classic health score: one number from 0 to 100.
 *
 * @module
 */
import type { HealthThresholds } from "../../domain/thresholds.ts";

/** What a primary is judged by. */
export interface PrimaryHealth {
  /** Whether any standby that should stream is known: watched, or once seen. */
  readonly hasStandbys: boolean;
  /** Standbys connected; null when unknown. */
  readonly connectedStandbys: number | null;
  /** Standbys there should be. */
  readonly expectedStandbys: number;
  /** Lag of the slowest standby in bytes; null when unknown. */
  readonly lagBytes: number | null;
  /** Primaries in its cluster, itself among them. */
  readonly primaries: number;
}

/** What a standby is judged by. */
export interface StandbyHealth {
  /** Lag in bytes; null when unknown. */
  readonly lagBytes: number | null;
  /** Lag in seconds; null when unknown. */
  readonly lagSeconds: number | null;
}

/** Score of a server that is not reached. */
export const UNREACHABLE_SCORE = 0;

/**
 * Scores a primary: 100, less 50 without a standby where one is expected or was seen, or 20 with fewer than expected, less the byte steps.
 *
 * With more than one primary in its cluster, a server that is not in recovery is one that should be: less 30, for
 * each of them, as nothing here tells which is the right one.
 *
 * @param health What is known; unknown counts as the worst.
 * @param thresholds Where the steps are.
 * @returns 0 to 100.
 */
export function scorePrimary(health: PrimaryHealth, thresholds: HealthThresholds): number {
  const { hasStandbys, connectedStandbys, expectedStandbys, lagBytes, primaries } = health;
  let score = 100;
  if (connectedStandbys === null || connectedStandbys === 0) {
    if (hasStandbys || expectedStandbys > 0) score -= 50;
  } else if (connectedStandbys < expectedStandbys) score -= 20;
  if (primaries > 1) score -= 30;
  return Math.max(0, score - lagBytesCost(lagBytes, thresholds));
}

/**
 * Scores a standby: 100, less the byte steps, less the second steps.
 *
 * @param health What is known; unknown counts as the worst.
 * @param thresholds Where the steps are.
 * @returns 0 to 100.
 */
export function scoreStandby(health: StandbyHealth, thresholds: HealthThresholds): number {
  return 100 - lagBytesCost(health.lagBytes, thresholds) - lagSecondsCost(health.lagSeconds, thresholds);
}

function lagBytesCost(bytes: number | null, { warningLagBytes, criticalLagBytes }: HealthThresholds): number {
  if (bytes === null || bytes > criticalLagBytes) return 30;
  return bytes > warningLagBytes ? 10 : 0;
}

function lagSecondsCost(
  seconds: number | null,
  { warningLagSeconds, criticalLagSeconds }: HealthThresholds,
): number {
  if (seconds === null || seconds > criticalLagSeconds) return 20;
  return seconds > warningLagSeconds ? 5 : 0;
}
