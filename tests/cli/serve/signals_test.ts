import { assertEquals } from "@std/assert";
import type { CommandContext, SignalName } from "../../../src/cli/context.ts";
import { listenToSignals } from "../../../src/cli/serve/signals.ts";
import { systemClock } from "../../../src/domain/clock.ts";
import { FakeLogger } from "../../fixtures/fake_logger.ts";

function listening() {
  const handlers = new Map<SignalName, () => void>();
  const nothing = () => Promise.reject(new Error("Not here"));
  const context: CommandContext = {
    environment: () => undefined,
    writeStdout: () => {},
    writeStderr: () => {},
    useColor: false,
    clock: systemClock,
    readTextFile: nothing,
    stateFiles: { read: nothing, write: nothing, rename: nothing },
    onSignal: (name, handler) => {
      handlers.set(name, handler);
      return () => void handlers.delete(name);
    },
  };
  const signals = listenToSignals({ context, logger: new FakeLogger() });
  return { signals, handlers, send: (name: SignalName) => handlers.get(name)?.() };
}

Deno.test("listenToSignals(): the first signal stops, the second stops immediately", async () => {
  const { signals, send, handlers } = listening();
  assertEquals(signals.first.aborted, false);
  send("SIGTERM");
  assertEquals(signals.first.aborted, true);
  signals.end("management");
  await signals.second;
  signals.release();
  assertEquals(handlers.size, 0);
});

Deno.test("listenToSignals(): an early SIGHUP is kept, one during shutdown is ignored", () => {
  const { signals, send } = listening();
  let reloads = 0;
  send("SIGHUP");
  signals.onReload(() => reloads++);
  assertEquals(reloads, 1);
  send("SIGHUP");
  assertEquals(reloads, 2);
  send("SIGINT");
  send("SIGHUP");
  assertEquals(reloads, 2);
});
