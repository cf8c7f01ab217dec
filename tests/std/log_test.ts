import { assertEquals, assertThrows } from "@std/assert";
import { BaseHandler, getLogger, LogLevels, type LogRecord, setup } from "@std/log";

/** Keeps the lines. */
class MemoryHandler extends BaseHandler {
  readonly lines: string[] = [];
  readonly events: string[] = [];

  override log(msg: string): void {
    this.lines.push(msg);
  }

  override setup(): void {
    this.events.push("setup");
  }

  override destroy(): void {
    this.events.push("destroy");
  }
}

function formatForTest(record: LogRecord): string {
  return `${record.loggerName} ${record.levelName} ${record.msg} ${JSON.stringify(record.args)}`;
}

Deno.test("getLogger() passes records of sufficient level to the handlers of setup()", () => {
  const memory = new MemoryHandler("DEBUG", { formatter: formatForTest });
  setup({ handlers: { memory }, loggers: { test: { level: "WARN", handlers: ["memory"] } } });
  const logger = getLogger("test");
  assertEquals(logger.info("a"), "a");
  logger.warn("b", { server: "primary" });
  logger.error("c");
  assertEquals(memory.lines, ['test WARN b [{"server":"primary"}]', "test ERROR c []"]);
});

Deno.test("BaseHandler drops records below its own level", () => {
  const memory = new MemoryHandler("ERROR");
  setup({ handlers: { memory }, loggers: { test: { level: "DEBUG", handlers: ["memory"] } } });
  getLogger("test").warn("a");
  getLogger("test").critical("b");
  assertEquals(memory.lines, ["CRITICAL b"]);
  assertEquals(memory.level, LogLevels.ERROR);
});

Deno.test("setup() destroys the handlers it replaces", () => {
  const first = new MemoryHandler("INFO");
  setup({ handlers: { first } });
  setup({});
  assertEquals(first.events, ["setup", "destroy"]);
});

Deno.test("getLogger() of an unknown name writes nothing", () => {
  assertEquals(getLogger("never set up").error("lost"), "lost");
  assertEquals(getLogger("never set up").handlers, []);
});

Deno.test("levels have the numbers of the real package", () => {
  assertEquals(LogLevels, { NOTSET: 0, DEBUG: 10, INFO: 20, WARN: 30, ERROR: 40, CRITICAL: 50 });
  assertThrows(() => {
    // @ts-expect-error: not a level
    new MemoryHandler("LOUD");
  });
});
