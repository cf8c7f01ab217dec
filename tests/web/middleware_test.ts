import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Family } from "../../src/metrics/family.ts";
import { HttpError } from "../../src/web/http_error.ts";
import { addSecurityHeaders, answerErrors } from "../../src/web/middleware.ts";
import { appWith, fakeScraper, FAMILIES, get } from "./fakes.ts";

Deno.test("answerErrors() reports only internal errors, thrown or rejected", async () => {
  const told: unknown[] = [];
  const options = { onError: (error: unknown) => told.push(error) };
  const fault = new Error("fault");
  const refusal = new HttpError(404, "Not here");
  const statuses: number[] = [];
  for (const error of [fault, refusal]) {
    const handlers = [() => Promise.reject(error), () => {
      throw error;
    }];
    for (const handler of handlers) statuses.push((await answerErrors(handler, options)(get("/"))).status);
  }
  assertEquals(statuses, [500, 500, 404, 404]);
  assertEquals(told, [fault, fault]);
});

Deno.test("allowGetAndHead() refuses other methods than GET and HEAD with Allow", async () => {
  const app = appWith(fakeScraper());
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "FOO"]) {
    const response = await app(new Request("http://localhost/metrics", { method }));
    assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"], method);
    assertEquals(await response.text(), `The method ${method} is not allowed here: use GET or HEAD\n`);
  }
});

Deno.test("limitConcurrency() limits concurrent scrapes, also after one failed", async () => {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Family[]>();
  const second = Promise.withResolvers<readonly Family[]>();
  const pending = [promise, second.promise];
  const scraper = fakeScraper({ scrape: () => pending.shift() ?? Promise.resolve(FAMILIES) });
  const app = appWith(scraper, { maxRequests: 2 });
  const running = [app(get("/metrics")), app(get("/metrics"))];
  const refused = await app(get("/metrics"));
  assertEquals([refused.status, refused.headers.get("retry-after")], [503, "1"]);
  assertStringIncludes(await refused.text(), "--web.max-requests");
  assertEquals((await app(get("/-/healthy"))).status, 200);
  resolve(FAMILIES);
  second.reject(new Error("broken"));
  assertEquals((await Promise.all(running)).map(({ status }) => status), [200, 500]);
  assertEquals((await app(get("/metrics"))).status, 200);
  reject(new Error("settled already"));
});

Deno.test("limitConcurrency() sets no limit for 0", async () => {
  const scrape = Promise.withResolvers<readonly Family[]>();
  const app = appWith(fakeScraper({ scrape: () => scrape.promise }), { maxRequests: 0 });
  const running = Array.from({ length: 200 }, () => app(get("/metrics")));
  scrape.resolve(FAMILIES);
  for (const response of await Promise.all(running)) assertEquals(response.status, 200);
});

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
