/**
 * The classic health score: one number from 0 to 100.
 *
 * @module
 */
import type { HealthThresholds } from "../../domain/thresholds.ts";

/** What a primary's score depends on. */
export interface PrimaryHealth {
  /** Whether a standby that should stream is known: watched, or seen before. */
  readonly hasStandbys: boolean;
  /** Connected standbys; null when unknown. */
  readonly connectedStandbys: number | null;
  /** Standbys that the cluster should have. */
  readonly expectedStandbys: number;
  /** Lag of the slowest standby in bytes; null when unknown. */
  readonly lagBytes: number | null;
  /** Primaries in its cluster, itself included. */
  readonly primaries: number;
}

/** What a standby's score depends on. */
export interface StandbyHealth {
  /** Lag in bytes; null when unknown. */
  readonly lagBytes: number | null;
  /** Lag in seconds; null when unknown. */
  readonly lagSeconds: number | null;
}

/** Score of an unreachable server. */
export const UNREACHABLE_SCORE = 0;

/**
 * Scores a primary: 100, minus 50 without a standby if one is expected or was seen, or 20 with fewer than expected, minus
 * the byte steps; minus 30 for each primary of a split brain, as any of them may be the wrong one.
 *
 * @param health What is known; unknown counts as the worst case.
 * @param thresholds The steps.
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
 * Scores a standby: 100, minus the byte steps, minus the second steps.
 *
 * @param health What is known; unknown counts as the worst case.
 * @param thresholds The steps.
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
