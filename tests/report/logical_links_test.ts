import { assertEquals } from "@std/assert";
import {
  deriveLogicalLinks,
  describeNames,
  describeStopped,
  isStopped,
} from "../../src/report/logical_links.ts";
import { DISABLED, manySubscriptions, SUBSCRIPTION } from "./subscription_views.ts";

Deno.test("deriveLogicalLinks() has one link for each pair and direction, with its worst", () => {
  const back = {
    ...SUBSCRIPTION,
    server: "pub",
    name: "back",
    publisher: { server: "sub", cluster: "", joined_by: "slot" },
  };
  const lost = { ...SUBSCRIPTION, name: "lost", publisher: null, lag_seconds: null };
  assertEquals(deriveLogicalLinks([SUBSCRIPTION, DISABLED, back, lost]), [
    {
      publisher: "pub",
      subscriber: "sub",
      names: ["prices", "orders"],
      status: "warning",
      stopped: 1,
      lagSeconds: 12.3,
    },
    {
      publisher: "sub",
      subscriber: "pub",
      names: ["back"],
      status: "healthy",
      stopped: 0,
      lagSeconds: 0.4,
    },
    {
      publisher: null,
      subscriber: "sub",
      names: ["lost"],
      status: "healthy",
      stopped: 0,
      lagSeconds: null,
    },
  ]);
});

Deno.test("describeNames() names the worst of many", () => {
  const [link] = deriveLogicalLinks(manySubscriptions(200));
  assertEquals(
    link && describeNames(link),
    "subscription_1, subscription_3, subscription_5, subscription_7, subscription_9 and 195 more",
  );
});

Deno.test("isStopped() knows reasons with which nothing is applied", () => {
  const reasons = ["disabled", "slot_lost", "copying", "streaming", null, "resting"];
  assertEquals(reasons.map((reason) => isStopped({ reason })), [true, true, false, false, false, false]);
});

Deno.test("describeStopped() tells all from some", () => {
  const stopped = (count: number) => describeStopped({ names: ["a", "b"], stopped: count });
  assertEquals([stopped(0), stopped(1), stopped(2)], ["", "1 of 2 stopped", "stopped"]);
});
