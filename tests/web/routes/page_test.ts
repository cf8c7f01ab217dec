import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { createApp } from "../../../src/web/app.ts";
import { pageBuild } from "../../../src/web/routes/page.ts";
import { appWith, fakeScraper, get, STILL_CLOCK } from "../fakes.ts";

async function hashOf(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(hash)))}'`;
}

Deno.test("pageRoute() allows its own style, script and events, and nothing else", async () => {
  const response = await appWith(fakeScraper())(get("/"));
  assertEquals(response.headers.get("content-type"), "text/html; charset=utf-8");
  const policy = response.headers.get("content-security-policy") ?? "";
  const page = await response.text();
  for (const element of ["style", "script"]) {
    const [inside = "", ...others] = [...page.matchAll(new RegExp(`<${element}>([^]*?)</${element}>`, "g"))]
      .map(([, text = ""]) => text);
    assertEquals(others, []);
    assert(policy.includes(`; ${element}-src ${await hashOf(inside)};`), policy);
  }
  assertMatch(policy, /^default-src 'none';.*; connect-src 'self';/);
  assertEquals(/unsafe|\*|https?:/.test(policy), false);
});

Deno.test("pageRoute() answers before the first collection", async () => {
  const response = await appWith(fakeScraper({ view: null }))(get("/"));
  assertEquals(response.status, 200);
  const body = await response.bytes();
  assertEquals(response.headers.get("content-length"), String(body.length));
  assertMatch(new TextDecoder().decode(body), /Waiting for the first collection/);
});

Deno.test("pageRoute() is replaced by metrics at /", async () => {
  const app = createApp({
    scraper: fakeScraper(),
    telemetryPath: "/",
    maxRequests: 0,
    clock: STILL_CLOCK,
    version: "1.2.3",
  });
  assertMatch((await app(get("/"))).headers.get("content-type") ?? "", /^text\/plain/);
});

Deno.test("pageBuild() differs between versions", () => {
  assertNotEquals(pageBuild("1.0.0"), pageBuild("1.0.1"));
  assertMatch(pageBuild("1.0.0"), /^[0-9a-f]{16}$/);
});
