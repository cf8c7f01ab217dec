import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import type { Family } from "../../src/metrics/family.ts";
import { createApp } from "../../src/web/app.ts";
import { appWith, fakeScraper, FAMILIES, get, STILL_CLOCK, TEXT } from "./fakes.ts";

const SECURITY_HEADERS = [
  "x-content-type-options",
  "content-security-policy",
  "referrer-policy",
  "cache-control",
];
const OPENMETRICS = { accept: "application/openmetrics-text;version=1.0.0" };

function without(headers: Headers, ...names: string[]): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !names.includes(name)));
}

Deno.test("createApp() serves text by default, whole and with its exact headers", async () => {
  const response = await appWith(fakeScraper())(get("/metrics"));
  assertEquals(response.status, 200);
  assertEquals(without(response.headers, ...SECURITY_HEADERS), {
    "content-type": "text/plain; version=0.0.4; charset=utf-8",
    "content-length": String(TEXT.length),
    "vary": "Accept, Accept-Encoding",
  });
  assertEquals(await response.text(), TEXT);
});

Deno.test("createApp() serves OpenMetrics when asked", async () => {
  const response = await appWith(fakeScraper())(get("/metrics", OPENMETRICS));
  assertEquals(
    response.headers.get("content-type"),
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
  );
  assertStringIncludes(await response.text(), "\n# EOF\n");
});

Deno.test("createApp() serves gzip when asked, in either format", async () => {
  const app = appWith(fakeScraper());
  for (const headers of [{}, OPENMETRICS]) {
    const plain = await app(get("/metrics", headers));
    const packed = await app(get("/metrics", { ...headers, "accept-encoding": "gzip" }));
    assertEquals(packed.headers.get("content-encoding"), "gzip");
    assertEquals(packed.headers.get("content-type"), plain.headers.get("content-type"));
    const bytes = await packed.bytes();
    assertEquals(packed.headers.get("content-length"), String(bytes.length));
    const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    assertEquals(await new Response(unpacked).text(), await plain.text());
  }
});

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

Deno.test("createApp() answers from what it encoded as long as the families are the same array", async () => {
  let reads = 0;
  const family = (): Family => ({
    name: "pgrepl_up",
    type: "gauge",
    help: "Up",
    labels: [],
    get samples() {
      reads++;
      return [{ labels: {}, value: 1 }];
    },
  });
  let families = [family()];
  const app = appWith(fakeScraper({ scrape: () => Promise.resolve(families) }));
  const first = await (await app(get("/metrics"))).text();
  const readsOnce = reads;
  assert(readsOnce > 0);
  assertEquals(await (await app(get("/metrics"))).text(), first);
  assertEquals(reads, readsOnce);
  families = [family()];
  await (await app(get("/metrics"))).text();
  assertEquals(reads, 2 * readsOnce);
});

Deno.test("createApp() hands the budget of the scraper on, less its margin, and ignores nonsense", async () => {
  const scraper = fakeScraper();
  const app = appWith(scraper);
  for (const timeout of ["10", "1", "soon", "-3"]) {
    await app(get("/metrics", { "x-prometheus-scrape-timeout-seconds": timeout }));
  }
  await app(get("/metrics"));
  assertEquals(scraper.budgets, [9.5, 0.9, undefined, undefined, undefined]);
});

Deno.test("createApp() is healthy before it is ready", async () => {
  const app = appWith(fakeScraper({ view: null }));
  assertEquals((await app(get("/-/healthy"))).status, 200);
  const response = await app(get("/-/ready"));
  assertEquals(response.status, 503);
  assertEquals(response.headers.get("retry-after"), "1");
  assertEquals(await response.text(), "Not ready: the first collection has not ended yet\n");
  const ready = await appWith(fakeScraper())(get("/-/ready"));
  assertEquals([ready.status, await ready.text()], [200, "Ready\n"]);
});

Deno.test("createApp() tells an unknown path which ones there are", async () => {
  const response = await appWith(fakeScraper())(get("/metric?x=1"));
  assertEquals(response.status, 404);
  assertEquals(
    await response.text(),
    "Nothing is served at /metric: choose one of /, /-/healthy, /-/ready, /metrics\n",
  );
});

Deno.test("createApp() refuses other methods than GET and HEAD with Allow", async () => {
  const app = appWith(fakeScraper());
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "FOO"]) {
    const response = await app(new Request("http://localhost/metrics", { method }));
    assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"], method);
    assertEquals(await response.text(), `The method ${method} is not allowed here: use GET or HEAD\n`);
  }
});

Deno.test("createApp() bounds concurrent scrapes, and frees the place also when one fails", async () => {
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

Deno.test("createApp() tells its owner, not the client, what went wrong inside", async () => {
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
  assertEquals(await response.text(), "The exporter failed to answer: its log says why\n");
  assertEquals(errors, [cause]);
});

Deno.test("createApp() puts security headers on every response and no server banner", async () => {
  const app = appWith(fakeScraper({ view: null }));
  for (const path of ["/", "/metrics", "/-/healthy", "/-/ready", "/nowhere"]) {
    const { headers } = await app(get(path));
    for (const name of SECURITY_HEADERS) assert(headers.has(name), `${path} lacks ${name}`);
    assertEquals(headers.get("x-content-type-options"), "nosniff");
    assertEquals(headers.has("server"), false);
  }
});

Deno.test("createApp() puts the metrics at / when told so", async () => {
  const app = createApp({
    scraper: fakeScraper(),
    telemetryPath: "/",
    maxRequests: 0,
    clock: STILL_CLOCK,
    version: "1.2.3",
  });
  assertEquals(await (await app(get("/"))).text(), TEXT);
});

Deno.test("createApp() answers whatever is asked with a documented status", async () => {
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
      fc.oneof(fc.webPath(), fc.string(), fc.constantFrom("/metrics", "/", "/-/ready")),
      fc.webQueryParameters(),
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
