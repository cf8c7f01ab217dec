import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../src/domain/clock.ts";
import { watchAccepting } from "../../src/web/accept_watch.ts";
import { bindTo, listenAddressOf } from "../../src/web/bind.ts";
import { createNodeServer, DEFAULT_HTTP_LIMITS } from "../../src/web/node_server.ts";
import { needingLimits } from "./deno_version.ts";
import { appWith, fakeScraper, TEXT } from "./fakes.ts";
import { connect, eventually, exchange, send } from "./raw_client.ts";

const SCRAPE = "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

Deno.test({
  ...needingLimits(
    "watchAccepting() makes a server serve again after the process ran out of file descriptors",
  ),
  fn: async () => {
    const program = new URL("./serve_fixture.ts", import.meta.url).pathname;
    const child = new Deno.Command("sh", {
      args: ["-c", 'ulimit -n 256; exec "$0" run --no-prompt --allow-net "$1"', Deno.execPath(), program],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
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
      const isServing = () =>
        exchange(port, SCRAPE, { seconds: 5 }).then(({ text }) => text.endsWith(TEXT), () => false);
      await eventually(isServing, { what: "a scrape is served while descriptors are held" });
      for (const connection of held.splice(0)) connection.close();
      // What was found out before they were free may still make it listen again once.
      const isServingFive = async () => {
        for (let count = 0; count < 5; count++) if (!await isServing()) return false;
        return true;
      };
      await eventually(isServingFive, { what: "scrapes are served when they are free again" });
      await reader.cancel();
    } finally {
      for (const connection of held) connection.close();
      await child.stdin.close();
      await child.status;
    }
    assertEquals((await child.status).code, 0);
  },
});

Deno.test("watchAccepting() does nothing while the server accepts, or its state is unknown", async () => {
  const isEnding = () => false;
  const node = createNodeServer(appWith(fakeScraper()), { limits: DEFAULT_HTTP_LIMITS, isEnding });
  await bindTo(node.server, { hostname: "127.0.0.1", port: 0 });
  const { port } = listenAddressOf(node.server);
  const end = new AbortController();
  const errors: unknown[] = [];
  let pauses = 0;
  const clock = {
    ...systemClock,
    sleep: async () => {
      if (++pauses === 3) assertEquals((await exchange(port, SCRAPE)).status, 200);
      if (pauses === 6) end.abort();
    },
  };
  await watchAccepting(node, {
    seconds: 1,
    signal: end.signal,
    clock,
    onError: (error) => errors.push(error),
  });
  assertEquals([errors, pauses, node.server.listening], [[], 6, true]);
  await new Promise((resolve) => {
    node.server.close(resolve);
    node.closeAll();
  });
});

Deno.test({
  ...needingLimits("watchAccepting() does not restart a server whose process was stopped meanwhile"),
  fn: async () => {
    const node = createNodeServer(appWith(fakeScraper()), {
      limits: DEFAULT_HTTP_LIMITS,
      isEnding: () => false,
    });
    await bindTo(node.server, { hostname: "127.0.0.1", port: 0 });
    assertEquals((await exchange(listenAddressOf(node.server).port, SCRAPE)).status, 200);
    const end = new AbortController();
    const errors: unknown[] = [];
    let pauses = 0;
    const clock = {
      ...systemClock,
      sleep: () => {
        if (++pauses > 1) end.abort();
        return Promise.resolve();
      },
    };
    const stopped = {
      ...node,
      hasAccepted: () => {
        // Once the call has begun, this thread comes to a stop for longer than it may take.
        queueMicrotask(() => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1100));
        return true;
      },
    };
    await watchAccepting(stopped, {
      seconds: 1,
      signal: end.signal,
      clock,
      onError: (error) => errors.push(error),
    });
    assertEquals([errors, pauses, node.server.listening], [[], 2, true]);
    await new Promise((resolve) => {
      node.server.close(resolve);
      node.closeAll();
    });
  },
});
