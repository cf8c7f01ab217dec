import { assertEquals } from "@std/assert";
import { appWith, fakeScraper } from "../fakes.ts";

Deno.test("allowGetAndHead() refuses other methods than GET and HEAD with Allow", async () => {
  const app = appWith(fakeScraper());
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "FOO"]) {
    const response = await app(new Request("http://localhost/metrics", { method }));
    assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"], method);
    assertEquals(await response.text(), `The method ${method} is not allowed here: use GET or HEAD\n`);
  }
});
