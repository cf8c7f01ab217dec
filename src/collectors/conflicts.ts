import { decodeNumber } from "../postgres/decode.ts";
import { type Collector, defineCollector } from "./collector.ts";

const CAUSES = ["tablespace", "lock", "snapshot", "bufferpin", "deadlock"];

/** Summed over databases: replay is one for the whole server, and databases come and go. */
function selectCauses(causes: readonly string[]): string {
  return `
SELECT ${causes.map((cause) => `pg_catalog.sum(confl_${cause}) AS ${cause}`).join(",\n  ")}
FROM pg_catalog.pg_stat_database_conflicts`;
}

/** Reads how many queries on a standby were cancelled by recovery conflicts, by cause. */
export const conflicts: Collector<"conflicts"> = defineCollector({
  name: "conflicts",
  help: "Queries on a standby cancelled by recovery conflicts, by cause",
  roles: ["standby"],
  sql: [
    { until: 160000, sql: selectCauses(CAUSES) },
    { from: 160000, sql: selectCauses([...CAUSES, "active_logicalslot"]) },
  ],
  *decodeAll(rows) {
    for (const row of rows) {
      for (const cause of Object.keys(row)) {
        const total = decodeNumber(row, cause);
        if (total !== null) yield { cause, total };
      }
    }
  },
  families: {
    pgrepl_recovery_conflicts_total: {
      help: "Queries cancelled by recovery conflicts in all databases, by cause, since the last statistics " +
        "reset (pg_stat_database_conflicts.confl_*).",
      label: "cause",
      values: ({ cause, total }) => ({ [cause]: total }),
    },
  },
});
