import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  causesOf,
  definitionOf,
  dropSubscription,
  enable,
  endBlocker,
  endHalfOpen,
  errorCauses,
  errorInLog,
  giveSlot,
  onSubscriber,
  reconnect,
  replaceMissingSlot,
  retainedBy,
} from "../../../src/cluster/findings/subscription_advice.ts";
import type { SubscriptionFact } from "../../../src/domain/facts.ts";
import type { SubscriptionView } from "../../../src/domain/subscription.ts";
import { splitAdvice } from "../../../src/report/page/advice.ts";
import { unprovenIn } from "../../checks/destructive_statements.ts";
import { openTransaction } from "../fixtures.ts";
import { pairOf } from "./subscription_scenes.ts";

/** One whose names need quotes. */
function odd(fact: Partial<SubscriptionFact> = {}, more: Partial<SubscriptionView> = {}): SubscriptionView {
  const [first] =
    pairOf({ fact: { name: `O'Sub "x"`, database: "My DB", ...fact }, derived: more }).subscriptions;
  assert(first !== undefined);
  return first;
}

/** The statements of an advice. */
function codeOf(advice: string): readonly string[] {
  return splitAdvice(advice).filter(({ kind }) => kind === "code").map(({ text }) => text);
}

const NAME = `"O'Sub ""x"""`;

Deno.test("statements name server, database and subscription, quoted", () => {
  assertEquals(onSubscriber(odd()), 'On "sub", in database "My DB": ');
  assertEquals(onSubscriber(odd(), "on"), 'on "sub", in database "My DB": ');
  assertEquals(enable(odd()), `On "sub", in database "My DB": ALTER SUBSCRIPTION ${NAME} ENABLE;`);
  assertEquals(
    dropSubscription(odd()),
    `on "sub", in database "My DB": ALTER SUBSCRIPTION ${NAME} DISABLE; ALTER SUBSCRIPTION ${NAME} SET (slot_name = NONE); ` +
      `DROP SUBSCRIPTION ${NAME};`,
  );
  assertStringIncludes(definitionOf(odd()), `WHERE subname = 'O''Sub "x"' AND subdbid = (SELECT oid`);
  assertStringIncludes(
    causesOf(odd()),
    `on "sub", in database "My DB": ALTER SUBSCRIPTION ${NAME} REFRESH PUBLICATION;`,
  );
  assertStringIncludes(errorCauses("`X`;"), "then copy its rows, `X`; A permission");
  assertStringIncludes(giveSlot(odd()), `ALTER SUBSCRIPTION ${NAME} SET (slot_name = 'SLOT'); ALTER`);
});

Deno.test("errorInLog() quotes what is beside the error, by what failed and by version", () => {
  const placeIn = (fact: Partial<SubscriptionFact>, reason: SubscriptionView["reason"]) =>
    errorInLog(odd({ name: "s", ...fact }, { reason })).replace(/.* it is /, "");
  assertEquals(
    placeIn({}, "apply_error"),
    `above "processing remote data for replication origin "pg_16403""`,
  );
  const started = 'below "logical replication apply worker for subscription "s" has started"';
  assertEquals(placeIn({ applyErrorsTotal: null }, "apply_error"), started);
  assertEquals(placeIn({ oid: null }, "apply_error"), started);
  assertEquals(placeIn({}, "copy_error"), 'below "table synchronization worker for subscription "s""');
  assertEquals(placeIn({}, "disabled_by_error"), 'above "subscription "s" has been disabled"');
});

Deno.test("what destroys something comes with its proof, and its statements end", () => {
  for (
    const advice of [
      endBlocker("sub", openTransaction()),
      endBlocker("sub", openTransaction({ isPrepared: true, by: "it's" })),
      endHalfOpen(odd()),
      endHalfOpen(odd({}, { publisher: null })),
      replaceMissingSlot(odd()),
      replaceMissingSlot(odd({}, { publisher: null })),
    ]
  ) {
    assertEquals(unprovenIn(advice), [], advice);
    assert(codeOf(advice).length >= 2, advice);
    for (const code of codeOf(advice)) assert(code.endsWith(";"), code);
    assert(!/undefined|null|\[object/.test(advice), advice);
  }
  assertStringIncludes(
    endBlocker("sub", openTransaction({ isPrepared: true, by: "it's" })),
    `on "sub", in its database: ROLLBACK PREPARED 'it''s';`,
  );
  assert(!endHalfOpen(odd({}, { publisher: null })).includes("active_pid"));
});

Deno.test("reconnect() says where it must connect, as far as that is known", () => {
  assertStringIncludes(reconnect(odd(), "host=a port=1"), 'must be "pub" (host=a port=1), as the subscriber');
  assertStringIncludes(reconnect(odd({}, { publisher: null }), ""), "must be its publisher. If not");
  for (const code of codeOf(reconnect(odd(), ""))) assert(code.endsWith(";"), code);
});

Deno.test("reconnect() to a server that was promoted: never before it is known that the subscription is not ahead", () => {
  const advice = reconnect(odd({ oid: "16441" }, { formerPublisher: "old" }), "");
  const [first, second, ...later] = codeOf(advice);
  assertEquals(first, "SELECT remote_lsn FROM pg_replication_origin_status WHERE external_id = 'pg_16441';");
  assertEquals(second, "SELECT pg_last_wal_replay_lsn();");
  assert(later.some((code) => code.includes("CONNECTION")), "then it may be pointed there");
  assertStringIncludes(advice, '"pub" was promoted in place of "old"');
});

Deno.test("retainedBy() is nothing when that is unknown", () => {
  assertEquals(retainedBy(odd({}, { publisher: null })), false);
  assertStringIncludes(String(retainedBy(odd())), 'its slot "app_sub" on "pub" retains');
});
