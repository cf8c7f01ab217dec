import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createServer } from "node:http";
import { bindErrorCode, bindTo, listenAddressOf } from "../../src/web/bind.ts";

Deno.test("bindTo() binds, or fails with the system's code", async () => {
  const [server, second] = [createServer(), createServer()];
  assertThrows(() => listenAddressOf(server), TypeError, "does not listen");
  await bindTo(server, { hostname: "127.0.0.1", port: 0 });
  try {
    const address = listenAddressOf(server);
    assertEquals([address.hostname, address.port > 0], ["127.0.0.1", true]);
    const error = await assertRejects(() => bindTo(second, address), Error);
    assertEquals(bindErrorCode(error), "EADDRINUSE");
    assertEquals(bindErrorCode("no error"), "");
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
