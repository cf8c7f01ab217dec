import { assertEquals } from "@std/assert";
import { expectedByCluster } from "../../../src/cluster/topology/expected_standbys.ts";

const admitted = [{ cluster: "a" }, { cluster: "a" }, { cluster: "b" }, { cluster: "" }];

Deno.test("expectedByCluster() counts admitted servers in the clusters that expect them", () => {
  const expected = expectedByCluster({
    expectedStandbys: 1,
    admittedAreExpected: true,
    clusters: new Map([
      ["a", { expectedStandbys: 0, admittedAreExpected: true }],
      ["b", { expectedStandbys: 3 }],
    ]),
  }, admitted);
  assertEquals(["a", "b", "", "c"].map(expected), [2, 3, 2, 2]);
});

Deno.test("expectedByCluster() without named clusters is one number for all", () => {
  assertEquals(expectedByCluster({ expectedStandbys: 1 }, admitted)("a"), 1);
  assertEquals(expectedByCluster({ expectedStandbys: 1, admittedAreExpected: true }, admitted)("a"), 5);
});
