import { assertEquals } from "@std/assert";
import { switchableLogger } from "../../../src/cli/serve/switchable_logger.ts";
import { FakeLogger } from "../../fixtures/fake_logger.ts";

Deno.test("switchableLogger() hands everything on to the one in use", () => {
  const [first, second] = [new FakeLogger(), new FakeLogger()];
  const logger = switchableLogger(first);
  logger.info("a", { x: 1 });
  logger.use(second);
  for (const level of ["debug", "info", "warn", "error"] as const) logger[level](level);
  assertEquals(first.lines, [{ level: "info", message: "a", fields: { x: 1 } }]);
  assertEquals(second.lines.map(({ level }) => level), ["debug", "info", "warn", "error"]);
});
