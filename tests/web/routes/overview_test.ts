import { assert, assertEquals, assertMatch } from "@std/assert";
import { createApp } from "../../../src/web/app.ts";
import { DEFAULT_HEALTH_THRESHOLDS } from "../../../src/domain/thresholds.ts";
import { lag, PRIMARY, standby, viewOf } from "../../report/views.ts";
import { appWith, fakeScraper, get, STILL_CLOCK } from "../fakes.ts";

Deno.test("overviewRoute() allows its own style by its hash, and no script", async () => {
  const response = await appWith(fakeScraper())(get("/"));
  assertEquals(response.headers.get("content-type"), "text/html; charset=utf-8");
  const policy = response.headers.get("content-security-policy") ?? "";
  const page = await response.text();
  const style = new TextEncoder().encode(/<style>([^]*)<\/style>/.exec(page)?.[1] ?? "");
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", style));
  assert(policy.includes(`style-src 'sha256-${btoa(String.fromCharCode(...hash))}'`), policy);
  assertMatch(policy, /^default-src 'none';/);
  assertEquals(/unsafe|script-src|\*/.test(policy), false);
});

Deno.test("overviewRoute() answers before anything was collected", async () => {
  const response = await appWith(fakeScraper({ view: null }))(get("/"));
  assertEquals(response.status, 200);
  const body = await response.bytes();
  assertEquals(response.headers.get("content-length"), String(body.length));
});

Deno.test("overviewRoute() judges lag by the configured thresholds", async () => {
  const scraper = fakeScraper({ view: viewOf([PRIMARY, standby("standby")], [lag("standby", 7, 1000)]) });
  const pageWith = async (warningLagSeconds: number) => {
    const app = createApp({
      scraper,
      telemetryPath: "/metrics",
      maxRequests: 0,
      clock: STILL_CLOCK,
      version: "1.2.3",
      thresholds: { ...DEFAULT_HEALTH_THRESHOLDS, warningLagSeconds },
    });
    return await (await app(get("/"))).text();
  };
  assertEquals((await pageWith(5)).includes("up, but behind"), true);
  assertEquals((await pageWith(10)).includes("up, but behind"), false);
});
