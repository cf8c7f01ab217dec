import { assert, assertEquals, assertLess } from "@std/assert";
import type { App } from "../../src/web/handler.ts";
import { bindTo, listenAddressOf } from "../../src/web/bind.ts";
import {
  createNodeServer,
  DEFAULT_HTTP_LIMITS,
  type HttpLimits,
  type NodeServer,
} from "../../src/web/node_server.ts";
import { needingLimits } from "./deno_version.ts";
import { connect, eventually, exchange, receive, send } from "./raw_client.ts";

const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** A server for the time of a test. */
async function serving(
  app: App,
  limits: Partial<HttpLimits>,
  test: (port: number, node: NodeServer) => Promise<void>,
): Promise<void> {
  const node = createNodeServer(app, {
    limits: { ...DEFAULT_HTTP_LIMITS, checkSeconds: 0.02, ...limits },
    isEnding: () => false,
  });
  await bindTo(node.server, { hostname: "127.0.0.1", port: 0 });
  try {
    await test(listenAddressOf(node.server).port, node);
  } finally {
    await new Promise((resolve) => {
      node.server.close(resolve);
      node.closeAll();
    });
  }
}

Deno.test({
  ...needingLimits("createNodeServer() disconnects a client that does not read"),
  fn: async () => {
    const body = new Uint8Array(32 * 1024 * 1024);
    let isAsked = false;
    const app: App = () => {
      isAsked = true;
      return Promise.resolve(new Response(body, { headers: { "content-length": String(body.length) } }));
    };
    await serving(app, { stallSeconds: 0.3 }, async (port, node) => {
      const isClosed = () =>
        new Promise<boolean>((resolve, reject) =>
          node.server.getConnections((error, count) => error ? reject(error) : resolve(count === 0))
        );
      let accepted = 0;
      node.server.on("connection", () => accepted++);
      // A machine that stalls for so long gives up before it has read the request: then it comes again.
      for (let attempt = 1; !isAsked; attempt++) {
        const connection = await connect(port);
        try {
          await send(connection, REQUEST);
          const isTaken = async () => isAsked || (accepted === attempt && await isClosed());
          await eventually(isTaken, { what: "the request is read or given up" });
          if (!isAsked) continue;
          await eventually(isClosed, { what: "the connection is given up" });
          assertLess((await receive(connection)).length, body.length);
        } finally {
          connection.close();
        }
      }
    });
  },
});

Deno.test({
  ...needingLimits(
    "createNodeServer() lets the connection make room that has waited longest, not one that is answered",
  ),
  fn: async () => {
    const answer = Promise.withResolvers<void>();
    let answering = 0;
    const app: App = async ({ url }) => {
      answering++;
      if (url.endsWith("/slow")) await answer.promise;
      return new Response("done", { headers: { "content-length": "4" } });
    };
    await serving(app, { connections: 4 }, async (port, node) => {
      let accepted = 0;
      node.server.on("connection", () => accepted++);
      const slow = await connect(port);
      await send(slow, REQUEST.replace("/", "/slow"));
      await eventually(() => answering === 1, { what: "the slow answer is being made" });
      const first = await connect(port);
      const second = await connect(port);
      await eventually(() => accepted === 3, { what: "both have begun to wait" });
      await send(first, REQUEST);
      await receive(first, { until: (text) => text.endsWith("done") });
      // Now the second has waited longer than the first.
      const { status } = await exchange(port, REQUEST.replace("Host", "Connection: close\r\nHost"));
      assertEquals(status, 200);
      assertEquals(await receive(second), "");
      answer.resolve();
      assert((await receive(slow, { until: (text) => text.endsWith("done") })).startsWith("HTTP/1.1 200 OK"));
      await send(first, REQUEST);
      assert(
        (await receive(first, { until: (text) => text.endsWith("done") })).startsWith("HTTP/1.1 200 OK"),
      );
      for (const connection of [slow, first, second]) connection.close();
    });
  },
});

Deno.test({
  ...needingLimits(
    "createNodeServer() has room for a client although another reads none of its many answers",
  ),
  fn: async () => {
    const body = new Uint8Array(32 * 1024 * 1024);
    let answering = 0;
    const app: App = ({ url }) => {
      if (!url.endsWith("/large")) {
        return Promise.resolve(new Response("done", { headers: { "content-length": "4" } }));
      }
      answering++;
      return Promise.resolve(new Response(body, { headers: { "content-length": String(body.length) } }));
    };
    await serving(app, { connections: 4 }, async (port) => {
      const greedy = await Promise.all([1, 2, 3].map(() => connect(port)));
      for (const connection of greedy) await send(connection, REQUEST.replace("/", "/large"));
      await eventually(() => answering === 3, {
        what: "every place is taken by an answer that nobody reads",
      });
      const { status } = await exchange(port, REQUEST.replace("Host", "Connection: close\r\nHost"));
      assertEquals(status, 200);
      for (const connection of greedy) connection.close();
    });
  },
});

Deno.test({
  ...needingLimits("createNodeServer() answers a request with Expect and does not read its body"),
  fn: async () => {
    const app: App = () => Promise.resolve(new Response("no", { status: 405 }));
    await serving(app, {}, async (port) => {
      for (const expectation of ["100-continue", "miracles"]) {
        const { status, text } = await exchange(
          port,
          `POST / HTTP/1.1\r\nHost: a\r\nExpect: ${expectation}\r\nContent-Length: 100000\r\n\r\n`,
        );
        assertEquals(status, 405, text);
      }
    });
  },
});

Deno.test({
  ...needingLimits("createNodeServer() ends a streamed answer when its client disconnects"),
  fn: async () => {
    let isCancelled = false;
    const app: App = () =>
      Promise.resolve(
        new Response(
          new ReadableStream<Uint8Array>({
            pull: (controller) => controller.enqueue(new Uint8Array(65536)),
            cancel: () => {
              isCancelled = true;
            },
          }),
        ),
      );
    await serving(app, {}, async (port) => {
      const connection = await connect(port);
      await send(connection, REQUEST);
      await receive(connection, { until: (text) => text.length > 65536 });
      connection.close();
      await eventually(() => isCancelled, { what: "the stream is cancelled" });
    });
  },
});
