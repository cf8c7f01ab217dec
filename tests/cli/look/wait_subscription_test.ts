import { assertEquals, assertStringIncludes } from "@std/assert";
import type { WaitGoal } from "../../../src/cli/look/wait_state.ts";
import { judgeSubscriptionWait } from "../../../src/cli/look/wait_subscription.ts";
import type { ReportServer, ReportSubscription } from "../../../src/report/model.ts";
import { goldenReport } from "../../report/golden_views.ts";
import { SUBSCRIPTION } from "../../report/subscription_views.ts";

const NOTHING: WaitGoal = { isCaughtUp: false, maxLagSeconds: null, position: null, role: null };
const [server] = goldenReport("one_standby_well").clusters.flatMap(({ servers }) => servers);
if (server === undefined) throw new Error("No server");
const SERVERS: readonly ReportServer[] = ["sub", "pub"].map((name) => ({
  ...server,
  name,
  up: true,
  data_age_seconds: 0.5,
}));

function judge(
  goal: Partial<WaitGoal>,
  changes: Partial<ReportSubscription> = {},
  { servers = SERVERS, waitedSeconds = 100, others = [] }: {
    readonly servers?: readonly ReportServer[];
    readonly waitedSeconds?: number;
    readonly others?: readonly ReportSubscription[];
  } = {},
) {
  return judgeSubscriptionWait([{ ...SUBSCRIPTION, ...changes }, ...others], {
    name: "orders",
    goal: { ...NOTHING, ...goal },
    waitedSeconds,
    servers,
  });
}

Deno.test("caught up: no lag, and all tables copied", () => {
  const goal = { isCaughtUp: true };
  assertEquals(judge(goal, { lag_seconds: 0 }), { isReached: true, text: '"orders" has caught up' });
  assertEquals(judge(goal).isReached, false);
  assertEquals(
    judge(goal, { lag_seconds: 0, ready_tables: 3 }).text,
    '1 of 4 tables of "orders" are not copied yet',
  );
  assertEquals(judge(goal, { lag_seconds: 0, ready_tables: null, total_tables: null }).isReached, null);
  assertEquals(judge(goal, { lag_seconds: null, lag_unknown_because: "Nobody knows" }), {
    isReached: null,
    text: 'The lag of "orders" is unknown: Nobody knows',
  });
});

Deno.test("lag and position", () => {
  assertEquals(judge({ maxLagSeconds: 1 }).isReached, true);
  assertEquals(judge({ maxLagSeconds: 0.1 }).isReached, false);
  assertEquals(judge({ position: 0x5000060n }).isReached, true);
  assertEquals(judge({ position: 0x6000000n }).text, '"orders" has applied 0/5000060 of 0/6000000');
  assertEquals(judge({ position: 1n }, { applied_lsn: null }).isReached, null);
});

Deno.test("unknown: a role, an unwatched publisher, a server that is down, data of before the wait, twins", () => {
  const goal = { isCaughtUp: true };
  const of = (...args: Parameters<typeof judge>) => judge(...args).isReached;
  assertEquals(of({ role: "primary" }), null);
  assertEquals(of(goal, { publisher: null, publisher_unknown_because: "No server has its slot" }), null);
  assertEquals(
    of(goal, {}, { servers: SERVERS.map((each) => ({ ...each, up: each.name !== "pub" })) }),
    null,
  );
  assertEquals(of(goal, { lag_seconds: 0 }, { waitedSeconds: 0.1 }), null);
  const twins = judge(goal, {}, { others: [{ ...SUBSCRIPTION, server: "other" }] });
  assertStringIncludes(twins.text, "sub/orders or other/orders");
});
