import { assertEquals } from "@std/assert";
import {
  capitalized,
  counted,
  hasGaps,
  inPublisher,
  inSubscriber,
  joinStatements,
  plural,
  readAgo,
  refreshCommand,
} from "../../../src/cluster/findings/subscription_pair.ts";
import { subscriptionGapsOf } from "../../../src/cluster/logical/subscription_gaps.ts";
import { subscriptionScene } from "./subscription_scene.ts";
import { viewOf } from "./views.ts";

Deno.test("hasGaps() only of subscriptions that were compared", () => {
  assertEquals([hasGaps(subscriptionScene()), hasGaps(viewOf())], [true, false]);
});

Deno.test("texts say where, in which database, and how old it is", () => {
  const view = subscriptionScene({ fact: { name: "My Sub" }, subscriber: { subscriptions: [] } });
  const [known] = subscriptionGapsOf(subscriptionScene());
  if (known === undefined) throw new Error("There is one");
  const pair = {
    ...known,
    view,
    subscription: { ...known.subscription, fact: { ...known.subscription.fact, name: "My Sub" } },
  };
  assertEquals([inSubscriber(pair), inPublisher(pair), refreshCommand(pair), readAgo(pair)], [
    'on "standby", in database "app"',
    'on "primary", in database "shop"',
    'ALTER SUBSCRIPTION "My Sub" REFRESH PUBLICATION;',
    "read 1 min ago",
  ]);
});

Deno.test("texts count", () => {
  assertEquals([counted([1], "table"), counted([1, 2], "table")], ["one table", "2 tables"]);
  assertEquals([plural([1], "is", "are"), plural([], "is", "are")], ["is", "are"]);
  assertEquals(capitalized("on x"), "On x");
  assertEquals(joinStatements(["a;", "b;"]), "a; b;");
  assertEquals(
    joinStatements(["a;", "b;", "c;", "d;", "e;", "f;"]),
    "a; b; c; d; e; and the same for 1 more",
  );
});
