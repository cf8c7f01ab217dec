import type { Report, ReportStandby } from "../model.ts";
import type { LagSample } from "./sparkline.ts";

/** What rows can be sorted by, in the order in which the key goes through them. */
export const SORT_KEYS = ["lag", "name", "cluster"] as const;

/** One of {@linkcode SORT_KEYS}. */
export type SortKey = typeof SORT_KEYS[number];

/** A standby with where it belongs and what its lag was. */
export interface StandbyRow {
  /** Cluster's name; "" when none. */
  readonly cluster: string;
  /** Cluster and name, as it is shown. */
  readonly title: string;
  /** The standby. */
  readonly standby: ReportStandby;
  /** Its lag over the last hour, oldest first. */
  readonly samples: readonly LagSample[];
}

/** Lags seen while watching, by {@linkcode seenKey}, oldest first. */
export type SeenLags = ReadonlyMap<string, readonly LagSample[]>;

/** How long the past of a lag is kept, seconds, as the report has it. */
const KEPT_SECONDS = 3600;

const COLLATOR = new Intl.Collator("en", { numeric: true });

/**
 * What tells a standby from all others while watching.
 *
 * @param systemIdentifier Of its cluster.
 * @param name The standby's.
 */
function seenKey(systemIdentifier: string, name: string): string {
  return `${systemIdentifier}/${name}`;
}

/**
 * A name with its cluster's, when that has one.
 *
 * @param cluster The cluster's name; "" when none.
 * @param name Of a server.
 */
export function titleOf(cluster: string, name: string): string {
  return cluster === "" ? name : `${cluster}/${name}`;
}

/**
 * Adds the lags of a report to those seen before. A report seen already adds nothing.
 *
 * @param seen What was seen before.
 * @param report The latest report.
 * @returns Lags of the last hour of the standbys that the report has.
 */
export function recordLags(seen: SeenLags, report: Report): SeenLags {
  const at = report.timestamp_unix_seconds;
  return new Map(
    report.clusters.flatMap((cluster) =>
      cluster.standbys.map(({ name, lag_seconds: seconds }) => {
        const key = seenKey(cluster.system_identifier, name);
        const before = (seen.get(key) ?? []).filter((sample) =>
          sample.at > at - KEPT_SECONDS && sample.at < at
        );
        return [key, [...before, { at, seconds }]] as const;
      })
    ),
  );
}

/**
 * The rows of the table.
 *
 * @param report The report that is shown.
 * @param options How to sort, and what was seen while watching. By lag the worst stands first, and a lag that is not
 *   known is worse than any.
 */
export function deriveRows(
  report: Report,
  { sort, isReversed, seen }: {
    readonly sort: SortKey;
    readonly isReversed: boolean;
    readonly seen: SeenLags;
  },
): readonly StandbyRow[] {
  const rows = report.clusters.flatMap((cluster) =>
    cluster.standbys.map((standby): StandbyRow => ({
      cluster: cluster.name,
      title: report.clusters.length === 1 ? standby.name : titleOf(cluster.name, standby.name),
      standby,
      samples: joinSamples(
        standby,
        seen.get(seenKey(cluster.system_identifier, standby.name)) ?? [],
        report.timestamp_unix_seconds,
      ),
    }))
  );
  const sorted = rows.sort((a, b) => compare(a, b, sort));
  return isReversed ? sorted.reverse() : sorted;
}

function compare(a: StandbyRow, b: StandbyRow, sort: SortKey): number {
  const byName = COLLATOR.compare(a.standby.name, b.standby.name);
  const byCluster = COLLATOR.compare(a.cluster, b.cluster);
  if (sort === "name") return byName || byCluster;
  if (sort === "cluster") return byCluster || byName;
  const lag = ({ standby: { lag_seconds: seconds } }: StandbyRow) => seconds ?? Infinity;
  const bytes = ({ standby: { lag_bytes: known } }: StandbyRow) => known ?? 0;
  // Infinity less itself is not a number.
  const byLag = lag(a) === lag(b) ? 0 : lag(b) - lag(a);
  return byLag || bytes(b) - bytes(a) || byCluster || byName;
}

/** What the report remembers and what was seen since, up to the report. */
function joinSamples(
  standby: ReportStandby,
  seen: readonly LagSample[],
  now: number,
): readonly LagSample[] {
  const remembered = standby.lag_history.map((point): LagSample => ({
    at: point.unix_seconds,
    seconds: point.lag_seconds,
  }));
  return [...remembered, ...seen].filter(({ at }) => at <= now && at > now - KEPT_SECONDS).sort((a, b) =>
    a.at - b.at
  );
}
