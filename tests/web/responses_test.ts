import { assertEquals, assertStrictEquals } from "@std/assert";
import { compress, sharedBodyOf, sharedBodyResponse, textResponse } from "../../src/web/responses.ts";

Deno.test("textResponse() has its length in bytes", async () => {
  const response = textResponse("Café", { status: 404, headers: { "x-a": "b" } });
  assertEquals(Object.fromEntries(response.headers), {
    "content-length": "6",
    "content-type": "text/plain; charset=utf-8",
    "x-a": "b",
  });
  assertEquals([response.status, await response.text()], [404, "Café\n"]);
});

Deno.test("sharedBodyResponse() is read like any response, and does not change the shared bytes", async () => {
  const bytes = new TextEncoder().encode("abc");
  for (let round = 0; round < 2; round++) {
    const response = sharedBodyResponse(bytes, { "content-type": "text/plain" });
    assertStrictEquals(sharedBodyOf(response), bytes);
    assertEquals(Object.fromEntries(response.headers), {
      "content-length": "3",
      "content-type": "text/plain",
    });
    const read = await response.bytes();
    assertEquals(new TextDecoder().decode(read), "abc");
    read.fill(0);
  }
  assertEquals(new TextDecoder().decode(bytes), "abc");
  await sharedBodyResponse(bytes, {}).body?.cancel();
  assertEquals(sharedBodyOf(new Response("abc")), undefined);
});

Deno.test("compress() makes gzip of the same bytes", async () => {
  const bytes = new TextEncoder().encode("pgrepl ".repeat(1000));
  const compressed = await compress(bytes);
  assertEquals([...compressed.slice(0, 2)], [0x1f, 0x8b]);
  assertEquals(compressed.length < bytes.length / 10, true);
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("gzip"));
  assertEquals(new Uint8Array(await new Response(stream).arrayBuffer()), bytes);
});
