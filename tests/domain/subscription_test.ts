import { assertEquals, assertNotEquals } from "@std/assert";
import {
  STOPPED_REASONS,
  SUBSCRIPTION_REASONS,
  subscriptionKey,
  subscriptionSamplesKey,
} from "../../src/domain/subscription.ts";
import { subscription } from "../cluster/fixtures.ts";

Deno.test("subscriptionKey() tells servers and databases apart", () => {
  const keys = [
    { server: "a", fact: subscription() },
    { server: "b", fact: subscription() },
    { server: "a", fact: subscription({ database: "other" }) },
    { server: "a", fact: subscription({ name: "other" }) },
  ].map(subscriptionKey);
  assertEquals(new Set(keys).size, keys.length);
  assertEquals(keys[0], "a/app/app_sub");
});

Deno.test("subscriptionSamplesKey() is no key of a standby", () => {
  const one = { server: "a", fact: subscription() };
  assertNotEquals(subscriptionSamplesKey(one), subscriptionKey(one));
  assertEquals(subscriptionSamplesKey(one).startsWith("\n"), true);
});

Deno.test("while it copies, streams or meets conflicts, it is not stopped", () => {
  assertEquals(SUBSCRIPTION_REASONS.filter((reason) => !STOPPED_REASONS.has(reason)), [
    "streaming",
    "idle",
    "copying",
    "spilling",
    "long_transaction",
    "conflict",
    "copy_error",
  ]);
});
