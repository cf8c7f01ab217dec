import { assertEquals } from "@std/assert";
import { errorResponse, HttpError } from "../../src/web/http_error.ts";

Deno.test("errorResponse() writes a refusal with its headers", async () => {
  const response = errorResponse(new HttpError(503, "Busy", { headers: { "retry-after": "1" } }));
  assertEquals([response.status, response.headers.get("retry-after")], [503, "1"]);
  assertEquals(await response.text(), "Busy\n");
});

Deno.test("errorResponse() hides the message of any other error", async () => {
  for (const thrown of [new Error("password=secret"), "password=secret", null, { status: 200 }]) {
    const response = errorResponse(thrown);
    assertEquals(response.status, 500);
    assertEquals((await response.text()).includes("secret"), false);
  }
});
