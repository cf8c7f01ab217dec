/**
 * Thresholds of the health score and of the report.
 *
 * @module
 */

/** Thresholds of the classic health score `pg_replication_health_score`. */
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

/** Defaults: 1 MiB and 10 MiB, 5 s and 30 s. */
export const DEFAULT_HEALTH_THRESHOLDS: HealthThresholds = {
  warningLagBytes: 1024 * 1024,
  criticalLagBytes: 10 * 1024 * 1024,
  warningLagSeconds: 5,
  criticalLagSeconds: 30,
};

/** Thresholds above which the report rates a standby as warning or critical. */
export interface ReportThresholds {
  /** Lag above which a standby is a warning, seconds. */
  readonly warningLagSeconds: number;
  /** Lag above which it is critical, seconds. */
  readonly criticalLagSeconds: number;
  /** Queries cancelled by recovery conflicts since the last statistics reset, above which it is a warning. */
  readonly warningConflicts: number;
}

/** Defaults: 1 min and 5 min, 100 conflicts. */
export const DEFAULT_REPORT_THRESHOLDS: ReportThresholds = {
  warningLagSeconds: 60,
  criticalLagSeconds: 300,
  warningConflicts: 100,
};
