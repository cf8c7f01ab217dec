import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { HttpClient } from "./http_client.ts";

/** Answers every request on one connection with the given bytes, in small pieces. */
async function withAnswer(answer: string, body: (port: number) => Promise<void>): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    using connection = await listener.accept();
    const buffer = new Uint8Array(4096);
    while (await connection.read(buffer) !== null) {
      for (let at = 0; at < answer.length; at += 7) {
        await connection.write(new TextEncoder().encode(answer.slice(at, at + 7)));
      }
    }
  })();
  await body(listener.addr.port);
  await serving;
}

Deno.test("HttpClient reads bodies of known length repeatedly", async () => {
  const answer = "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\npg_up 1\r\n\r\npg_up 1\r\n";
  await withAnswer(answer, async (port) => {
    using client = await HttpClient.connect(port);
    for (let index = 0; index < 3; index++) assertEquals(await client.get(), answer.length);
  });
});

Deno.test("HttpClient reads chunks to their end", async () => {
  const answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\npg_up 1\n\r\n0\r\n\r\n";
  await withAnswer(answer, async (port) => {
    using client = await HttpClient.connect(port);
    assertStringIncludes(await client.getText(), "pg_up 1");
    assertEquals(await client.get(), answer.length);
  });
});

Deno.test("HttpClient rejects any status but 200", async () => {
  await withAnswer("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", async (port) => {
    using client = await HttpClient.connect(port);
    await assertRejects(() => client.get(), Error, "503");
  });
});
