import { assertEquals } from "@std/assert";
import { appWith, fakeScraper, get } from "../fakes.ts";

Deno.test("healthyRoute() answers before the first collection and while scrapes fail", async () => {
  const app = appWith(fakeScraper({ view: null, scrape: () => Promise.reject(new Error("broken")) }));
  assertEquals((await app(get("/metrics"))).status, 500);
  const response = await app(get("/-/healthy"));
  assertEquals([response.status, await response.text()], [200, "Healthy\n"]);
});

Deno.test("readyRoute() waits for the first collection", async () => {
  const app = appWith(fakeScraper({ view: null }));
  const response = await app(get("/-/ready"));
  assertEquals(response.status, 503);
  assertEquals(response.headers.get("retry-after"), "1");
  assertEquals(await response.text(), "Not ready: the first collection has not finished\n");
  const ready = await appWith(fakeScraper())(get("/-/ready"));
  assertEquals([ready.status, await ready.text()], [200, "Ready\n"]);
});
