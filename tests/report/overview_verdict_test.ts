import { assertEquals } from "@std/assert";
import { deriveVerdict } from "../../src/report/overview_verdict.ts";
import { PRIMARY, rowsOf, TROUBLED, viewOf, WELL } from "./views.ts";

Deno.test("deriveVerdict() names the worst first", () => {
  assertEquals(deriveVerdict(WELL, rowsOf(WELL)).headline, "All 3 servers are well");
  assertEquals(deriveVerdict(null, []).headline, "Waiting for the first collection");
  const one = viewOf([PRIMARY]);
  assertEquals(deriveVerdict(one, rowsOf(one)), {
    level: "well",
    headline: "The server is well",
    remarks: [],
  });
  const { headline, level, remarks } = deriveVerdict(TROUBLED, rowsOf(TROUBLED));
  assertEquals([headline, level], ["8 things need attention", "trouble"]);
  assertEquals(remarks.at(-1)?.subject, "standby-unknown");
  assertEquals(remarks.filter(({ subject }) => subject === "Cluster shop").map(({ text }) => text), [
    "has 2 primaries: primary, standby-down",
    "has 1 of 3 expected standbys receiving WAL",
  ]);
});
