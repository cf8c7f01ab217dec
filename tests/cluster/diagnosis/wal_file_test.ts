import { assertEquals } from "@std/assert";
import { parseWalSegment } from "../../../src/cluster/diagnosis/wal_file.ts";

const MIB = 1024 * 1024;

for (
  const [name, segmentBytes, timeline, start] of [
    ["000000010000000000000001", 16 * MIB, 1, 0x1000000n],
    ["0000000A0000000B000000FF", 16 * MIB, 10, 0xB_FF000000n],
    ["000000010000000200000003", 1024 * MIB, 1, 0x2_C0000000n],
    ["00000001FFFFFFFF00000FFF", MIB, 1, 0xFFFFFFFF_FFF00000n],
  ] as const
) {
  Deno.test(`parseWalSegment() reads ${name} of ${segmentBytes / MIB} MiB`, () => {
    assertEquals(parseWalSegment(name, segmentBytes), { timeline, start });
  });
}

Deno.test("parseWalSegment() of other names, or without a size, is nothing", () => {
  for (
    const name of ["", "00000002.history", "000000010000000000000001.partial", "00000001000000000000000g"]
  ) {
    assertEquals(parseWalSegment(name, 16 * MIB), null, name);
  }
  assertEquals(parseWalSegment("000000010000000000000001", 0), null);
});
