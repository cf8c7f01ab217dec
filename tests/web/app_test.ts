import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createApp } from "../../src/web/app.ts";
import { ANY_URL_TEXT } from "../fixtures/any_character.ts";
import { appWith, fakeScraper, get, STILL_CLOCK, TEXT } from "./fakes.ts";

const SECURITY_HEADERS = [
  "x-content-type-options",
  "content-security-policy",
  "cross-origin-resource-policy",
  "referrer-policy",
  "cache-control",
];

Deno.test("createApp() answers HEAD with the headers of GET and no body", async () => {
  const app = appWith(fakeScraper());
  for (const path of ["/", "/metrics", "/-/healthy", "/-/ready"]) {
    const got = await app(get(path));
    await got.body?.cancel();
    const head = await app(new Request(`http://localhost${path}`, { method: "HEAD" }));
    assertEquals(head.status, got.status, path);
    assertEquals([...head.headers], [...got.headers], path);
    assertEquals(head.body, null, path);
  }
});

Deno.test("createApp() lists the paths for an unknown one", async () => {
  const response = await appWith(fakeScraper())(get("/metric?x=1"));
  assertEquals(response.status, 404);
  const text = await response.text();
  assert(text.startsWith("There is no path /metric: choose one of /, /-/healthy, "), text);
  for (const path of ["/-/ready", "/metrics", "/servers/"]) assert(text.includes(`, ${path}`), text);
});

Deno.test("createApp() reports an internal error to onError, not to the client", async () => {
  const errors: unknown[] = [];
  const cause = new Error("password=secret");
  const app = createApp({
    scraper: fakeScraper({ scrape: () => Promise.reject(cause) }),
    telemetryPath: "/metrics",
    maxRequests: 0,
    clock: STILL_CLOCK,
    version: "1.2.3",
    onError: (error) => errors.push(error),
  });
  const response = await app(get("/metrics"));
  assertEquals(response.status, 500);
  assertEquals(await response.text(), "The exporter failed to answer: see its log\n");
  assertEquals(errors, [cause]);
});

Deno.test("createApp() adds security headers to every response and no server banner", async () => {
  const app = appWith(fakeScraper({ view: null }));
  for (const path of ["/", "/metrics", "/-/healthy", "/-/ready", "/nowhere"]) {
    const { headers } = await app(get(path));
    for (const name of SECURITY_HEADERS) assert(headers.has(name), `${path} lacks ${name}`);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.has("server"), false);
  }
});

Deno.test("createApp() serves the metrics at / when configured", async () => {
  const app = createApp({
    scraper: fakeScraper(),
    telemetryPath: "/",
    maxRequests: 0,
    clock: STILL_CLOCK,
    version: "1.2.3",
  });
  assertEquals(await (await app(get("/"))).text(), TEXT);
});

Deno.test("createApp() answers any request with a documented status", async () => {
  const app = appWith(fakeScraper());
  const token = fc.stringMatching(/^[A-Za-z0-9-]{1,20}$/);
  const value = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  });
  const name = fc.oneof(
    token,
    fc.constantFrom(
      "accept",
      "accept-encoding",
      "x-prometheus-scrape-timeout-seconds",
      "range",
      "if-none-match",
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(ANY_URL_TEXT, fc.string(), fc.constantFrom("/metrics", "/", "/-/ready")),
      ANY_URL_TEXT,
      fc.dictionary(name, value, { maxKeys: 6 }),
      fc.constantFrom("GET", "HEAD", "POST", "OPTIONS", "DELETE"),
      async (path, query, headers, method) => {
        const url = URL.parse(`http://localhost/${path.replace(/^\//, "")}?${query}`);
        fc.pre(url !== null);
        const response = await app(new Request(url, { headers, method }));
        assert([200, 404, 405].includes(response.status), `${method} ${url}: ${response.status}`);
        await response.body?.cancel();
      },
    ),
  );
});
