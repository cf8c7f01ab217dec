import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ConsistencyConfig, ServerConfig } from "../../src/config/config.ts";
import { DEFAULT_CONSISTENCY } from "../../src/config/consistency.ts";
import type { ConsistencyResult } from "../../src/domain/consistency.ts";
import type { View } from "../../src/domain/view.ts";
import type { TableVerdict } from "../../src/consistency/check_table.ts";
import { ConsistencyWatch } from "../../src/consistency/consistency_watch.ts";
import type { TableProgress } from "../../src/consistency/table_progress.ts";
import type { SubscriptionView } from "../../src/domain/subscription.ts";
import { subscriptionView } from "../fixtures/catalogues.ts";
import { down, viewOf } from "../cluster/findings/views.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";
import { server } from "../fixtures/targets.ts";

const EQUAL: TableVerdict = { verdict: "equal", reason: "", difference: null, rowsCompared: 3 };
const NEVER = new AbortController().signal;

interface State {
  view: View | null;
  config: ConsistencyConfig | null;
  results: readonly ConsistencyResult[];
  readonly checked: string[];
  readonly logged: string[];
  underWay: number;
  servers: readonly ServerConfig[];
}

function watchOf(
  { config = {}, check = () => Promise.resolve(EQUAL) }: {
    readonly config?: Partial<ConsistencyConfig>;
    readonly check?: (table: string, progress: TableProgress) => Promise<TableVerdict | null>;
  } = {},
) {
  const clock = new FakeClock();
  const state: State = {
    view: viewOf(),
    config: { ...DEFAULT_CONSISTENCY, ...config },
    results: [],
    checked: [],
    logged: [],
    underWay: 0,
    servers: [server("primary"), server("standby")],
  };
  const log = (level: string) => (message: string) => state.logged.push(`${level} ${message}`);
  const watch = new ConsistencyWatch({
    config: () => state.config,
    clock,
    random: () => 0,
    logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") },
    readTextFile: () => Promise.reject(new Error("No files")),
    view: () => state.view,
    servers: () => state.servers,
    onResults: (results) => state.results = results,
    check: async ({ primary, standby, subscription }, { table }, { progress }) => {
      assertEquals(++state.underWay, 1, "one at a time");
      const of = subscription ? ` ${subscription.database} ${subscription.name}` : "";
      state.checked.push(`${primary.name} ${standby.name} ${table}${of}`);
      const verdict = await check(table, progress);
      state.underWay--;
      return verdict;
    },
  });
  return { clock, state, watch };
}

Deno.test("ConsistencyWatch: checks shortly after the start, then at every interval", async () => {
  const { watch, state, clock } = watchOf();
  const stepAfter = async (seconds: number) => {
    await clock.advance(seconds);
    await watch.step(NEVER);
    return state.checked.length;
  };
  assertEquals([await stepAfter(0), await stepAfter(14), await stepAfter(2), await stepAfter(1)], [
    0,
    0,
    1,
    1,
  ]);
  assertEquals([await stepAfter(290), await stepAfter(10)], [1, 2]);
  state.config = null;
  assertEquals(await stepAfter(1000), 2);
  state.config = { ...DEFAULT_CONSISTENCY, intervalSeconds: 3600 };
  assertEquals([await stepAfter(0), await stepAfter(3000)], [2, 3]);
});

Deno.test("ConsistencyWatch: an interval shorter than the first wait applies from the start", async () => {
  const { watch, state, clock } = watchOf({ config: { intervalSeconds: 2 } });
  await clock.advance(2);
  await watch.step(NEVER);
  assertEquals(state.checked.length, 1);
});

Deno.test("ConsistencyWatch: checks one table after the other, and publishes after each", async () => {
  const { watch, state } = watchOf({ config: { tables: ["a.x", "a.y"], isDefaultTable: false } });
  await watch.checkAll(NEVER);
  assertEquals(state.checked, ["primary standby x", "primary standby y"]);
  assertEquals(state.results.map(({ table, verdict, rowsCompared }) => [table, verdict, rowsCompared]), [
    ["a.x", "equal", 3],
    ["a.y", "equal", 3],
  ]);
});

Deno.test("ConsistencyWatch: a missing table is reported only when the user named it", async () => {
  const check = () => Promise.resolve(null);
  const preset = watchOf({ check });
  await preset.watch.checkAll(NEVER);
  assertEquals(preset.state.results, []);
  const named = watchOf({ check, config: { tables: ["a.x"], isDefaultTable: false } });
  await named.watch.checkAll(NEVER);
  const [result] = named.state.results;
  assertEquals(result?.verdict, "skipped");
  assertStringIncludes(result?.reason ?? "", 'Table a.x does not exist on "primary"');
});

Deno.test("ConsistencyWatch: a skipped standby is not read, and a check that throws has failed", async () => {
  const { watch, state } = watchOf({ check: () => Promise.reject(new Error("The connection was lost")) });
  state.view = viewOf({ standbySnapshot: down({}) });
  await watch.checkAll(NEVER);
  assertEquals([state.checked, state.results[0]?.verdict], [[], "skipped"]);
  state.view = viewOf();
  await watch.checkAll(NEVER);
  assertEquals([state.results[0]?.verdict, state.results[0]?.reason], ["failed", "The connection was lost"]);
});

Deno.test("ConsistencyWatch: results of a promoted standby and of tables no longer named are dropped", async () => {
  const { watch, state } = watchOf({ config: { tables: ["a.x", "a.y"] } });
  await watch.checkAll(NEVER);
  state.config = { ...DEFAULT_CONSISTENCY, tables: ["a.y"] };
  await watch.checkAll(NEVER);
  assertEquals(state.results.map(({ table }) => table), ["a.y"]);
  state.view = viewOf({ standbySnapshot: { role: "primary" } });
  await watch.checkAll(NEVER);
  assertEquals(state.results, []);
});

Deno.test("ConsistencyWatch: a change of verdict is logged once, a difference as an error", async () => {
  let verdict: TableVerdict = EQUAL;
  const { watch, state } = watchOf({ check: () => Promise.resolve(verdict) });
  for (const next of ["equal", "equal", "different", "different", "failed"] as const) {
    verdict = { ...EQUAL, verdict: next, reason: "because" };
    await watch.checkAll(NEVER);
  }
  assertEquals(state.logged, [
    "info Consistency check",
    "error A table differs between primary and standby",
    "warn Consistency check failed",
  ]);
});

Deno.test("ConsistencyWatch: an aborted check has no result, and no other one begins", async () => {
  const stop = new AbortController();
  const { watch, state } = watchOf({
    config: { tables: ["a.x", "a.y"] },
    check: () => {
      stop.abort();
      return Promise.reject(new Error("aborted"));
    },
  });
  await watch.checkAll(stop.signal);
  assertEquals([state.checked.length, state.results, state.logged], [1, [], []]);
});

Deno.test("ConsistencyWatch: a table keeps its progress over reloads, and loses it when its server or its configuration changes", async () => {
  const progresses: TableProgress[] = [];
  const { watch, state } = watchOf({
    config: { tables: ["a.x"] },
    check: (table, progress) => {
      if (table === "x") progresses.push(progress);
      return Promise.resolve(EQUAL);
    },
  });
  const isKept = async () => {
    await watch.checkAll(NEVER);
    return progresses.at(-1) === progresses.at(-2);
  };
  const config = state.config;
  assertEquals(await isKept(), false, "the first");
  assertEquals(await isKept(), true, "again");
  state.config = { ...DEFAULT_CONSISTENCY, tables: ["a.y", "a.x"], maxRows: 7 };
  assertEquals(await isKept(), true, "another table was added, and the budget changed");
  state.config = null;
  await watch.checkAll(NEVER);
  state.config = config;
  assertEquals(await isKept(), true, "the check was off for a while");
  const password = server("standby", { user: "another" });
  state.servers = [server("primary"), password];
  assertEquals(await isKept(), true, "the standby has another login");
  state.servers = [server("primary"), server("standby", { port: 5439 })];
  assertEquals(await isKept(), false, "the standby is another server");
  state.view = viewOf({ cluster: { systemIdentifier: "8" } });
  assertEquals(await isKept(), false, "both are in another cluster");
  state.config = { ...DEFAULT_CONSISTENCY, tables: ["a.y"] };
  await watch.checkAll(NEVER);
  state.config = config;
  assertEquals(await isKept(), false, "the table was removed from the configuration for a while");
});

Deno.test("ConsistencyWatch: the progress of a check that threw is published", async () => {
  const { watch, state } = watchOf({
    check: (_, progress) => {
      progress.begin({ identity: "t", estimatedRows: 100 });
      progress.continuePass();
      progress.pass({ after: null, upTo: ["25"] }, {
        found: null,
        undecidedBecause: null,
        rows: 25,
        at: 0,
      });
      return Promise.reject(new Error("The connection was lost"));
    },
  });
  await watch.checkAll(NEVER);
  const [result] = state.results;
  assertEquals([result?.verdict, result?.pass?.ratio, result?.window], ["failed", 0.25, null]);
});

Deno.test("ConsistencyWatch: nothing is checked before the first view", async () => {
  const { watch, state } = watchOf();
  state.view = null;
  await watch.checkAll(NEVER);
  assertEquals(state.checked, []);
});

/** The healthy cluster, whose "standby" also has a subscription. */
function withSubscription(changes: Partial<SubscriptionView> = {}): View {
  const { publisher, ...subscription } = subscriptionView();
  const joined = { publisher: publisher && { ...publisher, by: "application_name" as const } };
  return viewOf({ view: { subscriptions: [{ ...subscription, ...joined, ...changes }] } });
}

Deno.test("ConsistencyWatch: subscriptions are compared too, when the user named the table", async () => {
  const { watch, state } = watchOf();
  state.view = withSubscription();
  await watch.checkAll(NEVER);
  assertEquals(state.checked, ["primary standby test_data"], "the default is for standbys");
  state.config = { ...DEFAULT_CONSISTENCY, tables: ["public.t"], isDefaultTable: false };
  state.checked.length = 0;
  await watch.checkAll(NEVER);
  assertEquals(state.checked, ["primary standby t app follower", "primary standby t"]);
  assertEquals(state.results.map(({ subscription, table }) => [subscription, table]), [
    ["follower", "public.t"],
    [undefined, "public.t"],
  ]);
  state.view = viewOf();
  await watch.checkAll(NEVER);
  assertEquals(state.results.map(({ subscription }) => subscription), [undefined], "it was dropped");
});

Deno.test("ConsistencyWatch: a table that only a subscription has is not missed on the standby, nor the other way", async () => {
  const config = { tables: ["public.t"], isDefaultTable: false };
  let verdicts: (TableVerdict | null)[] = [EQUAL, null];
  const { watch, state } = watchOf({ config, check: () => Promise.resolve(verdicts.shift() ?? null) });
  state.view = withSubscription();
  await watch.checkAll(NEVER);
  assertEquals(state.results.map(({ subscription, verdict }) => [subscription, verdict]), [[
    "follower",
    "equal",
  ]]);
  verdicts = [null, EQUAL];
  await watch.checkAll(NEVER);
  assertEquals(state.results.map(({ subscription, verdict }) => [subscription, verdict]), [[
    undefined,
    "equal",
  ]]);
});

Deno.test("ConsistencyWatch: a subscription that stops keeps its verdict; whether it has other tables is unknown", async () => {
  const config = { tables: ["public.t"], isDefaultTable: false };
  const { watch, state } = watchOf({ config });
  const stopped = { reason: "disabled" as const, reasonText: "It is disabled" };
  const ofSubscription = () => state.results.filter(({ subscription }) => subscription !== undefined);
  state.view = withSubscription(stopped);
  await watch.checkAll(NEVER);
  assertEquals(ofSubscription(), []);
  state.view = withSubscription();
  await watch.checkAll(NEVER);
  state.view = withSubscription(stopped);
  await watch.checkAll(NEVER);
  assertEquals(
    ofSubscription().map(({ verdict, reason, conclusive }) => [verdict, reason, conclusive?.verdict]),
    [
      ["skipped", "It is disabled", "equal"],
    ],
  );
});
