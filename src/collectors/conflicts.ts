/**
 * Queries on a standby that were cancelled because replay needed to go on, by cause.
 *
 * @module
 */
import type { ConflictsFact } from "../domain/facts.ts";
import { measure } from "../metrics/family.ts";
import { decodeNumber } from "../postgres/decode.ts";
import { type Collector, statementFor, type VersionedSql } from "./collector.ts";
import { defineFamily } from "./define_family.ts";

const CAUSES = ["tablespace", "lock", "snapshot", "bufferpin", "deadlock"];
const CAUSES_SINCE_16 = [...CAUSES, "active_logicalslot"];

/* Summed over databases: a cause is a matter of the server's replay, and databases come and go. */
function statement(causes: readonly string[]): string {
  return `
SELECT ${causes.map((cause) => `pg_catalog.sum(confl_${cause}) AS ${cause}`).join(",\n  ")}
FROM pg_catalog.pg_stat_database_conflicts`;
}

const statements: readonly VersionedSql[] = [
  { until: 160000, sql: statement(CAUSES) },
  { from: 160000, sql: statement(CAUSES_SINCE_16) },
];

const total = defineFamily("recovery_conflicts_total", {
  help:
    "Queries cancelled because they stood in the way of replay, of all databases, by cause, since the statistics " +
    "were reset (pg_stat_database_conflicts.confl_*).",
  labels: ["cause"],
});

/** Reads recovery conflicts by cause. */
export const conflicts: Collector<"conflicts"> = {
  name: "conflicts",
  help: "Queries of a standby cancelled by replay, by cause",
  roles: ["standby"],
  statements,
  families: [total],
  async *collect(context): AsyncGenerator<ConflictsFact> {
    const sql = statementFor(statements, context.versionNum);
    if (sql === null) return;
    for (const row of await context.query(sql)) {
      for (const cause of Object.keys(row)) {
        const count = decodeNumber(row, cause);
        if (count !== null) yield { cause, total: count };
      }
    }
  },
  *measure(facts, labels) {
    for (const fact of facts) yield* measure(total, { ...labels, cause: fact.cause }, fact.total);
  },
};
