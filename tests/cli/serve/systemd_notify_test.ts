import { assertEquals, assertRejects } from "@std/assert";
import {
  monotonicMicrosecondsOf,
  openNotifySocket,
  SystemdNotify,
  watchdogSecondsOf,
} from "../../../src/cli/serve/systemd_notify.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";
import { FakeLogger } from "../../fixtures/fake_logger.ts";

function notifyWith(
  options: { readonly send?: (text: string) => Promise<void>; readonly isLive?: () => boolean } = {},
) {
  const sent: string[] = [];
  const clock = new FakeClock();
  const logger = new FakeLogger();
  const send = options.send ?? ((text: string) => Promise.resolve(void sent.push(text)));
  const notify = new SystemdNotify({
    socket: { send, close: () => Promise.resolve() },
    watchdogSeconds: 30,
    isLive: options.isLive ?? (() => true),
    monotonicMicroseconds: () => 123,
    clock,
    logger,
  });
  return { notify, sent, clock, logger };
}

Deno.test("SystemdNotify sends messages as in sd_notify(3)", async () => {
  const { notify, sent } = notifyWith();
  await notify.ready("Watching\n2 servers");
  await notify.reloading();
  await notify.status("x");
  await notify.stopping();
  assertEquals(sent, [
    "READY=1\nSTATUS=Watching 2 servers",
    "RELOADING=1\nMONOTONIC_USEC=123",
    "STATUS=x",
    "STOPPING=1\nSTATUS=Stopping",
  ]);
});

Deno.test("SystemdNotify sends watchdog keep-alives only while everything is running", async () => {
  let isLive = true;
  const { notify, sent, clock, logger } = notifyWith({ isLive: () => isLive });
  const end = new AbortController();
  const keeping = notify.keepAlive(end.signal);
  for (let second = 0; second < 31; second++) await clock.advance(1);
  assertEquals(sent, ["WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]);
  isLive = false;
  for (let second = 0; second < 60; second++) await clock.advance(1);
  assertEquals(sent.length, 3);
  assertEquals(logger.lines.map(({ level }) => level), ["error"]);
  isLive = true;
  for (let second = 0; second < 15; second++) await clock.advance(1);
  assertEquals(sent.length, 4);
  end.abort();
  await keeping;
});

Deno.test("SystemdNotify logs only its first failure", async () => {
  const { notify, logger } = notifyWith({ send: () => Promise.reject(new Error("gone")) });
  await notify.ready("a");
  await notify.stopping();
  assertEquals(logger.lines.map(({ level, fields }) => [level, fields["error"]]), [["warn", "gone"]]);
});

Deno.test("monotonicMicrosecondsOf() is never in the past", () => {
  assertEquals([1234, 1234.99].map(monotonicMicrosecondsOf), [1_235_000_000, 1_235_000_000]);
});

Deno.test("watchdogSecondsOf() ignores a watchdog for another process", () => {
  assertEquals(watchdogSecondsOf("30000000", { forPid: "7", pid: 7 }), 30);
  assertEquals(watchdogSecondsOf("30000000", { forPid: undefined, pid: 7 }), 30);
  assertEquals(watchdogSecondsOf("30000000", { forPid: "8", pid: 7 }), null);
  assertEquals(watchdogSecondsOf(undefined, { forPid: undefined, pid: 7 }), null);
  assertEquals(watchdogSecondsOf("0", { forPid: undefined, pid: 7 }), null);
});

Deno.test({
  name: "openNotifySocket() needs a directory for its own end",
  ignore: Deno.build.os === "windows",
}, async () => {
  await assertRejects(() => openNotifySocket("/nowhere", ["/nonexistent"]), Deno.errors.NotFound);
});
