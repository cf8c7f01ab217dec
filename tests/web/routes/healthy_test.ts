import { assertEquals } from "@std/assert";
import { appWith, fakeScraper, get } from "../fakes.ts";

Deno.test("healthyRoute() answers before anything was collected and while scrapes fail", async () => {
  const app = appWith(fakeScraper({ view: null, scrape: () => Promise.reject(new Error("broken")) }));
  assertEquals((await app(get("/metrics"))).status, 500);
  const response = await app(get("/-/healthy"));
  assertEquals([response.status, await response.text()], [200, "Healthy\n"]);
});
