import { assert, assertEquals, assertLess } from "@std/assert";
import { systemClock } from "../../../src/domain/clock.ts";
import { DEFAULT_HTTP_LIMITS } from "../../../src/web/http1/limits.ts";
import { HttpServer } from "../../../src/web/http1/server.ts";
import { TEXT } from "../fakes.ts";
import { connect, eventually, exchange, receive, send } from "../raw_client.ts";

const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
/** Before 2.9 closing a socket does not end a write that waits on it: the descriptor stays until the client goes. */
const CLOSE_ENDS_WRITES = major > 2 || minor >= 9;

Deno.test("HttpServer gives up on a client that does not read, and frees its place", async () => {
  const body = new Uint8Array(32 * 1024 * 1024);
  const server = new HttpServer({
    app: () => Promise.resolve(new Response(body, { headers: { "content-length": String(body.length) } })),
    clock: systemClock,
    limits: { ...DEFAULT_HTTP_LIMITS, writeSeconds: 0.2, sweepSeconds: 0.02 },
  });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  server.serve(listener);
  const connection = await connect(listener.addr.port);
  try {
    await send(connection, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await eventually(() => server.connections === 1, { what: "the connection is served" });
    await eventually(() => server.connections === 0, { what: "the connection is given up" });
    if (CLOSE_ENDS_WRITES) {
      const got = await receive(connection);
      assertLess(got.length, body.length);
    }
  } finally {
    connection.close();
    await server.close({ graceSeconds: 0 });
  }
});

Deno.test({
  name: "HttpServer goes on after the process ran out of descriptors",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const program = new URL("./serve_fixture.ts", import.meta.url).pathname;
    const child = new Deno.Command("sh", {
      args: ["-c", 'ulimit -n 128; exec "$0" run --no-prompt --allow-net "$1"', Deno.execPath(), program],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const held: Deno.TcpConn[] = [];
    try {
      const reader = child.stdout.getReader();
      const port = Number(new TextDecoder().decode((await reader.read()).value));
      assert(port > 0);
      for (let count = 0; count < 300; count++) {
        const connection = await connect(port);
        held.push(connection);
        await send(connection, "GET /metrics HTTP/1.1\r\n");
      }
      const scrape = "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
      for (let count = 0; count < 5; count++) assert((await exchange(port, scrape)).text.endsWith(TEXT));
      for (const connection of held.splice(0)) connection.close();
      assertEquals((await exchange(port, scrape)).status, 200);
      await reader.cancel();
    } finally {
      for (const connection of held) connection.close();
      await child.stdin.close();
      await child.status;
    }
    assertEquals((await child.status).code, 0);
  },
});
