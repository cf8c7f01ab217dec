import { assertEquals } from "@std/assert";
import { deriveSlotWal } from "../../src/collectors/slot_wal.ts";

const MIB = 1024 * 1024;
const at = (segments: number, bytes = 0) => BigInt(segments * 16 * MIB + bytes);
const limits = { segmentBytes: 16 * MIB, maxKeepBytes: 64 * MIB, keepBytes: 0, maxWalBytes: 1024 * MIB };

Deno.test("deriveSlotWal() counts from the segment of the slot to the end of the limit", () => {
  assertEquals(deriveSlotWal({ ...limits, restartPosition: at(5, 100), serverPosition: at(5, 200) }), {
    status: "reserved",
    safeBytes: 5 * 16 * MIB - 200,
  });
});

Deno.test("deriveSlotWal() is unreserved from the first byte beyond the limit", () => {
  const restartPosition = at(5);
  assertEquals(deriveSlotWal({ ...limits, restartPosition, serverPosition: at(10) - 1n }), {
    status: "reserved",
    safeBytes: 1,
  });
  assertEquals(deriveSlotWal({ ...limits, restartPosition, serverPosition: at(10) }), {
    status: "unreserved",
    safeBytes: 0,
  });
  assertEquals(deriveSlotWal({ ...limits, restartPosition, serverPosition: at(12, 1) }), {
    status: "unreserved",
    safeBytes: -2 * 16 * MIB - 1,
  });
});

Deno.test("deriveSlotWal() uses wal_keep_size when that keeps more", () => {
  const options = { ...limits, keepBytes: 128 * MIB, restartPosition: at(5), serverPosition: at(10) };
  assertEquals(deriveSlotWal(options), { status: "reserved", safeBytes: 4 * 16 * MIB });
});

Deno.test("deriveSlotWal() is extended beyond max_wal_size, and without a limit never unreserved", () => {
  const unlimited = { ...limits, maxKeepBytes: null, maxWalBytes: 32 * MIB, restartPosition: at(5) };
  assertEquals(deriveSlotWal({ ...unlimited, serverPosition: at(8) }).status, "reserved");
  assertEquals(deriveSlotWal({ ...unlimited, serverPosition: at(9) }), {
    status: "extended",
    safeBytes: null,
  });
});

Deno.test("deriveSlotWal() is exact beyond 2^53 bytes", () => {
  const far = 2n ** 60n;
  assertEquals(deriveSlotWal({ ...limits, restartPosition: far + 1n, serverPosition: far + 3n }), {
    status: "reserved",
    safeBytes: 5 * 16 * MIB - 3,
  });
});
