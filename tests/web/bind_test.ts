import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createServer } from "node:http";
import { addressOf, bindTo, codeOf } from "../../src/web/bind.ts";

Deno.test("bindTo() binds, and tells by its code why it cannot", async () => {
  const [server, second] = [createServer(), createServer()];
  assertThrows(() => addressOf(server), TypeError, "does not listen");
  await bindTo(server, { hostname: "127.0.0.1", port: 0 });
  try {
    const address = addressOf(server);
    assertEquals([address.hostname, address.port > 0], ["127.0.0.1", true]);
    const error = await assertRejects(() => bindTo(second, address), Error);
    assertEquals(codeOf(error), "EADDRINUSE");
    assertEquals(codeOf("no error"), "");
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
