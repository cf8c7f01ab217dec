import { assert, assertEquals, assertRejects } from "@std/assert";
import { Proxy } from "../../compose/lab/proxy.ts";
import { until } from "../../compose/lab/until.ts";

/** A server that answers every chunk with the same bytes, until it is disposed. */
function startEcho(): AsyncDisposable & { readonly port: number } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      serving.push(connection.readable.pipeTo(connection.writable).catch(() => {}));
    }
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      await Promise.all(serving);
    },
  };
}

async function exchange(connection: Deno.TcpConn, text: string): Promise<string> {
  await connection.write(new TextEncoder().encode(text));
  const buffer = new Uint8Array(100);
  const size = await connection.read(buffer);
  return new TextDecoder().decode(buffer.subarray(0, size ?? 0));
}

function connect(proxy: Proxy): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port: proxy.port });
}

Deno.test("Proxy counts connections, bytes and round trips", async () => {
  await using echo = startEcho();
  await using proxy = new Proxy(() => echo.port);
  using first = await connect(proxy);
  assertEquals(await exchange(first, "one"), "one");
  assertEquals(await exchange(first, "three"), "three");
  using second = await connect(proxy);
  assertEquals(await exchange(second, "x"), "x");
  const counts = proxy.connections.map(({ sentBytes, receivedBytes, roundTrips, open }) => ({
    sentBytes,
    receivedBytes,
    roundTrips,
    open,
  }));
  assertEquals(counts, [
    { sentBytes: 8, receivedBytes: 8, roundTrips: 2, open: true },
    { sentBytes: 1, receivedBytes: 1, roundTrips: 1, open: true },
  ]);
});

Deno.test("Proxy.cut() closes what is open and refuses what comes, heal() lets it in", async () => {
  await using echo = startEcho();
  await using proxy = new Proxy(() => echo.port);
  using connection = await connect(proxy);
  assertEquals(await exchange(connection, "a"), "a");
  await proxy.cut();
  assertEquals(await exchange(connection, "b").catch(() => ""), "");
  await assertRejects(() => connect(proxy), Deno.errors.ConnectionRefused);
  await proxy.heal();
  using next = await connect(proxy);
  assertEquals(await exchange(next, "c"), "c");
});

Deno.test("Proxy.refuse() spares the connections that are open", async () => {
  await using echo = startEcho();
  await using proxy = new Proxy(() => echo.port);
  using connection = await connect(proxy);
  assertEquals(await exchange(connection, "a"), "a");
  await proxy.refuse();
  await assertRejects(() => connect(proxy), Deno.errors.ConnectionRefused);
  assertEquals(await exchange(connection, "b"), "b");
});

Deno.test("Proxy.abandon() closes only the client's end, and new connections pass", async () => {
  const reads: (number | null)[] = [];
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using proxy = new Proxy(() => listener.addr.port);
  using client = await connect(proxy);
  await client.write(new Uint8Array(3));
  using server = await listener.accept();
  assertEquals(await server.read(new Uint8Array(9)), 3);
  const next = server.read(new Uint8Array(9)).then((size) => reads.push(size), () => reads.push(-1));
  proxy.abandon();
  assertEquals(await client.read(new Uint8Array(9)).catch(() => null), null);
  using second = await connect(proxy);
  await second.write(new Uint8Array(4));
  using other = await listener.accept();
  assertEquals(await other.read(new Uint8Array(9)), 4);
  assertEquals([reads, proxy.connections.map(({ open }) => open)], [[], [false, true]]);
  await proxy[Symbol.asyncDispose]();
  await next;
  assertEquals(reads.length, 1);
});

Deno.test("Proxy.stall() holds everything back, heal() delivers it", async () => {
  await using echo = startEcho();
  await using proxy = new Proxy(() => echo.port);
  using connection = await connect(proxy);
  assertEquals(await exchange(connection, "a"), "a");
  await proxy.stall();
  let answered = false;
  const late = exchange(connection, "b").then((text) => {
    answered = true;
    return text;
  });
  using second = await connect(proxy);
  const lateSecond = exchange(second, "c");
  await until("the second connection to be accepted", () => proxy.connections.length === 2);
  assertEquals(answered, false);
  assertEquals(proxy.connections.map((each) => [each.sentBytes, each.open]), [[1, true], [0, true]]);
  await proxy.heal();
  assertEquals(await Promise.all([late, lateSecond]), ["b", "c"]);
});

Deno.test("Proxy.delay() delays both directions", async () => {
  await using echo = startEcho();
  await using proxy = new Proxy(() => echo.port);
  using connection = await connect(proxy);
  proxy.delay(0.05);
  const start = performance.now();
  assertEquals(await exchange(connection, "a"), "a");
  assert(performance.now() - start >= 95, `it took ${performance.now() - start} ms`);
});

Deno.test("Proxy closes its client when the target refuses", async () => {
  const echo = startEcho();
  await echo[Symbol.asyncDispose]();
  await using proxy = new Proxy(() => echo.port);
  using connection = await connect(proxy);
  assertEquals(await exchange(connection, "a").catch(() => ""), "");
});
