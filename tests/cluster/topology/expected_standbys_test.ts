import { assertEquals } from "@std/assert";
import { expectedStandbysOf } from "../../../src/cluster/topology/expected_standbys.ts";

Deno.test("expectedStandbysOf() is what the configuration says of the cluster, else all its servers but one", () => {
  const expectations = { expectedStandbys: 2, clusters: new Map([["a", 0], ["b", null]]) };
  const expected = (name: string, servers: number) =>
    expectedStandbysOf(expectations, { name, servers, isAside: false });
  assertEquals([expected("a", 3), expected("b", 3), expected("", 1)], [0, 2, 2]);
  assertEquals(expectedStandbysOf(expectations, { name: "", servers: 1, isAside: true }), 0);
});

Deno.test("expectedStandbysOf() a server alone are none", () => {
  const expected = (servers: number) =>
    expectedStandbysOf({ expectedStandbys: null }, { name: "", servers, isAside: false });
  assertEquals([expected(1), expected(2), expected(0)], [0, 1, 0]);
});
