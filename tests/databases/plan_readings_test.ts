import { assertEquals, assertNotEquals } from "@std/assert";
import { mayReplicateLogically, MOST_DATABASES, planReadings } from "../../src/databases/plan_readings.ts";
import type { Facts } from "../../src/domain/facts.ts";
import { slot } from "../cluster/fixtures.ts";
import { viewOf } from "../cluster/findings/views.ts";
import { subscriptionView } from "../fixtures/catalogues.ts";

const publishing = (database: string, plugin = "pgoutput") =>
  slot({ slot: `s_${database}`, type: "logical", plugin, database });
const { fact } = subscriptionView();
const COPY = { table: "16400", rows: null, bytes: null, seconds: 1, blockedBy: null };
const databases = (primary: Facts) =>
  planReadings(viewOf({ primary })).flatMap(({ readings }) =>
    readings.map(({ server, database }) => `${server} ${database}`)
  );

Deno.test("planReadings(): databases of subscriptions and of slots of pgoutput, each once", () => {
  assertEquals(databases({}), []);
  assertEquals(
    databases({
      slots: [publishing("b"), publishing("a"), publishing("cdc", "wal2json"), slot({ slot: "x" })],
    }),
    ["primary a", "primary b"],
  );
  assertEquals(
    databases({ subscriptions: [fact, { ...fact, name: "other" }], slots: [publishing("app")] }),
    ["primary app"],
  );
});

Deno.test("planReadings(): neither of standbys, nor of servers that are down or the same as another", () => {
  const slots = [publishing("a")];
  assertEquals(planReadings(viewOf({ standby: { slots } })), []);
  const view = viewOf({ primary: { slots } });
  const changed = (changes: Partial<typeof view.servers[number]>) =>
    planReadings({ ...view, servers: view.servers.map((each) => ({ ...each, ...changes })) });
  assertEquals(changed({}).length, 1);
  assertEquals(changed({ up: false }), []);
  assertEquals(changed({ aliasOf: "other" }), []);
});

Deno.test("planReadings(): further databases are named, not read", () => {
  const slots = Array.from({ length: MOST_DATABASES + 2 }, (_, index) => publishing(`d${100 + index}`));
  const [plan, ...more] = planReadings(viewOf({ primary: { slots } }));
  assertEquals([plan?.readings.length, plan?.omitted.map(({ database }) => database), more], [
    MOST_DATABASES,
    ["d150", "d151"],
    [],
  ]);
});

Deno.test("planReadings(): what changes of a subscription, and its errors", () => {
  const readingOf = (changes: Partial<typeof fact>) =>
    planReadings(viewOf({ primary: { subscriptions: [{ ...fact, ...changes }] } }))[0]?.readings[0];
  const stateOf = (changes: Partial<typeof fact>) => readingOf(changes)?.state;
  assertEquals(readingOf({ applyErrorsTotal: 2, syncErrorsTotal: 1 })?.errors, 3);
  assertEquals(readingOf({ applyErrorsTotal: null, syncErrorsTotal: null })?.errors, 0);
  assertEquals(stateOf({}), stateOf({ lastMessageAgeSeconds: 7, applyErrorsTotal: 1 }));
  for (
    const changes of [{ copies: [COPY] }, { enabled: false }, { publications: ["x"] }, { name: "y" }]
  ) {
    assertNotEquals(stateOf({}), stateOf(changes));
  }
});

Deno.test("mayReplicateLogically(): only with a subscription or a slot of pgoutput", () => {
  const may = (primary: Facts) => viewOf({ primary }).servers.map(mayReplicateLogically);
  assertEquals(may({}), [false, false]);
  assertEquals(may({ slots: [publishing("a")] }), [true, false]);
  assertEquals(may({ subscriptions: [fact] }), [true, false]);
  assertEquals(may({ subscriptions: [], slots: [publishing("a", "wal2json")] }), [false, false]);
});
