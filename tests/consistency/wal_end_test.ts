import { assertEquals } from "@std/assert";
import { formatLsn, parseLsn } from "../../src/domain/lsn.ts";
import { lastRecordEnd } from "../../src/consistency/wal_end.ts";

const SIZES = { page: 8192, segment: 16 * 1024 ** 2 };

for (
  const [insert, end, why] of [
    ["0/5000028", "0/5000000", "behind the long header of a segment"],
    ["0/5002018", "0/5002000", "behind the header of a page"],
    ["0/5002028", "0/5002028", "a record that ends a little behind the header of a page"],
    ["0/5000018", "0/5000018", "within the long header nothing ends, and nothing is taken off"],
    ["0/5000098", "0/5000098", "anywhere else"],
    ["FFFFFFFF/FF002018", "FFFFFFFF/FF002000", "beyond what a double holds"],
  ] as const
) {
  Deno.test(`lastRecordEnd(): ${why}`, () => {
    assertEquals(formatLsn(lastRecordEnd(parseLsn(insert), SIZES)), end);
  });
}
