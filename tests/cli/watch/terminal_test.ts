import { assertEquals } from "@std/assert";
import { TerminalScreen } from "../../../src/cli/watch/terminal.ts";
import { COLORS } from "../../../src/report/styled_text/palette.ts";
import { span } from "../../../src/report/styled_text/line.ts";
import { FakeDevice } from "../../fixtures/fake_device.ts";

const states = ({ isRaw, listening, screen }: FakeDevice) => ({
  isRaw,
  listening,
  isAlternate: screen.isAlternate,
  isCursorVisible: screen.isCursorVisible,
  isWrapping: screen.isWrapping,
});
const TAKEN = { isRaw: true, listening: 1, isAlternate: true, isCursorVisible: false, isWrapping: false };
const GIVEN_BACK = {
  isRaw: false,
  listening: 0,
  isAlternate: false,
  isCursorVisible: true,
  isWrapping: true,
};

Deno.test("TerminalScreen takes over the terminal and restores it", () => {
  const device = new FakeDevice();
  {
    using _screen = new TerminalScreen(device, COLORS);
    assertEquals(states(device), TAKEN);
  }
  assertEquals(states(device), GIVEN_BACK);
});

Deno.test("TerminalScreen restores the terminal once after an uncaught error", () => {
  const device = new FakeDevice();
  const screen = new TerminalScreen(device, COLORS);
  device.crash();
  assertEquals(states(device), GIVEN_BACK);
  const writes = device.writes.length;
  screen[Symbol.dispose]();
  assertEquals([device.writes.length, screen.draw([[span("late")]])], [writes, false]);
});

Deno.test("TerminalScreen ends raw mode even when writing fails", () => {
  const device = new FakeDevice();
  const screen = new TerminalScreen(device, COLORS);
  device.isThere = false;
  assertEquals(screen.draw([[span("x")]]), false);
  screen[Symbol.dispose]();
  assertEquals(device.isRaw, false);
});

Deno.test("TerminalScreen writes once per draw, and nothing without changes", () => {
  const device = new FakeDevice();
  using screen = new TerminalScreen(device, COLORS);
  const before = device.writes.length;
  screen.draw([[span("one")], [span("two", "critical")]]);
  screen.draw([[span("one")], [span("two", "critical")]]);
  assertEquals(device.writes.length, before + 1);
  screen.draw([[span("one")], [span("2")]]);
  assertEquals(device.writes.at(-1), "\x1b[2;1H\x1b[2K2");
  assertEquals(device.screen.lines.slice(0, 2), ["one", "2"]);
});

Deno.test("TerminalScreen redraws everything after forget(), and takes over the terminal again with retake()", () => {
  const device = new FakeDevice();
  using screen = new TerminalScreen(device, COLORS);
  screen.draw([[span("one")]]);
  screen.forget();
  screen.draw([[span("one")]]);
  assertEquals(device.writes.at(-1), "\x1b[0m\x1b[2J\x1b[1;1Hone");
  device.isRaw = false;
  screen.retake();
  assertEquals(device.isRaw, true);
});

Deno.test("TerminalScreen does not touch standard input that is not a terminal", () => {
  const device = new FakeDevice();
  device.isInput = false;
  using _screen = new TerminalScreen(device, COLORS);
  assertEquals(device.isRaw, false);
});
