import type { Report, ReportCluster, ReportServer, ReportStandby } from "../model.ts";
import { NOT_KNOWN } from "../styled_text/amounts.ts";
import type { LagSample } from "./sparkline.ts";

/** Sort orders, in the order in which the key switches them. */
export const SORT_KEYS = ["lag", "name", "cluster"] as const;

/** One of {@linkcode SORT_KEYS}. */
export type SortKey = typeof SORT_KEYS[number];

/** A standby with its cluster and its past lag. */
export interface StandbyRow {
  /** Cluster's name; "" when none. */
  readonly cluster: string;
  /** Cluster and name, as displayed. */
  readonly title: string;
  /** The standby. */
  readonly standby: ReportStandby;
  /** Its lag over the last hour, oldest first. */
  readonly samples: readonly LagSample[];
}

/** Lags seen while watching, by {@linkcode seenKey}, oldest first. */
export type SeenLags = ReadonlyMap<string, readonly LagSample[]>;

/** How long lags are kept, seconds: as long as the report's own history. */
const KEPT_SECONDS = 3600;

const COLLATOR = new Intl.Collator("en", { numeric: true });

/**
 * The identity of a standby.
 *
 * @param systemIdentifier Of its cluster.
 * @param name Of the standby.
 */
function seenKey(systemIdentifier: string, name: string): string {
  return `${systemIdentifier}/${name}`;
}

/**
 * A name, preceded by its cluster's if that has one.
 *
 * @param cluster The cluster's name; "" when none.
 * @param name Of a server.
 */
export function titleOf(cluster: string, name: string): string {
  return cluster === "" ? name : `${cluster}/${name}`;
}

/**
 * The state of a standby in one word.
 *
 * @param standby The standby.
 */
export function stateOf({ reason, connected }: ReportStandby): string {
  return reason ?? (connected === false ? "disconnected" : NOT_KNOWN);
}

/**
 * The server that is the primary of a cluster.
 *
 * @param cluster The cluster.
 */
export function primaryServer({ primary, servers }: ReportCluster): ReportServer | undefined {
  return servers.find(({ name }) => name === primary?.name);
}

/**
 * Adds the lags of a report to those seen before; a report already seen adds nothing.
 *
 * @param seen Lags seen before.
 * @param report The latest report.
 * @returns Lags of the last hour of the standbys in the report.
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
 * @param report The report.
 * @param options The sort order, and the lags seen while watching. Sorted by lag, the largest comes first, and an unknown
 *   lag before any other.
 */
export function deriveRows(
  report: Report,
  { sort, isReversed, seen }: {
    readonly sort: SortKey;
    readonly isReversed: boolean;
    readonly seen: SeenLags;
  },
): readonly StandbyRow[] {
  const now = report.timestamp_unix_seconds;
  const rows = report.clusters.flatMap(({ name, system_identifier, standbys }) =>
    standbys.map((standby): StandbyRow => ({
      cluster: name,
      title: report.clusters.length === 1 ? standby.name : titleOf(name, standby.name),
      standby,
      samples: joinSamples(standby, { seen: seen.get(seenKey(system_identifier, standby.name)) ?? [], now }),
    }))
  );
  const sorted = rows.sort((a, b) => compareRows(a, b, sort));
  return isReversed ? sorted.reverse() : sorted;
}

function compareRows(a: StandbyRow, b: StandbyRow, sort: SortKey): number {
  const byName = COLLATOR.compare(a.standby.name, b.standby.name);
  const byCluster = COLLATOR.compare(a.cluster, b.cluster);
  if (sort === "name") return byName || byCluster;
  if (sort === "cluster") return byCluster || byName;
  const lag = ({ standby: { lag_seconds: seconds } }: StandbyRow) => seconds ?? Infinity;
  const bytes = ({ standby: { lag_bytes: known } }: StandbyRow) => known ?? 0;
  // Infinity minus Infinity is NaN.
  const byLag = lag(a) === lag(b) ? 0 : lag(b) - lag(a);
  return byLag || bytes(b) - bytes(a) || byCluster || byName;
}

/** The report's history and the lags seen since, up to the report. */
function joinSamples(
  { lag_history }: ReportStandby,
  { seen, now }: { readonly seen: readonly LagSample[]; readonly now: number },
): readonly LagSample[] {
  const history = lag_history.map(({ unix_seconds, lag_seconds }) => ({
    at: unix_seconds,
    seconds: lag_seconds,
  }));
  return [...history, ...seen].filter(({ at }) => at <= now && at > now - KEPT_SECONDS)
    .sort((a, b) => a.at - b.at);
}
