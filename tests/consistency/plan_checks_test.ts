import { assertEquals, assertStringIncludes } from "@std/assert";
import { planChecks, planSubscriptions } from "../../src/consistency/plan_checks.ts";
import type { SubscriptionView } from "../../src/domain/subscription.ts";
import { subscriptionView } from "../fixtures/catalogues.ts";
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

Deno.test("planChecks() plans nothing in a cluster without a primary, or with two", () => {
  assertEquals(plan({ cluster: { primaries: [] } }), []);
  assertEquals(plan({ cluster: { primaries: ["primary", "standby"] } }), []);
});

Deno.test("planChecks() leaves out a promoted standby and servers of other clusters", () => {
  assertEquals(plan({ standbySnapshot: { role: "primary" } }), []);
  assertEquals(plan({ cluster: { servers: ["primary"] } }), []);
});

for (
  const [when, scene, skip] of [
    ["is unreachable", { standbySnapshot: down({}) }, "The standby is unreachable"],
    [
      "is stranded",
      { servers: { standby: { isStranded: true } } },
      "The standby is on a timeline that its cluster has left",
    ],
    ["is behind", lagOf(31), "The standby is 31.0 s behind; --consistency.max-lag is 30 s"],
    ["has no lag", { servers: { standby: { lag: null } } }, "The standby's lag is unknown"],
    [
      "has no known lag",
      lagOf(null, "It is on timeline 2"),
      "The standby's lag is unknown: It is on timeline 2",
    ],
  ] as const
) {
  Deno.test(`planChecks() skips a standby that ${when}`, () => {
    assertStringIncludes(plan(scene)[0]?.skip ?? "", skip);
  });
}

Deno.test("planChecks() compares a standby whose lag is within the limit", () => {
  assertEquals(plan(lagOf(30))[0]?.skip, null);
});

const { publisher } = subscriptionView();
const joined: Partial<SubscriptionView> = {
  publisher: publisher && { ...publisher, by: "application_name" },
};
const planOf = (changes: Partial<SubscriptionView> = {}, scene: Scene = {}) =>
  planSubscriptions(
    viewOf({ ...scene, view: { subscriptions: [{ ...subscriptionView(), ...joined, ...changes }] } }),
    { maxLagSeconds: 30 },
  );

Deno.test("planSubscriptions() compares a subscription in the databases of both ends", () => {
  const [planned, ...others] = planOf();
  assertEquals(others, []);
  assertEquals([planned?.primary, planned?.standby, planned?.subscription, planned?.skip], [
    "primary",
    "standby",
    "follower",
    null,
  ]);
  assertEquals(planned?.compared, {
    name: "follower",
    oid: "16400",
    database: "app",
    slot: "follower",
    publisherDatabase: "shop",
    publications: ["pb"],
    origin: "any",
  });
});

Deno.test("planSubscriptions() needs both servers, each once", () => {
  assertEquals(planOf({ publisher: null }), []);
  assertEquals(planOf({}, { servers: { standby: { aliasOf: "other" } } }), []);
  assertEquals(planOf({ server: "unknown" }), []);
});

const lag = (seconds: number | null, unknownBecause = "") => ({
  lag: { ...subscriptionView().lag, seconds, unknownBecause },
});

for (
  const [when, changes, scene, skip] of [
    ["whose server is unreachable", {}, { standbySnapshot: down({}) }, "The subscriber is unreachable"],
    ["whose publisher is unreachable", {}, { primarySnapshot: down({}) }, "The publisher is unreachable"],
    ["that is stale", { isFresh: false }, {}, "The subscription was not read at the latest collection"],
    ["that is disabled", { reason: "disabled", reasonText: "It is disabled" }, {}, "It is disabled"],
    [
      "that may read another server's slot of that name",
      { publisher },
      {},
      'Nothing shows that it is the slot of "primary" that the subscription reads',
    ],
    ["that is behind", lag(31), {}, "The subscription is 31.0 s behind; --consistency.max-lag is 30 s"],
    ["without a known lag", lag(null, "No slot"), {}, "The subscription's lag is unknown: No slot"],
    [
      "without an OID",
      { fact: { ...subscriptionView().fact, oid: null } },
      {},
      "Its OID cannot be read: several databases have a subscription of its name",
    ],
  ] as const
) {
  Deno.test(`planSubscriptions() skips one ${when}`, () => {
    const [planned] = planOf(changes, scene);
    assertEquals([planned?.skip, planned?.compared], [skip, undefined]);
  });
}
