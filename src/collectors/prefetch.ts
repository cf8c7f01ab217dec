/**
 * Recovery prefetch on a standby: whether replay finds its blocks in memory (PostgreSQL 15 and later).
 *
 * @module
 */
import type { PrefetchFact } from "../domain/facts.ts";
import { measure } from "../metrics/family.ts";
import { requireNumber, type Row } from "../postgres/decode.ts";
import type { Collector, VersionedSql } from "./collector.ts";
import { defineFamily } from "./define_family.ts";
import { readFacts } from "./read_facts.ts";

const OUTCOMES = ["prefetch", "hit", "skip_init", "skip_new", "skip_fpw", "skip_rep"];

/* The view has a row on a primary too, of zeros or of the time before a promotion: hence the condition. */
const statements: readonly VersionedSql[] = [{
  from: 150000,
  sql: `
SELECT ${OUTCOMES.join(", ")}, wal_distance, block_distance, io_depth
FROM pg_catalog.pg_stat_recovery_prefetch
WHERE pg_catalog.pg_is_in_recovery()`,
}];

function decode(row: Row): PrefetchFact {
  return {
    blocksTotal: Object.fromEntries(OUTCOMES.map((outcome) => [outcome, requireNumber(row, outcome)])),
    distanceBytes: requireNumber(row, "wal_distance"),
    distanceBlocks: requireNumber(row, "block_distance"),
    ioDepth: requireNumber(row, "io_depth"),
  };
}

const blocks = defineFamily("prefetch_blocks_total", {
  help: "Blocks that replay looked ahead at, by what became of them, since the statistics were reset " +
    "(pg_stat_recovery_prefetch.prefetch, hit, skip_*).",
  labels: ["outcome"],
});
const distanceBytes = defineFamily("prefetch_distance_bytes", {
  help: "How far ahead of replay it looks, bytes of WAL (pg_stat_recovery_prefetch.wal_distance).",
});
const distanceBlocks = defineFamily("prefetch_distance_blocks", {
  help: "How far ahead of replay it looks, blocks (pg_stat_recovery_prefetch.block_distance).",
});
const ioDepth = defineFamily("prefetch_io_depth", {
  help: "Prefetches started and not known to be finished (pg_stat_recovery_prefetch.io_depth).",
});

/** Reads recovery prefetch. */
export const prefetch: Collector<"prefetch"> = {
  name: "prefetch",
  help: "Blocks prefetched for replay, PostgreSQL 15 and later",
  roles: ["standby"],
  statements,
  families: [blocks, distanceBytes, distanceBlocks, ioDepth],
  collect: (context) => readFacts(context, { statements, decode }),
  *measure(facts, labels) {
    for (const fact of facts) {
      for (const [outcome, total] of Object.entries(fact.blocksTotal)) {
        yield* measure(blocks, { ...labels, outcome }, total);
      }
      yield* measure(distanceBytes, labels, fact.distanceBytes);
      yield* measure(distanceBlocks, labels, fact.distanceBlocks);
      yield* measure(ioDepth, labels, fact.ioDepth);
    }
  },
};
