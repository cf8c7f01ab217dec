import { assertEquals, assertThrows } from "@std/assert";
import { subscriptionSchema } from "../../src/report/subscription_schema.ts";
import { DISABLED, SUBSCRIPTION } from "./subscription_views.ts";

Deno.test("subscriptionSchema has every key of a subscription", () => {
  for (const each of [SUBSCRIPTION, DISABLED]) assertEquals(subscriptionSchema.parse(each), each);
  assertEquals(Object.keys(subscriptionSchema.shape).sort(), Object.keys(SUBSCRIPTION).sort());
  assertThrows(() => subscriptionSchema.parse({ ...SUBSCRIPTION, lag_seconds: "0" }));
});
