import { assert, assertEquals, assertMatch } from "@std/assert";
import { appWith, fakeScraper, get } from "../fakes.ts";

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
