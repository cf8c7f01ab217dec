import { assertEquals } from "@std/assert";
import {
  describeDifferences,
  findDifferences,
  formatRowKey,
  seenTwice,
} from "../../src/consistency/differences.ts";

const row = (key: number, content: string, version = `v${key}`) => ({ key: [String(key)], content, version });

Deno.test("findDifferences() ignores rows that the primary changed between its reads, also there and back", () => {
  const before = [row(1, "a"), row(2, "b"), row(3, "c"), row(4, "d")];
  const after = [row(1, "a"), row(2, "b", "later"), row(4, "d")];
  const shown = [row(1, "x"), row(2, "x"), row(3, "x"), row(4, "d", "another version"), row(5, "e")];
  assertEquals([...findDifferences({ before, shown, after }).values()], [
    { key: ["1"], kind: "differs", versions: ["v1", "v1"] },
    { key: ["5"], kind: "extra", versions: ["v5"] },
  ]);
  assertEquals([...findDifferences({ before, shown: [], after }).values()].map(({ kind }) => kind), [
    "missing",
    "missing",
  ]);
});

Deno.test("seenTwice() keeps only differences seen again in the same versions", () => {
  const seen = (version: string, content = "x") =>
    findDifferences({
      before: [row(1, "a", version)],
      shown: [row(1, content)],
      after: [row(1, "a", version)],
    });
  assertEquals(seenTwice(null, seen("v")).size, 1);
  assertEquals(seenTwice(seen("v"), seen("v")).size, 1);
  assertEquals(seenTwice(seen("v"), seen("w")).size, 0);
  assertEquals(seenTwice(seen("v"), seen("v", "y")).size, 0);
});

Deno.test("describeDifferences() names keys, of several columns in brackets", () => {
  const one = (kind: "differs" | "missing" | "extra", key = ["7"]) => describeDifferences([{ key, kind }]);
  assertEquals(one("differs", ["a", "b"]), "The row with key (a, b) differs");
  assertEquals(one("missing"), "The row with key 7 is missing on the standby");
  assertEquals(one("extra"), "The row with key 7 exists only on the standby");
  assertEquals(one("differs", []), "Rows differ; the table has no usable key to tell which");
  assertEquals(formatRowKey(["7"]), "7");
});
