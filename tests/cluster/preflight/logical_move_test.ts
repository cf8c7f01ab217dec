import { assertEquals, assertStringIncludes } from "@std/assert";
import { derivePreflight } from "../../../src/cluster/preflight/derive_preflight.ts";
import type { SubscriptionView } from "../../../src/domain/subscription.ts";
import type { View } from "../../../src/domain/view.ts";
import { content, publication, subscribed, subscriptionView, table } from "../../fixtures/catalogues.ts";
import { NOW } from "../build_view.ts";
import { subscriptionSlot, wal } from "../fixtures.ts";
import { viewOf } from "../findings/views.ts";

/** "standby" of the view is made a subscriber that is a primary of its own. */
function moveScene(changes: Partial<SubscriptionView> = {}, more: Partial<View> = {}): View {
  const view = viewOf({
    primary: { slots: [subscriptionSlot(), subscriptionSlot({ slot: "cdc", plugin: "wal2json" })] },
  });
  const own = subscriptionView({ tables: { r: 3 } });
  return {
    ...view,
    servers: view.servers.map((each) =>
      each.server === "standby"
        ? { ...each, role: "primary", facts: { ...each.facts, wal: [wal({ level: "logical" })] } }
        : each
    ),
    standbys: [],
    subscriptions: [{ ...own, ...changes }],
    ...more,
  };
}

const weights = (view: View, name = "follower") =>
  derivePreflight(view, name).points.map(({ part, weight }) => `${part} ${weight}`);

Deno.test("caught up: it may move, but nothing that was not read is fine", () => {
  const said = derivePreflight(moveScene(), "follower");
  assertEquals([said.kind, said.verdict, said.candidate, said.primary], [
    "logical_switchover",
    "go_with_warnings",
    "standby",
    "primary",
  ]);
  assertEquals(weights(moveScene()), [
    "subscriptions fine",
    "tables warning",
    "tables fine",
    "sequences warning",
    "rest warning",
    "rest warning",
    "rest info",
  ]);
  assertStringIncludes(said.headline, 'applications may move from "primary" to "standby". ');
});

Deno.test("by the name of the subscription, with its server, or of the server", () => {
  for (const name of ["follower", "standby/follower", "standby"]) {
    assertEquals(derivePreflight(moveScene(), name).candidate, "standby", name);
  }
  const twice = moveScene();
  const several: View = {
    ...twice,
    subscriptions: twice.subscriptions.flatMap((each) => [each, { ...each, server: "primary" }]),
  };
  assertStringIncludes(derivePreflight(several, "follower").points[0]?.text ?? "", "Several servers have");
  assertEquals(derivePreflight(several, "nobody").verdict, "unknown");
});

Deno.test("what stops it, and what is not copied, is no go; an unknown lag is unknown", () => {
  assertEquals(
    derivePreflight(moveScene({ reason: "disabled", reasonText: "It is disabled" }), "follower").verdict,
    "no_go",
  );
  const copying = moveScene({ fact: { ...subscriptionView().fact, tables: { r: 1, d: 2 } } });
  assertStringIncludes(derivePreflight(copying, "follower").headline, "2 of 3 tables");
  const none = moveScene({ fact: { ...subscriptionView().fact, tables: null } });
  assertEquals(derivePreflight(none, "follower").verdict, "unknown");
  const lag = { ...subscriptionView().lag, seconds: null, bytes: null, unknownBecause: "Nobody knows" };
  assertEquals(derivePreflight(moveScene({ lag }), "follower").verdict, "unknown");
  assertEquals(
    derivePreflight(moveScene({ publisher: null, publisherUnknown: "No server has it" }), "follower").verdict,
    "unknown",
  );
});

Deno.test("what was read of both databases: missing tables are no go, sequences are set by a step", () => {
  const sequence = (lastValue: bigint) => ({
    schema: "public",
    sequence: "public.ids",
    lastValue,
    isDescending: false,
    isReadable: true,
  });
  const read = (tables: Readonly<Record<string, "ready">>) => ({
    catalogues: [
      {
        server: "primary",
        database: "shop",
        failedBecause: null,
        content: content([table("public.a")], {
          readAt: NOW - 60,
          publications: [publication("pb", ["public.a"])],
          sequences: [sequence(50n)],
        }),
      },
      {
        server: "standby",
        database: "app",
        failedBecause: null,
        content: content([table("public.a")], {
          readAt: NOW - 60,
          subscriptions: [subscribed("follower", tables)],
          sequences: [sequence(1n)],
        }),
      },
    ],
  });
  const well = weights(moveScene({}, read({ "public.a": "ready" })));
  assertEquals(well.filter((each) => /^(tables|sequences)/.test(each)), [
    "tables fine",
    "tables fine",
    "sequences info",
  ]);
  const missing = derivePreflight(moveScene({}, read({})), "follower");
  assertEquals(missing.verdict, "no_go");
  assertStringIncludes(missing.headline, "public.a");
});
