import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import type { Report } from "../../../src/report/model.ts";
import { displayWidth } from "../../../src/report/styled_text/display_width.ts";
import type { WatchKey } from "../../../src/report/terminal/keys.ts";
import { drawScreen, type ScreenSize } from "../../../src/report/terminal/layout.ts";
import { ASCII_GLYPHS, UNICODE_GLYPHS } from "../../../src/report/styled_text/line.ts";
import { SORT_KEYS } from "../../../src/report/terminal/rows.ts";
import { initialState, reduce, type WatchState } from "../../../src/report/terminal/state.ts";
import {
  cluster,
  event,
  finding,
  HOSTILE_NAMES,
  NOON,
  pausedStandby,
  report,
  slot,
  standby,
  TROUBLED,
  unreachedServer,
  WELL,
  withoutPrimary,
} from "./reports.ts";
import { ANY_CHARACTER } from "../../fixtures/any_character.ts";

const USUAL: ScreenSize = { columns: 80, rows: 24 };
const SMALL: ScreenSize = { columns: 40, rows: 10 };
const LARGE: ScreenSize = { columns: 200, rows: 50 };

const START = initialState("3 servers", "lag");
const showing = (shown: Report): WatchState => reduce(START, { type: "report", report: shown });
const troubled = (state: WatchState): WatchState =>
  reduce(state, {
    type: "trouble",
    trouble: { message: "connection refused: check that the exporter runs", since: NOON - 8 },
  });
const press = (state: WatchState, ...keys: readonly WatchKey[]) =>
  keys.reduce(
    (before, key) => reduce(before, { type: "key", key, limits: { maxScroll: 99, pageRows: 5 } }),
    state,
  );
const draw = (state: WatchState, size = USUAL) =>
  drawScreen(state, { size, now: NOON + 1, glyphs: UNICODE_GLYPHS });
const textOf = (state: WatchState, size = USUAL) =>
  draw(state, size).lines.map((line) => line.map(({ text }) => text).join("").trimEnd()).join("\n");

const MANY = report([
  cluster(
    Array.from({ length: 30 }, (_, index) => standby(`standby${index + 1}`, { lag_seconds: 30 - index })),
  ),
]);

/** Compares with a golden file; `deno test -A … -- --update` rewrites it. */
async function assertGolden(name: string, text: string): Promise<void> {
  const file = new URL(`golden/${name}.txt`, import.meta.url);
  if (Deno.args.includes("--update")) await Deno.writeTextFile(file, `${text}\n`);
  assertEquals(`${text}\n`, await Deno.readTextFile(file));
}

for (
  const [name, state, size] of [
    ["well_80x24", showing(WELL), USUAL],
    ["troubled_80x24", showing(TROUBLED), USUAL],
    ["troubled_40x10", showing(TROUBLED), SMALL],
    ["troubled_200x50", showing(TROUBLED), LARGE],
    ["help_80x24", press(showing(WELL), "help"), USUAL],
    ["help_40x10", press(showing(WELL), "help"), SMALL],
    ["lost_exporter_80x24", troubled(showing(TROUBLED)), USUAL],
    ["lost_exporter_40x10", troubled(showing(TROUBLED)), SMALL],
    ["no_report_yet_80x24", troubled(START), USUAL],
    ["waiting_40x10", START, SMALL],
    ["paused_80x24", press(showing(WELL), "pause"), USUAL],
    ["many_80x24", press(showing(MANY), "page_down"), USUAL],
    ["many_40x10", press(showing(MANY), "last"), SMALL],
    [
      "no_primary_80x24",
      showing(report([withoutPrimary([standby("standby")])], {
        unassigned_servers: [unreachedServer("standby2")],
        status: "critical",
        headline: "The primary is down",
      })),
      USUAL,
    ],
  ] as const
) {
  Deno.test(`drawScreen() ${name}`, () => assertGolden(name, textOf(state, size)));
}

Deno.test("drawScreen() dims the last screen while the source does not respond, and says so", () => {
  const { lines } = draw(troubled(showing(WELL)));
  assertEquals(lines.slice(2, -1).flat().filter(({ style }) => style !== "quiet"), []);
  assertStringIncludes(
    textOf(troubled(showing(WELL))),
    "NO RESPONSE since 11:59:52 UTC (9.0s) from 3 servers: ",
  );
  assert(!textOf(troubled(showing(WELL))).includes("HEALTHY"), "unknown is not healthy");
});

Deno.test("drawScreen() styles the report's status and reasons", () => {
  const styled = draw(showing(TROUBLED)).lines.flat();
  const styles = (text: string) => styled.find((span) => span.text.includes(text))?.style;
  assertEquals(["CRITICAL", " lost", " paused", " streaming"].map(styles), [
    "critical",
    "critical",
    "warning",
    "good",
  ]);
});

Deno.test("drawScreen() reverses rows", () => {
  const names = (state: WatchState) =>
    [...textOf(state).matchAll(/ (\w+) +primary +(lost|paused|streaming)/g)].map(([, name]) => name);
  const worstFirst = names(showing(TROUBLED));
  assertEquals(worstFirst, ["standby2", "standby", "standby3"]);
  assertEquals(names(press(showing(TROUBLED), "reverse")), worstFirst.toReversed());
  assertEquals(names(press(showing(TROUBLED), "sort")), ["standby", "standby2", "standby3"]);
});

Deno.test("drawScreen() returns how far it scrolls", () => {
  assertEquals(draw(showing(WELL)).maxScroll, 0);
  const { maxScroll, pageRows } = draw(showing(MANY));
  assertEquals(maxScroll + pageRows, 30);
  assertEquals(textOf(press(showing(MANY), "last")).includes("standby30 "), true);
});

Deno.test("drawScreen() with a report that has no standby and no cluster", () => {
  assertStringIncludes(textOf(showing(report([]))), "no standby known");
});

Deno.test("drawScreen() stays within its size, and replaces hostile characters", () => {
  const name = fc.oneof(
    fc.constantFrom(...HOSTILE_NAMES),
    fc.string({ unit: ANY_CHARACTER }),
    fc.constant("x".repeat(300)),
  );
  const number = fc.option(fc.oneof(fc.double(), fc.constantFrom(0, 1e15, -5, 192.3)));
  const standbys = fc.array(fc.record({ name, number, text: name }), { maxLength: 12 }).map((list) =>
    list.map(({ name, number, text }, index) =>
      index % 2 === 0
        ? { ...pausedStandby(name), lag_seconds: number, upstream: text, status_reasons: [text] }
        : standby(name, {
          lag_bytes: number,
          catch_up_seconds: number,
          replay_bytes_per_second: number,
          sync_state: text,
        })
    )
  );
  const reports = fc.record({ standbys, name, headline: name, at: fc.constantFrom(NOON, 0, 1e300, NaN) }).map(
    ({ standbys, name, headline, at }) => ({
      ...report([
        cluster(standbys, { name, slots: [slot(name)], primaries: [name, name] }),
        withoutPrimary(standbys),
        cluster([], { primary: null, name, synchronous: null }),
      ], {
        headline,
        findings: [finding(name, { summary: headline, server: name, subject: headline })],
        events: [event(5, { server: name, message: headline }), event(NaN)],
        unassigned_servers: [unreachedServer(name)],
      }),
      timestamp_unix_seconds: at,
    }),
  );
  const states = fc.record({
    shown: reports,
    source: name,
    isHelp: fc.boolean(),
    isPaused: fc.boolean(),
    isLost: fc.boolean(),
    scroll: fc.nat({ max: 40 }),
    sort: fc.constantFrom(...SORT_KEYS),
  }).map(({ shown, source, isHelp, isPaused, isLost, scroll, sort }): WatchState => ({
    ...reduce(initialState(source, sort), { type: "report", report: shown }),
    isHelp,
    isPaused,
    scroll,
    trouble: isLost ? { message: source, since: NOON } : null,
  }));
  const glyphs = fc.constantFrom(UNICODE_GLYPHS, ASCII_GLYPHS);
  const sizes = fc.record({
    columns: fc.integer({ min: 1, max: 220 }),
    rows: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(states, sizes, glyphs, (state, size, glyphs) => {
      const { lines } = drawScreen(state, { size, now: NOON, glyphs });
      assertEquals(lines.length, size.rows);
      for (const line of lines) {
        const text = line.map((span) => span.text).join("");
        assert(displayWidth(text) <= size.columns, `${displayWidth(text)} > ${size.columns}: ${text}`);
        assert(!/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text), JSON.stringify(text));
      }
    }),
    { numRuns: 300 },
  );
});
