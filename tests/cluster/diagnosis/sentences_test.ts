import { assertEquals } from "@std/assert";
import { behind } from "../../../src/cluster/diagnosis/sentences.ts";
import { lagOf } from "./situations.ts";

Deno.test("behind() says what is known, and nothing when nothing is", () => {
  assertEquals(behind({ lag: lagOf(1536, 3) }, "; "), "; 1.5 KiB and 3.0 s behind");
  assertEquals(behind({ lag: lagOf(1536) }, "; "), "; 1.5 KiB behind");
  assertEquals(behind({ lag: lagOf(null, 3) }, ", "), ", 3.0 s behind");
  assertEquals(behind({ lag: lagOf(null) }, "; "), "");
  assertEquals(behind({ lag: lagOf(0) }, "; "), "; it lacks nothing so far");
  assertEquals(behind({ lag: lagOf(0) }, ", ", "and is level"), ", and is level");
});
