import type { ReportStandby, ReportSummary, Status } from "./model.ts";

/**
 * Counts standbys.
 *
 * @param standbys The standbys of one cluster, or of all.
 */
export function deriveSummary(
  standbys: readonly Pick<ReportStandby, "status" | "lag_seconds" | "lag_bytes">[],
): ReportSummary {
  const count = (status: Status) => standbys.filter((each) => each.status === status).length;
  const seconds = standbys.map((each) => each.lag_seconds).filter((each) => each !== null);
  const bytes = standbys.map((each) => each.lag_bytes).filter((each) => each !== null);
  return {
    total_standbys: standbys.length,
    healthy_standbys: count("healthy"),
    warning_standbys: count("warning"),
    critical_standbys: count("critical"),
    unknown_standbys: count("unknown"),
    max_lag_seconds: seconds.length === 0 ? null : Math.max(...seconds),
    average_lag_seconds: seconds.length === 0
      ? null
      : seconds.reduce((sum, each) => sum + each, 0) / seconds.length,
    max_lag_bytes: bytes.length === 0 ? null : Math.max(...bytes),
  };
}
