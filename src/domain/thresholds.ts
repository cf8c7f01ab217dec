/**
 * Thresholds of warnings and errors.
 *
 * @module
 */

/** Steps of the classic health score `pg_replication_health_score`. */
export interface HealthThresholds {
  /** Byte lag that costs 10 points. */
  readonly warningLagBytes: number;
  /** Byte lag that costs 30 points. */
  readonly criticalLagBytes: number;
  /** Lag that costs a standby 5 points, seconds. */
  readonly warningLagSeconds: number;
  /** Lag that costs a standby 20 points, seconds. */
  readonly criticalLagSeconds: number;
}

/** Over 1 MiB and 10 MiB, over 5 s and 30 s. */
export const DEFAULT_HEALTH_THRESHOLDS: HealthThresholds = {
  warningLagBytes: 1024 * 1024,
  criticalLagBytes: 10 * 1024 * 1024,
  warningLagSeconds: 5,
  criticalLagSeconds: 30,
};

/** When a report calls a standby a warning or critical. */
export interface ReportThresholds {
  /** A standby with more lag is a warning, seconds. */
  readonly warningLagSeconds: number;
  /** A standby with more lag is critical, seconds. */
  readonly criticalLagSeconds: number;
  /** A standby with more queries cancelled by recovery conflicts since the statistics were reset is a warning. */
  readonly warningConflicts: number;
}

/** Over a minute and five, over 100 conflicts. */
export const DEFAULT_REPORT_THRESHOLDS: ReportThresholds = {
  warningLagSeconds: 60,
  criticalLagSeconds: 300,
  warningConflicts: 100,
};
