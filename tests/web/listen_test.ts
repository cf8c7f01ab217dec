import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { findFreePort } from "../../compose/lab/ports.ts";
import type { App } from "../../src/web/handler.ts";
import { listen, ListenError, type Listening } from "../../src/web/listen.ts";
import type { HttpLimits } from "../../src/web/node_server.ts";
import { FakeClock, settle } from "../fixtures/fake_clock.ts";
import { needingLimits } from "./deno_version.ts";
import { appWith, fakeScraper, TEXT } from "./fakes.ts";
import { arrival, connect, eventually, exchange, receive, send } from "./raw_client.ts";

const LOOPBACK = [{ hostname: "127.0.0.1", port: 0 }];
const SCRAPE = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST_SCRAPE = "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/**
 * A server for the time of a test. Its clock stands still unless the test moves it, so an end that comes has waited for
 * no scrape.
 */
async function serving(
  options: { readonly app?: App; readonly limits?: Partial<HttpLimits>; readonly clock?: FakeClock },
  test: (port: number, stop: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const { clock = new FakeClock() } = options;
  const end = new AbortController();
  const listening = await listen(options.app ?? appWith(fakeScraper()), {
    addresses: LOOPBACK,
    signal: end.signal,
    clock,
    limits: { checkSeconds: 0.02, ...options.limits },
  });
  const stop = async () => {
    end.abort();
    await arrival(listening.finished, { what: "the server ends" });
  };
  try {
    await test(portOf(listening), stop);
  } finally {
    await stop();
  }
}

function portOf(listening: Listening): number {
  return listening.addresses[0]?.port ?? 0;
}

Deno.test("listen() keeps a connection for the next scrape, also when pipelined", async () => {
  await serving({}, async (port) => {
    const connection = await connect(port);
    for (let round = 0; round < 3; round++) {
      await send(connection, SCRAPE);
      const answer = await receive(connection, { until: (text) => text.endsWith(TEXT) });
      assert(answer.startsWith("HTTP/1.1 200 OK\r\n"));
      assertEquals(/^connection: close/mi.test(answer), false);
      assert(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r$/mi.test(answer));
    }
    await send(connection, SCRAPE + SCRAPE + LAST_SCRAPE);
    assertEquals((await receive(connection)).split(TEXT).length, 4);
    connection.close();
  });
});

Deno.test("listen() works with fetch, GET and HEAD, plain and compressed", async () => {
  await serving({}, async (port) => {
    const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    const url = `http://127.0.0.1:${port}/metrics`;
    for (const method of ["GET", "HEAD"]) {
      for (const encoding of ["gzip", "identity"]) {
        const response = await fetch(url, { method, client, headers: { "accept-encoding": encoding } });
        assertEquals(response.status, 200);
        assertEquals(await response.text(), method === "GET" ? TEXT : "");
      }
    }
    client.close();
  });
});

Deno.test("listen() supports HTTP/1.0", async () => {
  await serving({}, async (port) => {
    const { status, text } = await exchange(port, "GET /metrics HTTP/1.0\r\n\r\n");
    assertEquals(status, 200);
    assert(text.endsWith(TEXT));
  });
});

Deno.test({
  ...needingLimits("listen() answers malformed and huge requests with their status and a sentence"),
  fn: async () => {
    await serving({}, async (port) => {
      const host = "HTTP/1.1\r\nHost: a\r\n";
      for (
        const [sent, expected] of [
          ["\x16\x03\x01\x02\x00\x01", 400],
          ["hello\r\n\r\n", 400],
          ["GET / HTTP/1.1\n\n", 400],
          ["GET / HTTP/1.1\r\n\r\n", 400],
          [`GET / ${host}X\r\n\r\n`, 400],
          [`CONNECT a:80 ${host}\r\n`, 405],
          [`TRACE / ${host}\r\n`, 405],
          [`POST /metrics ${host}Content-Length: 9\r\n\r\nsome body`, 405],
          [`POST /metrics ${host}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`, 405],
          [`GET /${"a".repeat(20_000)} ${host}\r\n`, 431],
          [`GET /${"a".repeat(1_000_000)} ${host}\r\n`, 431],
          [`GET / ${host}X: ${"a".repeat(20_000)}\r\n\r\n`, 431],
          [`GET / ${host}X: ${"a".repeat(900_000)}\r\n\r\n`, 431],
          [`GET / ${host}${"X: y\r\n".repeat(20_000)}\r\n`, 431],
          [`GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`, 400],
          [`GET / HTTP/1.1\r\nHost: a/b\r\n\r\n`, 400],
          [`OPTIONS * ${host}\r\n`, 400],
          ["GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505],
          ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
        ] as const
      ) {
        const { status, text } = await exchange(port, sent);
        const name = JSON.stringify(sent.slice(0, 40));
        assertEquals(status, expected, `${name}: ${text.slice(0, 100)}`);
        assert(/\r\n\r\n[A-Z][^\r\n]{20,}\n$/.test(text), `${name} is not told in a sentence: ${text}`);
        assertStringIncludes(text, "\r\nconnection: close\r\n");
        assertStringIncludes(text, "\r\nx-content-type-options: nosniff\r\n");
        assertEquals((await exchange(port, LAST_SCRAPE)).status, 200, `a scrape after ${name}`);
      }
    });
  },
});

/** Sends a request character by character, never its end; what is answered. */
async function trickle(port: number): Promise<string> {
  const connection = await connect(port);
  const answer = receive(connection);
  for (const character of "GET /metrics HTTP/1.1\r\nX: " + "y".repeat(100)) {
    if (!await send(connection, character)) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const text = await answer;
  connection.close();
  return text;
}

Deno.test({
  ...needingLimits("listen() refuses a request that never ends, however slowly it arrives"),
  fn: async () => {
    await serving({ limits: { headSeconds: 0.3 } }, async (port) => {
      // A machine that stalls for so long has read nothing yet when time is up, and then nothing is answered: ask again.
      const untilAnswered = async (ask: () => Promise<string>) => {
        let text = "";
        await eventually(async () => (text = await ask()) !== "", { what: "the request is refused" });
        return text;
      };
      const half = async () => (await exchange(port, "GET /metrics HTTP/1.1\r\nHost: a\r\n")).text;
      const silent = exchange(port, "");
      for (const text of await Promise.all([half, () => trickle(port)].map(untilAnswered))) {
        assert(text.startsWith("HTTP/1.1 408 Request Timeout\r\n"), text);
        assert(text.endsWith("\r\n\r\nThe request was not complete within 0.3 s: send it at once\n"), text);
      }
      // Nothing was asked, so nothing is answered: browsers connect ahead of need.
      assertEquals((await silent).text, "");
    });
  },
});

Deno.test({
  ...needingLimits("listen() closes a connection that is idle too long"),
  fn: async () => {
    await serving({}, async (patientPort) => {
      const patient = await connect(patientPort);
      await send(patient, SCRAPE);
      await receive(patient, { until: (text) => text.endsWith(TEXT) });
      await serving({ limits: { idleSeconds: 0.2 } }, async (port) => {
        assertEquals((await exchange(port, SCRAPE)).status, 200);
      });
      // That one ended before this one, which has rested for longer: it was its own limit that did it.
      await send(patient, LAST_SCRAPE);
      assert((await receive(patient)).endsWith(TEXT));
      patient.close();
    });
  },
});

Deno.test({
  ...needingLimits("listen() serves scrapes while 500 clients send half requests, and beyond its limit"),
  fn: async () => {
    // No deadline frees a place: each scrape that is answered has found or made one at once.
    await serving({ limits: { connections: 300, headSeconds: 600 } }, async (port) => {
      const held: Deno.TcpConn[] = [];
      try {
        for (let count = 0; count < 500; count++) {
          const connection = await connect(port);
          held.push(connection);
          await send(connection, count % 2 === 0 ? "GET /metrics HTTP/1.1\r\nHost: a\r\n" : "");
          if (count % 50 === 0) assertEquals((await exchange(port, LAST_SCRAPE)).status, 200);
        }
        for (let count = 0; count < 20; count++) {
          assertEquals((await exchange(port, LAST_SCRAPE)).status, 200);
        }
        // The first ones had to make room.
        const first = held.shift();
        assert(first);
        assertEquals(await receive(first), "");
        first.close();
      } finally {
        for (const connection of held) connection.close();
      }
    });
  },
});

Deno.test("listen() finishes a scrape in flight, refuses new ones, and closes an idle connection", async () => {
  const scrape = Promise.withResolvers<void>();
  let isScraping = false;
  const app: App = async () => {
    isScraping = true;
    await scrape.promise;
    return new Response("done", { headers: { "content-length": "4" } });
  };
  await serving({ app }, async (port, stop) => {
    const resting = await connect(port);
    const connection = await connect(port);
    await send(connection, SCRAPE);
    await eventually(() => isScraping, { what: "the scrape runs" });
    const stopped = stop();
    assertEquals(await receive(resting), "");
    resting.close();
    const isRefused = () =>
      connect(port).then((late) => late.close(), (error) => error instanceof Deno.errors.ConnectionRefused);
    // The system may take one or two more while the listener goes.
    await eventually(async () => await isRefused() === true, { what: "new connections are refused" });
    scrape.resolve();
    const answer = await receive(connection);
    assert(answer.endsWith("\r\n\r\ndone"), answer);
    assertStringIncludes(answer, "\r\nconnection: close\r\n");
    connection.close();
    await stopped;
  });
});

Deno.test({
  ...needingLimits("listen() ends within 2 s although a scrape hangs"),
  fn: async () => {
    const scrape = Promise.withResolvers<Response>();
    let isScraping = false;
    const app: App = () => {
      isScraping = true;
      return scrape.promise;
    };
    const clock = new FakeClock();
    await serving({ app, clock }, async (port, stop) => {
      const hanging = exchange(port, SCRAPE);
      await eventually(() => isScraping, { what: "the scrape runs" });
      let isOver = false;
      const stopped = stop().then(() => isOver = true);
      await settle();
      await clock.advance(1.4);
      assertEquals([isOver, clock.sleeping], [false, 1], "the scrape is still waited for");
      await clock.advance(0.6);
      await stopped;
      assertEquals((await hanging).text, "");
      scrape.resolve(new Response(null));
    });
  },
});

Deno.test("listen() sends a body of unknown length in chunks, or up to the end to HTTP/1.0", async () => {
  const app: App = () => Promise.resolve(new Response(new Blob(["a".repeat(20), "b"]).stream()));
  await serving({ app }, async (port) => {
    const chunked = await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assertMatch(chunked.text, /\r\ntransfer-encoding: chunked\r\n/i);
    assert(chunked.text.endsWith("\r\n0\r\n\r\n"));
    const plain = await exchange(port, "GET / HTTP/1.0\r\n\r\n");
    assert(plain.text.endsWith(`\r\n\r\n${"a".repeat(20)}b`));
    const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    const response = await fetch(`http://127.0.0.1:${port}/`, { client });
    assertEquals(await response.text(), `${"a".repeat(20)}b`);
    client.close();
  });
});

Deno.test("listen() names the address in use and the next step", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  // None that the system might give to somebody else meanwhile.
  const freed = { hostname: "127.0.0.1", port: findFreePort() };
  const address = { hostname: "127.0.0.1", port: taken.addr.port };
  const signal = new AbortController().signal;
  const errors: unknown[] = [];
  try {
    const error = await assertRejects(
      () =>
        listen(appWith(fakeScraper()), {
          addresses: [freed, address],
          signal,
          onError: (error) => errors.push(error),
        }),
      ListenError,
    );
    assertEquals(errors, []); // Told by the rejection alone.
    assertEquals(error.address, address);
    assertEquals(
      error.message,
      `Cannot listen on "127.0.0.1:${address.port}": another process uses the port; ` +
        "stop it or choose another port with --web.listen-address",
    );
    Deno.listen(freed).close(); // The first one was let go.
  } finally {
    taken.close();
  }
});

Deno.test("listen() reports an address that does not belong to the machine", async () => {
  const signal = new AbortController().signal;
  const error = await assertRejects(
    () => listen(appWith(fakeScraper()), { addresses: [{ hostname: "192.0.2.1", port: 0 }], signal }),
    ListenError,
  );
  assertStringIncludes(
    error.message,
    'Cannot listen on "192.0.2.1:0": the address does not belong to this machine',
  );
});

Deno.test("listen() without a host name uses all addresses", async () => {
  const end = new AbortController();
  const listening = await listen(appWith(fakeScraper()), {
    addresses: [{ hostname: "", port: 0 }],
    signal: end.signal,
  });
  try {
    const port = portOf(listening);
    assertEquals((await exchange(port, LAST_SCRAPE)).status, 200);
    if (listening.addresses[0]?.hostname === "::") {
      const connection = await Deno.connect({ hostname: "::1", port });
      await send(connection, LAST_SCRAPE);
      assert((await receive(connection)).endsWith(TEXT));
      connection.close();
    }
  } finally {
    end.abort();
    await listening.finished;
  }
});

Deno.test("listen() serves several addresses", async () => {
  const end = new AbortController();
  const addresses = [...LOOPBACK, ...LOOPBACK];
  const listening = await listen(appWith(fakeScraper()), { addresses, signal: end.signal });
  try {
    assertEquals(listening.addresses.length, 2);
    for (const { port } of listening.addresses) assertEquals((await exchange(port, LAST_SCRAPE)).status, 200);
  } finally {
    end.abort();
    await listening.finished;
  }
});
