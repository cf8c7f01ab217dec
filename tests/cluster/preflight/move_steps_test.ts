import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { deriveMoveSteps } from "../../../src/cluster/preflight/move_steps.ts";
import { subscriptionView } from "../../fixtures/catalogues.ts";
import { viewOf } from "../findings/views.ts";
import { wal } from "../fixtures.ts";

function stepsWith(level: string) {
  const view = viewOf({ standby: { wal: [wal({ level })] } });
  const [publisher, subscriber] = view.servers;
  assert(publisher !== undefined && subscriber !== undefined);
  return deriveMoveSteps({ view, publisher, subscriber, movers: [subscriptionView()] });
}

Deno.test("writes stop first, clients move before anything is dropped, and the subscription is dropped last", () => {
  const commands = stepsWith("logical").map(({ commands }) => commands.join(" "));
  const at = (text: string) => commands.findIndex((each) => each.includes(text));
  const order = [
    "default_transaction_read_only = on",
    "wait standby/follower --caught-up",
    "ALTER SUBSCRIPTION follower DISABLE",
    "setval",
    "CREATE PUBLICATION follower_back",
    "CREATE SUBSCRIPTION follower_back",
    "DROP SUBSCRIPTION follower;",
  ].map(at);
  assertEquals(order, order.toSorted((a, b) => a - b));
  assert(order.every((each) => each >= 0));
  assertEquals(at("DROP SUBSCRIPTION follower;"), commands.length - 1);
});

Deno.test("without wal_level = logical nothing leads back, and the last step has a risk", () => {
  const steps = stepsWith("replica");
  assert(steps.every(({ commands }) => commands.every((each) => !each.includes("follower_back"))));
  assertStringIncludes(steps.at(-1)?.risk?.loses ?? "", "no way back");
});
