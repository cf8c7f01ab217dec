import { assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { Secret } from "../../src/config/secret.ts";
import { createLogger, type LogOptions, switchableLogger } from "../../src/cli/log.ts";
import type { Logger } from "../../src/domain/log.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";
import { FakeLogger } from "../fixtures/fake_logger.ts";
import { ANY_CHARACTER } from "../fixtures/any_character.ts";

function loggerOf(options: Partial<LogOptions> = {}): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const logger = createLogger({
    level: "info",
    format: "logfmt",
    clock: new FakeClock({ wall: 1_750_000_000.25 }),
    write: (line) => void lines.push(line),
    ...options,
  });
  return { logger, lines };
}

Deno.test("createLogger() writes logfmt as Prometheus does", () => {
  const { logger, lines } = loggerOf();
  logger.info("Watching server", { server: "db 1", port: 5432, up: true, lag: null, empty: "", eq: "a=b" });
  logger.warn("Lost server");
  assertEquals(lines, [
    'time=2025-06-15T15:06:40.250Z level=INFO msg="Watching server" server="db 1" port=5432 up=true lag=null empty="" eq="a=b"\n',
    'time=2025-06-15T15:06:40.250Z level=WARN msg="Lost server"\n',
  ]);
});

Deno.test("createLogger() writes JSON lines", () => {
  const { logger, lines } = loggerOf({ format: "json" });
  logger.error("Lost server", { server: "db1", lag_seconds: 1.5, role: null });
  assertEquals(lines.map((line) => JSON.parse(line)), [{
    time: "2025-06-15T15:06:40.250Z",
    level: "ERROR",
    msg: "Lost server",
    server: "db1",
    lag_seconds: 1.5,
    role: null,
  }]);
});

Deno.test("createLogger() drops messages below its level", () => {
  for (const [level, count] of [["debug", 4], ["info", 3], ["warn", 2], ["error", 1]] as const) {
    const { logger, lines } = loggerOf({ level });
    logger.debug("a");
    logger.info("b");
    logger.warn("c");
    logger.error("d");
    assertEquals(lines.length, count, level);
  }
});

Deno.test("createLogger() never writes a secret, even one that the types missed", () => {
  for (const format of ["logfmt", "json"] as const) {
    const { logger, lines } = loggerOf({ format });
    const fields = { password: new Secret("hunter2"), nested: { password: new Secret("hunter2") } };
    // @ts-expect-error: a secret is not a field
    logger.info("Connecting", fields);
    assertStringIncludes(lines.join(), "***");
    assertFalse(lines.join().includes("hunter2"));
  }
});

Deno.test("createLogger() renames fields with reserved keys", () => {
  const { logger, lines } = loggerOf();
  logger.info("a", { level: "x", msg: "y", "bad key=": 1 });
  assertStringIncludes(lines.join(), 'level=INFO msg="a" field_level=x field_msg=y bad_key_=1');
});

Deno.test("createLogger() writes one line per message, whatever text a server sends", () => {
  fc.assert(
    fc.property(fc.string({ unit: ANY_CHARACTER }), fc.string({ unit: ANY_CHARACTER }), (message, value) => {
      const logfmt = loggerOf();
      logfmt.logger.info(message, { value });
      assertEquals(logfmt.lines.length, 1);
      assertMatch(logfmt.lines[0] ?? "", /^time=\S+ level=INFO msg="[^\p{Cc}\u2028\u2029]*\n$/u);
      const json = loggerOf({ format: "json" });
      json.logger.info(message, { value });
      const parsed = JSON.parse(json.lines[0] ?? "");
      assertEquals([parsed.msg, parsed.value], [message, value]);
      assertFalse((json.lines[0] ?? "").slice(0, -1).includes("\n"));
    }),
  );
});

Deno.test("switchableLogger() passes everything to the logger in use", () => {
  const [first, second] = [new FakeLogger(), new FakeLogger()];
  const logger = switchableLogger(first);
  logger.info("a", { x: 1 });
  logger.use(second);
  for (const level of ["debug", "info", "warn", "error"] as const) logger[level](level);
  assertEquals(first.lines, [{ level: "info", message: "a", fields: { x: 1 } }]);
  assertEquals(second.lines.map(({ level }) => level), ["debug", "info", "warn", "error"]);
});
