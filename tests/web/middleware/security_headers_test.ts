import { assertEquals } from "@std/assert";
import { addSecurityHeaders } from "../../../src/web/middleware/security_headers.ts";
import { get } from "../fakes.ts";

Deno.test("addSecurityHeaders() leaves what a response sets itself", async () => {
  const app = addSecurityHeaders(() =>
    Promise.resolve(new Response(null, { headers: { "content-security-policy": "img-src data:" } }))
  );
  assertEquals(Object.fromEntries((await app(get("/"))).headers), {
    "cache-control": "no-store",
    "content-security-policy": "img-src data:",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
});
