import { assertEquals, assertRejects } from "@std/assert";
import type { Invocation } from "../../../src/cli/command.ts";
import type { CommandContext, SignalName } from "../../../src/cli/context.ts";
import { lookOnce, readSampleSeconds, textOptionsOf } from "../../../src/cli/look/look_once.ts";
import { processContext } from "../../../src/cli/process_context.ts";
import { EMPTY_VIEW } from "../../fixtures/empty_view.ts";

/** A process whose signals the test sends, and its standard error. */
function around(options: { readonly isTerminal: boolean }) {
  const handlers = new Map<SignalName, () => void>();
  const written: string[] = [];
  const context: CommandContext = {
    ...processContext,
    terminal: {
      isOutput: options.isTerminal,
      useOutputColor: options.isTerminal,
      isError: options.isTerminal,
      columns: () => 72,
    },
    writeStderr: (text) => void written.push(text),
    onSignal: (name, handler) => {
      handlers.set(name, handler);
      return () => void handlers.delete(name);
    },
  };
  const invocation: Invocation = {
    context,
    operands: [],
    collectors: [],
    flags: [],
    commands: [],
    option: () => undefined,
    isOn: () => false,
    readConfig: () => Promise.reject(new Error("No configuration")),
    readConfiguration: () => Promise.reject(new Error("No configuration")),
    createLogger: () => ({ debug() {}, info() {}, warn() {}, error() {} }),
  };
  return { invocation, handlers, written };
}

Deno.test("lookOnce() shows progress on a terminal and clears it", async () => {
  const { invocation, written, handlers } = around({ isTerminal: true });
  const found = await lookOnce(invocation, {
    sampleSeconds: 3,
    look: ({ onProgress }) => {
      onProgress({ seconds: 0.2, view: null });
      onProgress({ seconds: 1.4, view: EMPTY_VIEW });
      return Promise.resolve(42);
    },
  });
  assertEquals([found, handlers.size], [42, 0]);
  assertEquals(written, [
    "\r\x1b[KQuerying all servers (0 s)",
    "\r\x1b[KSampling positions for 3 s, for an accurate lag (1 s)",
    "\r\x1b[K",
  ]);
});

Deno.test("lookOnce() shows no progress without a terminal", async () => {
  const { invocation, written } = around({ isTerminal: false });
  await lookOnce(invocation, {
    sampleSeconds: 3,
    look: ({ onProgress }) => Promise.resolve(onProgress({ seconds: 1, view: null })),
  });
  assertEquals(written, []);
});

Deno.test("lookOnce() returns null after a signal, and throws other errors", async () => {
  const { invocation, handlers } = around({ isTerminal: false });
  const ended = await lookOnce(invocation, {
    sampleSeconds: 3,
    look: ({ signal }) => {
      handlers.get("SIGTERM")?.();
      signal.throwIfAborted();
      return Promise.resolve(1);
    },
  });
  assertEquals([ended, handlers.size], [null, 0]);
  await assertRejects(
    () => lookOnce(invocation, { sampleSeconds: 3, look: () => Promise.reject(new TypeError("It broke")) }),
    TypeError,
    "It broke",
  );
  assertEquals(handlers.size, 0);
});

Deno.test("readSampleSeconds() has a default, and reports problems", () => {
  const of = (text: string | undefined) => {
    const problems: string[] = [];
    return [readSampleSeconds({ option: () => text }, problems), problems.length];
  };
  assertEquals([of(undefined), of("10s"), of("2h"), of("soon")], [[3, 0], [10, 0], [3, 1], [3, 1]]);
});

Deno.test("textOptionsOf() uses width and color of the terminal, if there is one, and cuts lists without --all", () => {
  const of = (isTerminal: boolean, isAll: boolean) => {
    const { invocation: { context } } = around({ isTerminal });
    return textOptionsOf({ context, isOn: () => isAll });
  };
  assertEquals([of(true, true), of(false, false)], [{ width: 72, color: true }, {
    width: 100,
    color: false,
    most: 30,
  }]);
});
