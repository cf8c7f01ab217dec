/**
 * Families of the consistency check.
 *
 * @module
 */
import { CONSISTENCY_VERDICTS, type ConsistencyResult } from "../domain/consistency.ts";
import type { View } from "../domain/view.ts";
import { type FamilyDefinition, measure, type Measurement, measureStates } from "../metrics/family.ts";
import { defineGauge } from "../cluster/define_gauge.ts";

const check = defineGauge(
  "pg_data_consistency_check",
  "Whether every table had the same rows on primary and standbys in its latest conclusive check (1), or one has a " +
    "difference that stands (0); absent before the first. By rows and content, see docs/CONSISTENCY.md.",
);
const verdict = defineGauge(
  "pgrepl_consistency_verdict",
  "How the latest check of the table on the standby ended: equal, different, busy (the primary changed it during every " +
    "try), skipped or failed; 1 for the present verdict.",
  { labels: ["table", "verdict"] },
);
const different = defineGauge(
  "pgrepl_consistency_different",
  "Whether a difference of the table from the primary's stands: until the part of the table that it was found in was " +
    "compared equal; absent before the first conclusive check.",
  { labels: ["table"] },
);
const rows = defineGauge(
  "pgrepl_consistency_rows_compared",
  "Rows of the primary that the latest check of the table compared; absent when none.",
  { labels: ["table"] },
);
const duration = defineGauge(
  "pgrepl_consistency_duration_seconds",
  "Duration of the latest check of the table on the standby.",
  { labels: ["table"], unit: "seconds" },
);
const age = defineGauge(
  "pgrepl_consistency_conclusive_age_seconds",
  "Time since the latest conclusive check of the table on the standby, or since a difference that stands was last seen; " +
    "absent before the first.",
  { labels: ["table"], unit: "seconds" },
);
const passRatio = defineGauge(
  "pgrepl_consistency_pass_ratio",
  "Share of the table's rows that were compared in the pass that is under way or has just ended, 0 to 1: a check reads no " +
    "more than its budget, and the next goes on there. By the planner's guess of rows (pg_class.reltuples) until the " +
    "pass ends; absent when that is of no use.",
  { labels: ["table"], unit: "ratio" },
);
const fullPassAge = defineGauge(
  "pgrepl_consistency_full_pass_age_seconds",
  "Time since the latest pass through the table on the standby ended in which every row was compared; absent before the " +
    "first.",
  { labels: ["table"], unit: "seconds" },
);
const total: FamilyDefinition = {
  name: "pgrepl_consistency_checks_total",
  type: "counter",
  help: "Checks of the table on the standby since the exporter started, by verdict.",
  labels: ["instance", "cluster", "table", "verdict"],
};

/** Families of the consistency check, the classic one first. */
export const consistencyFamilies: readonly FamilyDefinition[] = [
  check,
  verdict,
  different,
  rows,
  duration,
  age,
  passRatio,
  fullPassAge,
  total,
];

/**
 * Measures every family of {@linkcode consistencyFamilies}.
 *
 * @param view Everything known.
 */
export function* measureConsistency(view: View): Generator<Measurement> {
  for (const [cluster, results] of Map.groupBy(view.consistency, (result) => clusterOf(view, result))) {
    const conclusions = results.flatMap(({ conclusive }) => conclusive?.verdict ?? []);
    if (conclusions.length === 0) continue;
    const isEqual = conclusions.every((each) => each === "equal");
    yield* measure(check, { instance: "cluster", cluster }, isEqual);
  }
  for (const result of view.consistency) {
    const labels = { instance: result.standby, cluster: clusterOf(view, result), table: result.table };
    yield* measureStates(verdict, labels, CONSISTENCY_VERDICTS, result.verdict);
    const conclusion = result.conclusive?.verdict;
    yield* measure(different, labels, conclusion === undefined ? null : conclusion === "different");
    yield* measure(rows, labels, result.rowsCompared);
    yield* measure(duration, labels, result.durationSeconds);
    yield* measure(age, labels, result.conclusiveAt === null ? null : view.at - result.conclusiveAt);
    yield* measure(passRatio, labels, result.pass?.ratio);
    const fullAt = result.pass?.fullAt ?? null;
    yield* measure(fullPassAge, labels, fullAt === null ? null : view.at - fullAt);
    for (const each of CONSISTENCY_VERDICTS) {
      yield* measure(total, { ...labels, verdict: each }, result.checks?.[each]);
    }
  }
}

function clusterOf(view: View, { standby }: ConsistencyResult): string {
  return view.servers.find(({ server }) => server === standby)?.cluster ?? "";
}
