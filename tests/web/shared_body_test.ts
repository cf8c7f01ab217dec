import { assertEquals, assertStrictEquals } from "@std/assert";
import { sharedBodyOf, sharedBodyResponse } from "../../src/web/shared_body.ts";

Deno.test("sharedBodyResponse() is read like any response, and leaves the shared bytes whole", async () => {
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
