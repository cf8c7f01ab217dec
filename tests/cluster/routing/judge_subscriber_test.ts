import { assertEquals } from "@std/assert";
import { judgeSubscriber, type SubscriberQuestion } from "../../../src/cluster/routing/judge_subscriber.ts";
import type { SubscriptionLag, SubscriptionView } from "../../../src/domain/subscription.ts";
import type { View } from "../../../src/domain/view.ts";
import { subscriptionsView } from "../../report/subscription_views.ts";

const bare = subscriptionsView();
const VIEW: View = { ...bare, servers: bare.servers.map((each) => ({ ...each, heardAt: bare.at })) };

function ask(question: Partial<SubscriberQuestion>, view: View | null = VIEW): string | null {
  const verdict = judgeSubscriber(view, {
    server: "sub",
    subscription: "orders",
    maxLagSeconds: null,
    now: bare.at,
    staleAfterSeconds: 5,
    ...question,
  });
  return verdict &&
    `${verdict.isEligible ? 200 : 503}${verdict.isLagging ? " lagging" : ""} ${verdict.reason}`;
}

/** The view with another "orders". */
function withOrders(changes: Partial<SubscriptionView>, lag: Partial<SubscriptionLag> = {}): View {
  return {
    ...VIEW,
    subscriptions: VIEW.subscriptions.map((each) =>
      each.fact.name === "orders" ? { ...each, ...changes, lag: { ...each.lag, ...lag } } : each
    ),
  };
}

Deno.test("judgeSubscriber() says yes to one that applies within the limit", () => {
  assertEquals(ask({}), '200 Subscription "orders" applies, 0 s behind');
  assertEquals(ask({ maxLagSeconds: 5 }), '200 Subscription "orders" applies, 0 s behind');
  assertEquals(
    ask({ maxLagSeconds: 5 }, withOrders({}, { seconds: 6 })),
    '503 lagging Subscription "orders": it is 6.0 s behind, more than 5.0 s',
  );
});

Deno.test("judgeSubscriber() counts all subscriptions of a server, and one that is refused for good first", () => {
  assertEquals(
    ask({ subscription: null, maxLagSeconds: 5 }),
    '503 Subscription "history": the initial copy of its tables is under way: 1 of 3 tables are done, 120000 rows and 8.6 MiB of those under way',
  );
  const some = VIEW.subscriptions.filter(({ fact }) => fact.name === "orders" || fact.name === "abroad")
    .map((each) => ({ ...each, fact: { ...each.fact, tables: { r: 1 } } }));
  assertEquals(
    ask({ subscription: null }, { ...VIEW, subscriptions: some }),
    "200 All 2 subscriptions apply",
  );
  assertEquals(ask({ server: "far", subscription: null }), '200 Subscription "onward" applies, 0 s behind');
});

for (
  const [reason, text] of [
    ["disabled", "It is disabled"],
    ["apply_error", "It fails"],
    ["slot_lost", "Its slot is lost"],
    ["publisher_gone", "Its publisher is gone"],
    ["copying", "It copies"],
    ["copy_error", "It fails to copy"],
  ] as const
) {
  Deno.test(`judgeSubscriber() says no to ${reason}, however small the lag`, () => {
    const view = withOrders({ reason, reasonText: text }, { seconds: 0 });
    const expected = `503 Subscription "orders": i${text.slice(1)}`;
    assertEquals([ask({}, view), ask({ maxLagSeconds: 5 }, view)], [expected, expected]);
  });
}

for (const reason of ["blocked", "disconnected", "half_open"] as const) {
  Deno.test(`judgeSubscriber() lets the lag decide on ${reason} where it is limited; an upper bound counts`, () => {
    const view = (seconds: number) =>
      withOrders({ reason, reasonText: "It waits" }, { seconds, source: "upper_bound" });
    assertEquals(ask({}, view(0)), '503 Subscription "orders": it waits');
    assertEquals(ask({ maxLagSeconds: 5 }, view(4)), '200 Subscription "orders" applies, 4.0 s behind');
    assertEquals(
      ask({ maxLagSeconds: 5 }, view(6)),
      '503 lagging Subscription "orders": it is perhaps 6.0 s behind, more than 5.0 s',
    );
  });
}

Deno.test("judgeSubscriber() never says yes to what is unknown", () => {
  assertEquals(ask({}, withOrders({ reason: null })), '503 Subscription "orders": its state is unknown');
  assertEquals(
    ask({ maxLagSeconds: 5 }, withOrders({}, { seconds: null, unknownBecause: "Nobody knows" })),
    '503 Subscription "orders": its lag is unknown: nobody knows',
  );
  const withTables = (tables: SubscriptionView["fact"]["tables"]) => {
    const [orders] = VIEW.subscriptions;
    if (orders === undefined) throw new Error("There is a subscription");
    return withOrders({ fact: { ...orders.fact, tables } });
  };
  assertEquals(
    ask({}, withTables(null)),
    '503 Subscription "orders": whether all its tables have been copied is unknown',
  );
  assertEquals(ask({}, withTables({ r: 3, s: 1 })), '503 Subscription "orders": 1 table not yet in sync');
  assertEquals(ask({ subscription: "none" }), '503 It has no subscription "none"');
  assertEquals(ask({ server: "pub", subscription: null }), "503 Its subscriptions are unknown");
  const without = VIEW.servers.map((each) => ({
    ...each,
    facts: { server: each.facts.server?.map((fact) => ({ ...fact, hasSubscriptions: false })) ?? [] },
  }));
  assertEquals(
    ask({ server: "pub", subscription: null }, { ...VIEW, servers: without }),
    "503 It has no subscription",
  );
  const failed = VIEW.servers.map((each) => ({
    ...each,
    runs: [{
      collector: "subscriptions" as const,
      outcome: "failed" as const,
      reason: "No right",
      durationSeconds: 0,
    }],
  }));
  assertEquals(
    ask({ server: "pub" }, { ...VIEW, servers: failed }),
    "503 Its subscriptions are unknown: No right",
  );
  assertEquals(ask({}, null), "503 The first collection has not finished yet");
  assertEquals(ask({ server: "nobody" }), null);
  assertEquals(ask({ now: bare.at + 6 }), "503 Its latest response is 6.0 s old, more than 5.0 s");
});

Deno.test("judgeSubscriber() answers for a server under its second name", () => {
  const [pub, sub, ...others] = VIEW.servers;
  if (pub === undefined || sub === undefined) throw new Error("There are servers");
  const alias = { ...sub, server: "sub2", aliasOf: "sub" };
  assertEquals(
    ask({ server: "sub2" }, { ...VIEW, servers: [pub, sub, alias, ...others] }),
    '200 Subscription "orders" applies, 0 s behind',
  );
});
