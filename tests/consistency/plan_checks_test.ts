import { assertEquals, assertStringIncludes } from "@std/assert";
import { planChecks } from "../../src/consistency/plan_checks.ts";
import { down, type Scene, viewOf } from "../cluster/findings/views.ts";

const plan = (scene: Scene = {}) => planChecks(viewOf(scene), { maxLagSeconds: 30 });
const lagOf = (seconds: number | null, unknownBecause = ""): Scene => ({
  derived: { lag: { seconds, unknownBecause } },
});

Deno.test("planChecks() compares every standby with the primary of its cluster", () => {
  const [planned, ...others] = plan();
  assertEquals([planned?.primary, planned?.standby, planned?.skip], ["primary", "standby", null]);
  assertEquals([planned?.systemIdentifier, others], [viewOf().clusters[0]?.systemIdentifier, []]);
});

Deno.test("planChecks() has nothing to compare with in a cluster without primary, or with two", () => {
  assertEquals(plan({ cluster: { primaries: [] } }), []);
  assertEquals(plan({ cluster: { primaries: ["primary", "standby"] } }), []);
});

Deno.test("planChecks() leaves a promoted standby and servers of other clusters out", () => {
  assertEquals(plan({ standbySnapshot: { role: "primary" } }), []);
  assertEquals(plan({ cluster: { servers: ["primary"] } }), []);
});

for (
  const [when, scene, skip] of [
    ["is not reached", { standbySnapshot: down({}) }, "It is not reached"],
    [
      "is stranded",
      { servers: { standby: { isStranded: true } } },
      "It is on a timeline that its cluster has left",
    ],
    ["is behind", lagOf(31), "It is 31.0 s behind"],
    ["has no lag", { servers: { standby: { lag: null } } }, "Its lag is not known"],
    [
      "has no known lag",
      lagOf(null, "It is on timeline 2"),
      "Its lag is not known: It is on timeline 2",
    ],
  ] as const
) {
  Deno.test(`planChecks() skips a standby that ${when}`, () => {
    assertStringIncludes(plan(scene)[0]?.skip ?? "", skip);
  });
}

Deno.test("planChecks() reads a standby that is behind by no more than it may be", () => {
  assertEquals(plan(lagOf(30))[0]?.skip, null);
});
