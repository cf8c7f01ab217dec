import { assertEquals, assertStrictEquals } from "@std/assert";
import type { WatchKey } from "../../../src/report/terminal/keys.ts";
import { initialState, reduce, shownReport, type WatchState } from "../../../src/report/terminal/state.ts";
import { cluster, NOON, report, standby, WELL } from "./reports.ts";

const limits = { maxScroll: 5, pageRows: 4 };
const START = initialState("3 servers", "lag");
const press = (state: WatchState, ...keys: readonly WatchKey[]) =>
  keys.reduce((before, key) => reduce(before, { type: "key", key, limits }), state);

const later = report([cluster([standby("standby", { lag_seconds: 9 })])], {
  timestamp_unix_seconds: NOON + 1,
});

Deno.test("q quits", () => {
  assertEquals([START.hasEnded, press(START, "quit").hasEnded], [false, true]);
});

Deno.test("s switches the order, r reverses it", () => {
  const orders = [1, 2, 3].map((times) => press(START, ...Array<WatchKey>(times).fill("sort")).sort);
  assertEquals(orders, ["name", "cluster", "lag"]);
  assertEquals([press(START, "reverse").isReversed, press(START, "reverse", "reverse").isReversed], [
    true,
    false,
  ]);
});

Deno.test("? opens the help and closes it, Escape only closes it", () => {
  assertEquals(press(START, "help").isHelp, true);
  assertEquals(press(START, "help", "help").isHelp, false);
  assertEquals(press(START, "help", "close").isHelp, false);
  assertStrictEquals(press(START, "close"), START);
});

Deno.test("scrolling stays within its limits", () => {
  const offsets = (...keys: readonly WatchKey[]) => press(START, ...keys).scroll;
  assertEquals(offsets("up"), 0);
  assertEquals(offsets("down", "down"), 2);
  assertEquals(offsets("page_down"), 3);
  assertEquals(offsets("page_down", "page_down", "page_down"), 5);
  assertEquals(offsets("last", "up"), 4);
  assertEquals(offsets("last", "page_up"), 2);
  assertEquals(offsets("last", "first"), 0);
  assertEquals(press({ ...START, scroll: 99 }, "up").scroll, 4, "after the screen has grown");
});

Deno.test("a report is shown, and clears the trouble", () => {
  const troubled = reduce(START, { type: "trouble", trouble: { message: "refused", since: NOON } });
  assertEquals(troubled.trouble?.message, "refused");
  const state = reduce(troubled, { type: "report", report: WELL });
  assertEquals([state.trouble, shownReport(state)], [null, WELL]);
});

Deno.test("trouble keeps the last report", () => {
  const state = reduce(reduce(START, { type: "report", report: WELL }), {
    type: "trouble",
    trouble: { message: "refused", since: NOON },
  });
  assertStrictEquals(shownReport(state), WELL);
});

Deno.test("while paused, the screen stays and reports are still recorded", () => {
  const paused = press(reduce(START, { type: "report", report: WELL }), "pause");
  const state = reduce(paused, { type: "report", report: later });
  assertStrictEquals(shownReport(state), WELL);
  assertEquals([...state.seen.values()].map((samples) => samples.map(({ seconds }) => seconds)), [[0, 9]]);
  assertStrictEquals(shownReport(press(state, "pause")), later);
});

Deno.test("paused before the first report, the first one is shown", () => {
  assertStrictEquals(shownReport(reduce(press(START, "pause"), { type: "report", report: WELL })), WELL);
});

Deno.test("Ctrl-L does not change the state", () => assertStrictEquals(press(START, "redraw"), START));
