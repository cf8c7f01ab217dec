/**
 * Families of the consistency check.
 *
 * @module
 */
import { CONSISTENCY_VERDICTS, type ConsistencyResult } from "../domain/consistency.ts";
import type { View } from "../domain/view.ts";
import {
  defineFamilies,
  type FamilyDefinition,
  measure,
  type Measurement,
  measureStates,
} from "../metrics/family.ts";

const TABLE_CHECKS = defineFamilies({
  pg_data_consistency_check:
    "Whether every table had the same rows on primary and standbys in its latest conclusive check (1), or one has a " +
    "difference that persists (0); absent before the first. By rows and content, see docs/CONSISTENCY.md.",
  pgrepl_consistency_verdict: {
    help:
      "Verdict of the latest check of the table on the standby or of the subscription (then the instance is the " +
      "subscriber): equal, different, busy (the primary changed it during every attempt), skipped or failed; 1 for the " +
      "current verdict.",
    labels: ["subscription", "table", "verdict"],
  },
  pgrepl_consistency_different: {
    help:
      "Whether a difference from the primary's or publisher's table persists: it does until the part of the table in which it was " +
      "found compares equal; absent before the first conclusive check.",
    labels: ["subscription", "table"],
  },
  pgrepl_consistency_rows_compared: {
    help: "Rows of the primary or publisher that the latest check of the table compared; absent when none.",
    labels: ["subscription", "table"],
  },
  pgrepl_consistency_duration_seconds: {
    help: "Duration of the latest check of the table on the standby or of the subscription.",
    labels: ["subscription", "table"],
  },
  pgrepl_consistency_conclusive_age_seconds: {
    help:
      "Seconds since the latest conclusive check of the table on the standby or of the subscription, or since a persisting difference was " +
      "last seen; absent before the first.",
    labels: ["subscription", "table"],
  },
  pgrepl_consistency_pass_ratio: {
    help:
      "Share of the table's rows compared in the current or latest pass, 0 to 1: a check reads no more than its " +
      "budget, and the next one continues there. From the planner's row estimate (pg_class.reltuples) until the pass " +
      "ends; absent when the estimate is not usable.",
    labels: ["subscription", "table"],
  },
  pgrepl_consistency_full_pass_age_seconds: {
    help:
      "Seconds since the end of the latest pass through the table on the standby that compared every row; absent " +
      "before the first.",
    labels: ["subscription", "table"],
  },
  pgrepl_consistency_checks_total: {
    help: "Checks of the table on the standby or of the subscription since the exporter started, by verdict.",
    labels: ["subscription", "table", "verdict"],
  },
});

/** Families of the consistency check, the classic one first. */
export const consistencyFamilies: readonly FamilyDefinition[] = Object.values(TABLE_CHECKS);

/**
 * Measures every family of {@linkcode consistencyFamilies}.
 *
 * @param view Everything known.
 */
export function* measureConsistency(view: View): Generator<Measurement> {
  const onStandbys = view.consistency.filter(({ subscription }) => subscription === undefined);
  for (const [cluster, results] of Map.groupBy(onStandbys, (result) => clusterLabelOf(view, result))) {
    const conclusions = results.flatMap(({ conclusive }) => conclusive?.verdict ?? []);
    if (conclusions.length === 0) continue;
    const isEqual = conclusions.every((each) => each === "equal");
    yield* measure(TABLE_CHECKS.pg_data_consistency_check, { instance: "cluster", cluster }, isEqual);
  }
  for (const result of view.consistency) {
    const labels = {
      instance: result.standby,
      cluster: clusterLabelOf(view, result),
      subscription: result.subscription ?? "",
      table: result.table,
    };
    yield* measureStates(
      TABLE_CHECKS.pgrepl_consistency_verdict,
      labels,
      CONSISTENCY_VERDICTS,
      result.verdict,
    );
    const conclusion = result.conclusive?.verdict;
    yield* measure(
      TABLE_CHECKS.pgrepl_consistency_different,
      labels,
      conclusion === undefined ? null : conclusion === "different",
    );
    yield* measure(TABLE_CHECKS.pgrepl_consistency_rows_compared, labels, result.rowsCompared);
    yield* measure(TABLE_CHECKS.pgrepl_consistency_duration_seconds, labels, result.durationSeconds);
    yield* measure(
      TABLE_CHECKS.pgrepl_consistency_conclusive_age_seconds,
      labels,
      result.conclusiveAt === null ? null : view.at - result.conclusiveAt,
    );
    yield* measure(TABLE_CHECKS.pgrepl_consistency_pass_ratio, labels, result.pass?.ratio);
    const fullAt = result.pass?.fullAt ?? null;
    yield* measure(
      TABLE_CHECKS.pgrepl_consistency_full_pass_age_seconds,
      labels,
      fullAt === null ? null : view.at - fullAt,
    );
    for (const each of CONSISTENCY_VERDICTS) {
      yield* measure(
        TABLE_CHECKS.pgrepl_consistency_checks_total,
        { ...labels, verdict: each },
        result.checks?.[each],
      );
    }
  }
}

function clusterLabelOf(view: View, { standby }: ConsistencyResult): string {
  return view.servers.find(({ server }) => server === standby)?.cluster ?? "";
}
