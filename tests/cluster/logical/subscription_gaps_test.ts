import { assertEquals, assertStrictEquals } from "@std/assert";
import { subscriptionGapsOf } from "../../../src/cluster/logical/subscription_gaps.ts";
import type { PublisherEnd } from "../../../src/domain/subscription.ts";
import type { View } from "../../../src/domain/view.ts";
import { subscriptionScene } from "../findings/subscription_scene.ts";

const seen = (view: View) =>
  subscriptionGapsOf(view).map(({ publisher, publisherDatabase, publications, readAt, gaps }) => [
    publisher,
    publisherDatabase,
    publications,
    view.at - readAt,
    gaps.missingPublications,
  ]);
const withPublisher = (view: View, change: (end: PublisherEnd | null) => PublisherEnd | null): View => ({
  ...view,
  subscriptions: view.subscriptions.map((each) => ({ ...each, publisher: change(each.publisher) })),
});

Deno.test("subscriptionGapsOf(): compares the databases of both ends", () => {
  assertEquals(seen(subscriptionScene()), [["primary", "shop", ["pb"], 60, []]]);
  assertEquals(seen(subscriptionScene({ fact: { publications: ["x"] } })), [["primary", "shop", ["pb"], 60, [
    "x",
  ]]]);
});

Deno.test("subscriptionGapsOf(): nothing while an end is unknown or was not read", () => {
  const view = subscriptionScene();
  assertEquals(seen(withPublisher(view, () => null)), []);
  assertEquals(seen(withPublisher(view, (end) => end && { ...end, slot: null })), []);
  for (const server of ["primary", "standby"]) {
    const catalogues = view.catalogues?.map((each) =>
      each.server === server ? { ...each, content: null } : each
    );
    assertEquals(seen({ ...view, catalogues: catalogues ?? [] }), [], server);
  }
  assertEquals(seen(subscriptionScene({ subscriber: { subscriptions: [] } })), []);
  const { catalogues: _, ...without } = view;
  assertEquals(seen(without), []);
});

Deno.test("subscriptionGapsOf(): the same readings are compared once", () => {
  const view = subscriptionScene();
  const [first, again] = [subscriptionGapsOf(view), subscriptionGapsOf({ ...view, at: view.at + 1 })];
  assertStrictEquals(first[0]?.gaps, again[0]?.gaps);
});
