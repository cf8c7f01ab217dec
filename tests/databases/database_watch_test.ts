import { assertEquals } from "@std/assert";
import type { ServerConfig } from "../../src/config/config.ts";
import { DatabaseWatch } from "../../src/databases/database_watch.ts";
import type { DatabaseCatalogue, DatabaseContent, SubscribedTableState } from "../../src/domain/catalogue.ts";
import type { SlotFact } from "../../src/domain/facts.ts";
import type { View } from "../../src/domain/view.ts";
import { slot } from "../cluster/fixtures.ts";
import { down, viewOf } from "../cluster/findings/views.ts";
import { content, subscribed, subscriptionView } from "../fixtures/catalogues.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";
import { server } from "../fixtures/targets.ts";

const NEVER = new AbortController().signal;
const publishing = (database: string, name = `s_${database}`): SlotFact =>
  slot({ slot: name, type: "logical", plugin: "pgoutput", database });
const viewWith = (...slots: readonly SlotFact[]) => viewOf({ primary: { slots } });

interface State {
  view: View | null;
  mayConcern: boolean;
  intervalSeconds: number;
  servers: readonly ServerConfig[];
  results: readonly DatabaseCatalogue[];
  read: string[];
  views: number;
  answer: (database: string) => Promise<DatabaseContent>;
}

function watchOf() {
  const clock = new FakeClock();
  const state: State = {
    view: viewWith(publishing("b"), publishing("a")),
    mayConcern: true,
    intervalSeconds: 300,
    servers: [server("primary"), server("standby")],
    results: [],
    read: [],
    views: 0,
    answer: () => Promise.resolve(content([])),
  };
  let underWay = 0;
  const watch = new DatabaseWatch({
    clock,
    random: () => 0,
    readTextFile: () => Promise.reject(new Error("No files")),
    intervalSeconds: () => state.intervalSeconds,
    mayConcern: () => state.mayConcern,
    view: () => {
      state.views++;
      return state.view;
    },
    servers: () => state.servers,
    onResults: (results) => state.results = results,
    read: async ({ name }, database) => {
      assertEquals(++underWay, 1, "one at a time");
      state.read.push(`${name} ${database}`);
      try {
        return await state.answer(database);
      } finally {
        underWay--;
      }
    },
  });
  /** What is read after so many seconds. */
  const after = async (seconds: number): Promise<readonly string[]> => {
    await clock.advance(seconds);
    state.read = [];
    await watch.step(NEVER);
    return state.read;
  };
  return { watch, state, after };
}

Deno.test("DatabaseWatch: reads each database at once, then at every interval", async () => {
  const { state, after } = watchOf();
  assertEquals(await after(0), ["primary a", "primary b"]);
  assertEquals([await after(1), await after(100), await after(190)], [[], [], []]);
  assertEquals(await after(10), ["primary a", "primary b"]);
  assertEquals(state.results.map(({ database, failedBecause }) => [database, failedBecause]), [
    ["a", null],
    ["b", null],
  ]);
});

Deno.test("DatabaseWatch: without logical replication no view is asked for", async () => {
  const { watch, state, after } = watchOf();
  state.mayConcern = false;
  assertEquals([await after(0), await after(300)], [[], []]);
  assertEquals([state.views, watch.hasRead], [0, true]);
});

Deno.test("DatabaseWatch: waits for the first view", async () => {
  const { watch, state, after } = watchOf();
  const view = state.view;
  state.view = null;
  assertEquals([await after(0), watch.hasRead], [[], false]);
  state.view = view;
  assertEquals([await after(1), watch.hasRead], [["primary a", "primary b"], true]);
});

Deno.test("DatabaseWatch: 0 reads nothing, and forgets", async () => {
  const { watch, state, after } = watchOf();
  await after(0);
  state.intervalSeconds = 0;
  assertEquals([await after(300), state.results, watch.hasRead], [[], [], true]);
  state.intervalSeconds = 300;
  assertEquals(await after(10), ["primary a", "primary b"]);
});

Deno.test("DatabaseWatch: a change of its subscriptions or slots is looked at after 15 s, errors after a minute", async () => {
  const { state, after } = watchOf();
  await after(0);
  state.view = viewWith(publishing("b"), publishing("a", "another"));
  assertEquals([await after(10), await after(6)], [[], ["primary a"]]);
  assertEquals(await after(100), []);
  const failing = (applyErrorsTotal: number) =>
    viewOf({ primary: { subscriptions: [subscriptionView({ database: "a", applyErrorsTotal }).fact] } });
  state.view = failing(0);
  await after(20);
  state.view = failing(7);
  assertEquals([await after(30), await after(31)], [[], ["primary a"]]);
});

Deno.test("DatabaseWatch: both ends of a subscription are read together", async () => {
  const { state, after } = watchOf();
  const one = subscriptionView({ database: "a" });
  const end = { ...one.publisher, slot: publishing("b") };
  const paired = (...slots: readonly SlotFact[]): View => ({
    ...viewWith(...slots),
    subscriptions: [{ ...one, server: "primary", publisher: one.publisher && { ...one.publisher, ...end } }],
  });
  const slots = [publishing("c"), publishing("b")];
  state.view = paired(...slots, publishing("a"));
  await after(0);
  state.view = paired(...slots, publishing("a", "another"));
  assertEquals(await after(61), ["primary a", "primary b"]);
});

Deno.test("DatabaseWatch: while tables are copied it is read every 15 s, while a finding rests on it every minute", async () => {
  const { state, after } = watchOf();
  const withTable = (each: SubscribedTableState) =>
    Promise.resolve(content([], { subscriptions: [subscribed("s", { "public.t": each })] }));
  state.answer = (database) => withTable(database === "a" ? "copying" : "ready");
  await after(0);
  assertEquals([await after(10), await after(6), await after(16)], [[], ["primary a"], ["primary a"]]);
  state.answer = () => withTable("ready");
  assertEquals([await after(16), await after(61)], [["primary a"], []]);
  const view = viewWith(publishing("b"), publishing("a"));
  const finding = {
    check: "table_not_subscribed",
    severity: "warning" as const,
    server: "standby",
    subject: "s",
    summary: "",
    evidence: "",
    advice: "",
    since: view.at,
  };
  state.view = { ...view, findings: [finding] };
  assertEquals(await after(5), ["primary a", "primary b"]);
  state.view = { ...view, findings: [{ ...finding, severity: "info" }] };
  assertEquals(await after(70), []);
  state.view = { ...view, findings: [finding], at: view.at + 4000 };
  assertEquals(await after(5), [], "an old finding waits for the interval");
});

Deno.test("DatabaseWatch: a failure keeps what was read", async () => {
  const { state, after } = watchOf();
  const first = content([]);
  state.answer = () => Promise.resolve(first);
  await after(0);
  state.answer = (database) =>
    database === "a" ? Promise.reject(new Error("It is gone")) : Promise.resolve(first);
  await after(300);
  assertEquals(state.results.map((each) => [each.failedBecause, each.content === first]), [
    ["It is gone", true],
    [null, true],
  ]);
  state.servers = [server("primary", { port: 1 })];
  await after(10);
  assertEquals(
    state.results.map((each) => [each.failedBecause, each.content === first]),
    [["It is gone", false], [null, true]],
    "another server under this name",
  );
});

Deno.test("DatabaseWatch: what is gone is forgotten, what does not respond is not", async () => {
  const { state, after } = watchOf();
  await after(0);
  const names = () => state.results.map(({ database }) => database);
  state.view = viewOf({ primarySnapshot: down({}) });
  await after(10);
  assertEquals(names(), ["a", "b"]);
  state.view = viewWith(publishing("b"));
  await after(10);
  assertEquals(names(), ["b"]);
  state.view = { ...viewOf(), servers: [] };
  state.mayConcern = false;
  await after(10);
  assertEquals(names(), []);
});

Deno.test("DatabaseWatch: too many databases are reported, and read when others are gone", async () => {
  const { state, after } = watchOf();
  const slots = Array.from({ length: 51 }, (_, index) => publishing(`d${100 + index}`));
  state.view = viewWith(...slots);
  assertEquals((await after(0)).length, 50);
  const omitted = state.results.find(({ database }) => database === "d150");
  assertEquals(omitted?.failedBecause, "Only 50 databases of a server are read");
  state.view = viewWith(...slots.slice(1));
  assertEquals(await after(10), ["primary d150"]);
});

Deno.test("DatabaseWatch: a signal ends it between two databases, and nothing is recorded", async () => {
  const { watch, state } = watchOf();
  const stop = new AbortController();
  state.answer = () => {
    stop.abort();
    return Promise.reject(new Error("aborted"));
  };
  await watch.step(stop.signal);
  assertEquals([state.read, state.results], [["primary a"], []]);
});
