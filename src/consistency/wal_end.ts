import type { Lsn } from "../domain/lsn.ts";

/** Sizes of the units of WAL, bytes. */
export interface WalSizes {
  /** `wal_block_size`. */
  readonly page: number;
  /** `wal_segment_size`. */
  readonly segment: number;
}

/** Size of a page header, bytes: the first page of a segment has a longer one. */
const HEADER = { page: 24n, segment: 40n };

/**
 * End of the last inserted WAL record.
 *
 * `pg_current_wal_insert_lsn()` returns where the next record will begin: at the end of a page, behind the header of the
 * next one. A standby does not report that position as replayed before another record follows. No record ends right
 * behind a header.
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
