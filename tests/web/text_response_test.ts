import { assertEquals } from "@std/assert";
import { textResponse } from "../../src/web/text_response.ts";

Deno.test("textResponse() knows its length in bytes", async () => {
  const response = textResponse("Café", { status: 404, headers: { "x-a": "b" } });
  assertEquals(Object.fromEntries(response.headers), {
    "content-length": "6",
    "content-type": "text/plain; charset=utf-8",
    "x-a": "b",
  });
  assertEquals([response.status, await response.text()], [404, "Café\n"]);
});
