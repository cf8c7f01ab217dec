import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Family } from "../../../src/metrics/family.ts";
import { appWith, fakeScraper, FAMILIES, get } from "../fakes.ts";

Deno.test("limitConcurrency() bounds concurrent scrapes, and frees the place also when one fails", async () => {
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

Deno.test("limitConcurrency() sets no bound for 0", async () => {
  const scrape = Promise.withResolvers<readonly Family[]>();
  const app = appWith(fakeScraper({ scrape: () => scrape.promise }), { maxRequests: 0 });
  const running = Array.from({ length: 200 }, () => app(get("/metrics")));
  scrape.resolve(FAMILIES);
  for (const response of await Promise.all(running)) assertEquals(response.status, 200);
});
