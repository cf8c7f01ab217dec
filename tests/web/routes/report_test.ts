import { assertEquals } from "@std/assert";
import { readReport } from "../../../src/report/read_report.ts";
import { appWith, fakeScraper, get, STILL_CLOCK } from "../fakes.ts";
import { viewOf } from "../../cluster/findings/views.ts";

Deno.test("/api/v1/report is the report as JSON, which must not be cached", async () => {
  const at = STILL_CLOCK.monotonic() - 0.5;
  const response = await appWith(fakeScraper({ view: { ...viewOf(), at } }))(get("/api/v1/report"));
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(response.headers.get("cache-control"), "no-store");
  const text = await response.text();
  assertEquals(response.headers.get("content-length"), String(new TextEncoder().encode(text).length));
  const report = readReport(text);
  assertEquals([report.exporter.version, report.status], ["1.2.3", "healthy"]);
  assertEquals(report.timestamp_unix_seconds, STILL_CLOCK.wall() - 0.5, "the moment of the view");
});

Deno.test("/api/v1/report is compressed when the client accepts gzip", async () => {
  const app = appWith(fakeScraper({ view: viewOf() }));
  const response = await app(get("/api/v1/report", { "accept-encoding": "gzip" }));
  assertEquals(response.headers.get("content-encoding"), "gzip");
  assertEquals(response.headers.get("vary"), "Accept-Encoding");
  const body = response.body?.pipeThrough(new DecompressionStream("gzip")) ?? null;
  assertEquals(readReport(await new Response(body).text()).status, "healthy");
});

Deno.test("/api/v1/report is 503 until the first collection has finished", async () => {
  const response = await appWith(fakeScraper({ view: null }))(get("/api/v1/report"));
  assertEquals([response.status, response.headers.get("retry-after")], [503, "1"]);
  assertEquals(await response.text(), "No report yet: the first collection has not finished\n");
});

Deno.test("/api/v1/report?fresh=true collects first", async () => {
  let collections = 0;
  const scrape = () => Promise.resolve((collections++, []));
  const app = appWith(fakeScraper({ view: viewOf(), scrape }));
  for (const [query, expected] of [["", 0], ["?fresh=false", 0], ["?fresh=true", 1]] as const) {
    const response = await app(get(`/api/v1/report${query}`));
    await response.body?.cancel();
    assertEquals([response.status, collections], [200, expected], query);
  }
  for (const query of ["?fresh=yes", "?max_age=1"]) {
    const response = await app(get(`/api/v1/report${query}`));
    await response.body?.cancel();
    assertEquals(response.status, 400, query);
  }
});

Deno.test("/api/v1/report rejects POST", async () => {
  const request = new Request("http://localhost/api/v1/report", { method: "POST" });
  const response = await appWith(fakeScraper({ view: viewOf() }))(request);
  await response.body?.cancel();
  assertEquals(response.status, 405);
});
