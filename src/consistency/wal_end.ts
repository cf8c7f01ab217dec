/**
 * Whether a table has the same rows on a primary and on its standby: reading, comparing, locating.
 *
 * Nothing here believes a difference before it could not be anything else; `docs/CONSISTENCY.md` says how.
 *
 * @module
 */
import type { Lsn } from "../domain/lsn.ts";

/** Sizes that the WAL of a server is cut into, bytes. */
export interface WalSizes {
  /** `wal_block_size`. */
  readonly page: number;
  /** `wal_segment_size`. */
  readonly segment: number;
}

/** Size of the header of a page, bytes; the first page of a segment has a longer one. */
const HEADER = { page: 24n, segment: 40n };

/**
 * Where the last record ends that had been inserted.
 *
 * `pg_current_wal_insert_lsn()` tells where the next one will begin: at the end of a page behind the next page's
 * header, which no standby says to have replayed before something follows it. No record ends right behind a header.
 *
 * @param insert `pg_current_wal_insert_lsn()`.
 * @param sizes Sizes of pages and segments.
 * @see {@link https://github.com/postgres/postgres/blob/master/src/backend/access/transam/xlog.c} (`XLogBytePosToRecPtr`)
 */
export function lastRecordEnd(insert: Lsn, sizes: WalSizes): Lsn {
  const inPage = insert % BigInt(sizes.page);
  const isFirstPage = insert % BigInt(sizes.segment) === inPage;
  return inPage === (isFirstPage ? HEADER.segment : HEADER.page) ? insert - inPage : insert;
}
