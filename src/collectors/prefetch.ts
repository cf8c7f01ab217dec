import { requireNumber } from "../postgres/decode.ts";
import { type Collector, defineCollector } from "./collector.ts";

const OUTCOME_COLUMNS = ["prefetch", "hit", "skip_init", "skip_new", "skip_fpw", "skip_rep"];

/**
 * Reads recovery prefetch on a standby: whether replay finds its blocks in memory (PostgreSQL 15 and later).
 *
 * The view has a row on a primary too, with zeros or values from before the promotion: hence the condition.
 */
export const prefetch: Collector<"prefetch"> = defineCollector({
  name: "prefetch",
  help: "Blocks prefetched for replay, PostgreSQL 15 and later",
  roles: ["standby"],
  sql: [{
    from: 150000,
    sql: `
SELECT ${OUTCOME_COLUMNS.join(", ")}, wal_distance, block_distance, io_depth
FROM pg_catalog.pg_stat_recovery_prefetch
WHERE pg_catalog.pg_is_in_recovery()`,
  }],
  decode: (row) => ({
    blocksTotal: Object.fromEntries(OUTCOME_COLUMNS.map((column) => [column, requireNumber(row, column)])),
    distanceBytes: requireNumber(row, "wal_distance"),
    distanceBlocks: requireNumber(row, "block_distance"),
    ioDepth: requireNumber(row, "io_depth"),
  }),
  families: {
    pgrepl_prefetch_blocks_total: {
      help:
        "Blocks that the prefetcher looked at ahead of replay, by outcome, since the last statistics reset " +
        "(pg_stat_recovery_prefetch.prefetch, hit, skip_*).",
      label: "outcome",
      values: (fact) => fact.blocksTotal,
    },
    pgrepl_prefetch_distance_bytes: {
      help: "How many bytes ahead of replay the prefetcher looks (pg_stat_recovery_prefetch.wal_distance).",
      value: (fact) => fact.distanceBytes,
    },
    pgrepl_prefetch_distance_blocks: {
      help:
        "How many blocks ahead of replay the prefetcher looks (pg_stat_recovery_prefetch.block_distance).",
      value: (fact) => fact.distanceBlocks,
    },
    pgrepl_prefetch_io_depth: {
      help: "Prefetches started and not yet known to have completed (pg_stat_recovery_prefetch.io_depth).",
      value: (fact) => fact.ioDepth,
    },
  },
});
