import { assertEquals, assertStrictEquals } from "@std/assert";
import { withSubscribedTables } from "../../../src/cluster/logical/subscribed_tables.ts";
import { content, subscribed, subscriptionView } from "../../fixtures/catalogues.ts";

const READ = {
  server: "standby",
  database: "app",
  content: content([], {
    subscriptions: [
      subscribed("follower", { "public.a": "ready", "public.b": "ready", "public.c": "copying" }),
    ],
  }),
  failedBecause: null,
};
const tablesOf = (view = subscriptionView(), catalogues = [READ]) =>
  withSubscribedTables([view], catalogues).map(({ fact }) => fact.tables);

Deno.test("withSubscribedTables() counts tables by state", () => {
  assertEquals(tablesOf(), [{ d: 1, r: 2 }]);
});

Deno.test("withSubscribedTables() leaves what the session itself saw, and what was not read", () => {
  assertEquals(tablesOf(subscriptionView({ tables: { r: 5 } })), [{ r: 5 }]);
  assertEquals(tablesOf(subscriptionView({ name: "other" })), [null]);
  assertEquals(tablesOf(subscriptionView({ database: "other" })), [null]);
  assertEquals(tablesOf(subscriptionView(), [{ ...READ, server: "primary" }]), [null]);
  const subscriptions = [subscriptionView()];
  assertStrictEquals(withSubscribedTables(subscriptions, []), subscriptions);
});
