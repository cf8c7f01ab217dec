import { assertEquals, assertMatch } from "@std/assert";
import { warmUp } from "../../../src/cli/serve/warm_up.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";

/** Paths asked within some seconds of an app that is ready after `readyAfter` questions whether it is. */
async function asked(
  { readyAfter, seconds, address = null }: {
    readonly readyAfter: number;
    readonly seconds: number;
    readonly address?: Deno.ConnectOptions | null;
  },
): Promise<string[]> {
  const ending = new AbortController();
  const clock = new FakeClock();
  const paths: string[] = [];
  let left = readyAfter;
  const running = warmUp((request) => {
    const path = new URL(request.url).pathname;
    paths.push(path);
    return Promise.resolve(new Response("", { status: path === "/-/ready" && left-- > 0 ? 503 : 200 }));
  }, { paths: ["/metrics", "/"], address, clock, signal: ending.signal });
  for (let second = 0; second < seconds; second++) await clock.advance(1);
  // It ends by itself once it has asked everything.
  if (seconds <= readyAfter) ending.abort();
  await running;
  return paths;
}

Deno.test("warmUp() asks for every path a few times once there is data", async () => {
  assertEquals(await asked({ readyAfter: 2, seconds: 4 }), [
    ...["/-/ready", "/-/ready", "/-/ready"],
    ...["/metrics", "/", "/metrics", "/", "/metrics", "/"],
  ]);
});

Deno.test("warmUp() ends with its signal while there is no data", async () => {
  assertEquals(await asked({ readyAfter: 100, seconds: 2 }), ["/-/ready", "/-/ready"]);
});

Deno.test("warmUp() asks over connections first, as Prometheus does, and goes on when it cannot", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const heads = (async () => {
    const received: string[] = [];
    for (let count = 0; count < 2; count++) {
      using connection = await listener.accept();
      const buffer = new Uint8Array(1000);
      const length = await connection.read(buffer) ?? 0;
      received.push(new TextDecoder().decode(buffer.subarray(0, length)));
    }
    return received;
  })();
  const paths = asked({
    readyAfter: 0,
    seconds: 1,
    address: { hostname: "127.0.0.1", port: listener.addr.port },
  });
  for (const [index, head] of (await heads).entries()) {
    assertMatch(head, index === 0 ? /^GET \/metrics HTTP\/1\.1\r\n/ : /^GET \/ HTTP\/1\.1\r\n/);
    assertMatch(head, /\r\naccept-encoding: gzip\r\n.*host: localhost\r\nconnection: close\r\n\r\n$/s);
  }
  await paths;
  const nobody = { hostname: "127.0.0.1", port: 1 };
  assertEquals((await asked({ readyAfter: 0, seconds: 1, address: nobody })).slice(0, 2), [
    "/-/ready",
    "/metrics",
  ]);
});
