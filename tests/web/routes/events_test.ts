import { assertEquals, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../../src/domain/clock.ts";
import { createApp } from "../../../src/web/app.ts";
import { listen } from "../../../src/web/listen.ts";
import { until } from "../../../compose/lab/until.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";
import { fakeScraper, get } from "../fakes.ts";
import { arrival } from "../raw_client.ts";

function appUntil(signal: AbortSignal) {
  return createApp({
    scraper: fakeScraper(),
    telemetryPath: "/metrics",
    maxRequests: 0,
    clock: systemClock,
    version: "1.2.3",
    signal,
  });
}

Deno.test("eventsRoute() streams events without caching or buffering", async () => {
  const end = new AbortController();
  const response = await appUntil(end.signal)(get("/api/v1/events"));
  assertEquals(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  assertEquals(response.headers.get("cache-control"), "no-store");
  assertEquals(response.headers.get("x-accel-buffering"), "no");
  end.abort();
  assertStringIncludes(await response.text(), 'event: report\ndata: {"version":1,');
});

Deno.test("eventsRoute() streams the page on request, and refuses an unknown form", async () => {
  const end = new AbortController();
  const app = appUntil(end.signal);
  const page = await app(get("/api/v1/events?as=page"));
  const other = await app(get("/api/v1/events?as=xml"));
  const post = await app(new Request("http://localhost/api/v1/events", { method: "POST" }));
  end.abort();
  assertStringIncludes(await page.text(), 'event: page\ndata: {"build":');
  assertEquals([other.status, post.status], [400, 405]);
  assertStringIncludes(await other.text(), 'Unknown form "xml": expected as=report or as=page');
  await post.body?.cancel();
});

/** Serves over a real socket for the time of a test. Its clock stands still, so its end waits for no answer. */
async function serving(test: (url: string, end: AbortController) => Promise<void>): Promise<void> {
  const end = new AbortController();
  const { addresses, finished } = await listen(appUntil(end.signal), {
    addresses: [{ hostname: "127.0.0.1", port: 0 }],
    signal: end.signal,
    clock: new FakeClock(),
  });
  try {
    await test(`http://127.0.0.1:${addresses[0]?.port}/api/v1/events`, end);
  } finally {
    end.abort();
    await arrival(finished, { what: "the server ends" });
  }
}

Deno.test("eventsRoute() ends its streams at once when the exporter stops", async () => {
  await serving(async (url, end) => {
    const responses = await Promise.all([1, 2, 3].map(() => fetch(url)));
    const texts = responses.map((response) => response.text());
    end.abort();
    const all = await arrival(Promise.all(texts), { what: "the streams end" });
    for (const text of all) assertStringIncludes(text, "event: report");
  });
});

Deno.test("eventsRoute() allows 25 streams per address, and counts one less when a client disconnects", async () => {
  await serving(async (url) => {
    const fill = async () => {
      const gone = new AbortController();
      const all = await Promise.all(Array.from({ length: 25 }, () => fetch(url, { signal: gone.signal })));
      const refused = await fetch(url, { signal: gone.signal });
      gone.abort();
      return [new Set(all.map(({ status }) => status)), refused.status] as const;
    };
    assertEquals(await fill(), [new Set([200]), 429]);
    await until("every place to be free again", async () => {
      const [statuses] = await fill();
      return statuses.size === 1 && statuses.has(200);
    }, { seconds: 60 });
  });
});
