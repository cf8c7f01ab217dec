import { assertEquals, assertStringIncludes } from "@std/assert";
import { appWith, fakeScraper, get, TEXT } from "../fakes.ts";

const SECURITY_HEADERS = [
  "x-content-type-options",
  "content-security-policy",
  "cross-origin-resource-policy",
  "referrer-policy",
  "cache-control",
];
const OPENMETRICS = { accept: "application/openmetrics-text;version=1.0.0" };

function without(headers: Headers, ...names: string[]): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !names.includes(name)));
}

Deno.test("metricsRoute() serves text by default, with its exact headers", async () => {
  const response = await appWith(fakeScraper())(get("/metrics"));
  assertEquals(response.status, 200);
  assertEquals(without(response.headers, ...SECURITY_HEADERS), {
    "content-type": "text/plain; version=0.0.4; charset=utf-8",
    "content-length": String(TEXT.length),
    "vary": "Accept, Accept-Encoding",
  });
  assertEquals(await response.text(), TEXT);
});

Deno.test("metricsRoute() serves OpenMetrics on request", async () => {
  const response = await appWith(fakeScraper())(get("/metrics", OPENMETRICS));
  assertEquals(
    response.headers.get("content-type"),
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
  );
  assertStringIncludes(await response.text(), "\n# EOF\n");
});

Deno.test("metricsRoute() serves gzip on request, in either format", async () => {
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

Deno.test("metricsRoute() passes on the scraper's budget minus the margin, and ignores invalid ones", async () => {
  const scraper = fakeScraper();
  const app = appWith(scraper);
  for (const timeout of ["10", "1", "soon", "-3"]) {
    await app(get("/metrics", { "x-prometheus-scrape-timeout-seconds": timeout }));
  }
  await app(get("/metrics"));
  assertEquals(scraper.budgets, [9.5, 0.9, undefined, undefined, undefined]);
});
