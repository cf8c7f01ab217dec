import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { watchScreen } from "../../../src/cli/watch/watch_screen.ts";
import type { Report } from "../../../src/report/model.ts";
import { COLORS } from "../../../src/report/styled_text/palette.ts";
import { UNICODE_GLYPHS } from "../../../src/report/styled_text/line.ts";
import { FakeClock, settle } from "../../fixtures/fake_clock.ts";
import { FakeDevice } from "../../fixtures/fake_device.ts";
import { cluster, NOON, report, standby, TROUBLED } from "../../report/terminal/reports.ts";

function start(
  read: () => Promise<Report> = () => Promise.resolve(TROUBLED),
  { count = null, device = new FakeDevice() }: {
    readonly count?: number | null;
    readonly device?: FakeDevice;
  } = {},
) {
  const clock = new FakeClock({ wall: NOON });
  const stop = new AbortController();
  const signals = new Map<string, () => void>();
  const source = { name: "http://db1:9188", read, close: () => Promise.resolve() };
  const done = watchScreen(source, {
    device,
    clock,
    onSignal: (name, handler) => {
      signals.set(name, handler);
      return () => signals.delete(name);
    },
    palette: COLORS,
    glyphs: UNICODE_GLYPHS,
    sort: "lag",
    intervalSeconds: 1,
    count,
    signal: stop.signal,
  });
  return { clock, stop, signals, device, screen: device.screen, done };
}

function assertGivenBack(device: FakeDevice): void {
  const { isAlternate, isCursorVisible, isWrapping } = device.screen;
  assertEquals([device.isRaw, isAlternate, isCursorVisible, isWrapping], [false, false, true, true]);
  assertEquals(device.writes.at(-1)?.endsWith("\x1b[?25h\x1b[?1049l"), true);
}

for (const [how, end] of [["q", "q"], ["Ctrl-C", "\x03"], ["a hang-up", null]] as const) {
  Deno.test(`watchScreen() ends with ${how} and restores the terminal`, async () => {
    const { device, done, clock, screen, signals } = start();
    await settle();
    assertStringIncludes(screen.text, "CRITICAL  2 of 3 standbys need attention");
    device.type(end);
    assertEquals(await done, true);
    assertGivenBack(device);
    assertEquals([clock.sleeping, signals.size], [0, 0]);
  });
}

Deno.test("watchScreen() ends with the signal", async () => {
  const { device, done, stop, clock } = start();
  await settle();
  stop.abort("stopped");
  await done;
  assertGivenBack(device);
  assertEquals(clock.sleeping, 0);
});

Deno.test("watchScreen() ends when the terminal has closed", async () => {
  const { device, done, clock } = start();
  await settle();
  device.isThere = false;
  await clock.advance(1);
  await done;
  assertEquals(device.isRaw, false);
});

Deno.test("watchScreen() restores the terminal before it throws", async () => {
  const device = new FakeDevice();
  let isRead = false;
  device.size = () => {
    if (isRead) throw new Error("a defect");
    return { columns: 80, rows: 24 };
  };
  const { done } = start(() => {
    isRead = true;
    return Promise.resolve(TROUBLED);
  }, { device });
  await assertRejects(() => done, Error, "a defect");
  assertGivenBack(device);
});

Deno.test("watchScreen() ends after --count reports", async () => {
  const { clock, done, device } = start(undefined, { count: 2 });
  await settle();
  await clock.advance(1);
  assertEquals(await done, true);
  assertGivenBack(device);
});

Deno.test("watchScreen() obeys keys", async () => {
  const { device, done, screen } = start();
  await settle();
  assertStringIncludes(screen.text, "s sort: lag");
  for (
    const [keys, shown] of [["s", "s sort: name"], ["r", "r reversed"], ["p", "PAUSED"], ["?", "KEYS"], [
      "\x1b",
      "STANDBY",
    ]] as const
  ) {
    device.type(keys);
    await settle();
    assertStringIncludes(screen.text, shown);
  }
  device.type("pq");
  await done;
});

Deno.test("watchScreen() dims the last report while the exporter is unreachable, and recovers", async () => {
  let isAway = false;
  const { clock, device, done, screen } = start(() =>
    isAway ? Promise.reject(new Error("connection refused")) : Promise.resolve(TROUBLED)
  );
  await settle();
  isAway = true;
  await clock.advance(3);
  assertStringIncludes(
    screen.lines[1] ?? "",
    "NO RESPONSE since 12:00:00 UTC (3.0s) from http://db1:9188: connection",
  );
  assertStringIncludes(screen.lines[0] ?? "", "UNKNOWN  Last known: 2 of 3");
  assertEquals(screen.attributesOf("standby2"), "2");
  isAway = false;
  await clock.advance(1);
  assertEquals([screen.text.includes("NO RESPONSE"), screen.attributesOf("standby2")], [false, "1"]);
  device.type("q");
  await done;
});

Deno.test("watchScreen() updates the clock with one write a second", async () => {
  const never = () => new Promise<Report>(() => {});
  const { clock, device, done, screen } = start(never);
  await settle();
  const writes = device.writes.length;
  await clock.advance(1);
  assertStringIncludes(screen.lines[0] ?? "", "12:00:01 UTC");
  assertStringIncludes(screen.text, "Waiting for the first report from http://db1:9188");
  assertEquals(device.writes.length, writes + 1);
  device.type("q");
  assertEquals(await done, false);
});

Deno.test("watchScreen() follows the size of the terminal", async () => {
  const rows = Array.from({ length: 40 }, (_, index) => standby(`standby${index + 1}`));
  const { signals, device, done, screen } = start(() => Promise.resolve(report([cluster(rows)])));
  await settle();
  assertStringIncludes(screen.text, "1-20 of 40");
  device.resize(40, 10);
  signals.get("SIGWINCH")?.();
  assertStringIncludes(screen.text, "1-6 of 40");
  assertEquals(screen.overflows, 0);
  device.type("j\x1b[B");
  await settle();
  assertStringIncludes(screen.text, "3-8 of 40");
  device.type("q");
  await done;
});

Deno.test("watchScreen() redraws with Ctrl-L", async () => {
  const { device, done, screen } = start();
  await settle();
  const clears = screen.clears;
  device.isRaw = false;
  device.type("\x0c");
  await settle();
  assertEquals([device.isRaw, screen.clears > clears], [true, true]);
  device.type("q");
  await done;
});

Deno.test("watchScreen() without keys ends with the signal", async () => {
  const device = new FakeDevice();
  device.isInput = false;
  const { done, stop } = start(undefined, { device });
  await settle();
  stop.abort();
  await done;
  assertEquals(device.screen.isAlternate, false);
});
