/**
 * How much WAL lies on disk. Every file is looked at, so it runs late and is cut early.
 *
 * @module
 */
import type { WalDirectoryFact } from "../domain/facts.ts";
import { measure } from "../metrics/family.ts";
import { decodeText, requireNumber, type Row } from "../postgres/decode.ts";
import type { Collector, VersionedSql } from "./collector.ts";
import { defineFamily } from "./define_family.ts";
import { readFacts } from "./read_facts.ts";

/*
 * Segments alone: 24 hexadecimal digits, not timeline histories, backup labels and partial segments. Segments that
 * wait for reuse under a future name take their place on the disk and count. No segment gives a row with 0 files
 * and NULL for the sum, which is 0 bytes and known to be.
 */
const statements: readonly VersionedSql[] = [{
  sql: `
SELECT pg_catalog.count(*) AS files,
  COALESCE(pg_catalog.sum(size), 0) AS bytes,
  pg_catalog.min(name COLLATE pg_catalog."C") AS oldest_file
FROM pg_catalog.pg_ls_waldir()
WHERE pg_catalog.length(name) = 24 AND name COLLATE pg_catalog."C" !~ '[^0-9A-F]'`,
}];

function decode(row: Row): WalDirectoryFact {
  return {
    files: requireNumber(row, "files"),
    bytes: requireNumber(row, "bytes"),
    oldestFile: decodeText(row, "oldest_file"),
  };
}

const files = defineFamily("wal_directory_files", {
  help: "WAL segments in the WAL directory, those kept for reuse included (pg_ls_waldir()).",
});
const bytes = defineFamily("wal_directory_bytes", {
  help: "Bytes of all WAL segments in the WAL directory (pg_ls_waldir().size).",
});

/** Reads the WAL directory. */
export const walDirectory: Collector<"wal_directory"> = {
  name: "wal_directory",
  help: "Number and size of the WAL segments on disk",
  roles: ["primary", "standby"],
  right: "pg_monitor",
  statements,
  families: [files, bytes],
  collect: (context) => readFacts(context, { statements, decode, statementTimeoutSeconds: 0.5 }),
  *measure(facts, labels) {
    for (const fact of facts) {
      yield* measure(files, labels, fact.files);
      yield* measure(bytes, labels, fact.bytes);
    }
  },
};
