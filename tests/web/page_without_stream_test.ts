import { assert, assertEquals } from "@std/assert";
import { until } from "../../compose/lab/until.ts";
import { systemClock } from "../../src/domain/clock.ts";
import type { View } from "../../src/domain/view.ts";
import { createApp } from "../../src/web/app.ts";
import { listen } from "../../src/web/listen.ts";
import { EMPTY_VIEW } from "../fixtures/empty_view.ts";
import { needingBrowser, TestBrowser } from "../live/browser.ts";
import { fakeScraper } from "./fakes.ts";

Deno.test({
  ...needingBrowser(
    "The page in a browser is read anew while there is no room for its stream, and listens again",
  ),
  fn: async () => {
    const end = new AbortController();
    let view: View | null = null;
    const { addresses, finished } = await listen(
      createApp({
        scraper: { ...fakeScraper(), view: () => view },
        telemetryPath: "/metrics",
        maxRequests: 0,
        clock: systemClock,
        version: "1.2.3",
        signal: end.signal,
      }),
      { addresses: [{ hostname: "127.0.0.1", port: 0 }], signal: end.signal },
    );
    const url = `http://127.0.0.1:${addresses[0]?.port}`;
    const gone = new AbortController();
    try {
      const streams = await Promise.all(
        Array.from({ length: 25 }, () => fetch(`${url}/api/v1/events`, { signal: gone.signal })),
      );
      assertEquals(new Set(streams.map(({ status }) => status)), new Set([200]));
      await using browser = await TestBrowser.start();
      await using opened = await browser.open(`${url}/-/healthy`);
      const { page, complaints } = opened;
      // The page's timers go by our word from here on.
      await page.clock.install();
      await page.goto(`${url}/`);
      const says = (where: string, what: string) =>
        until(`${where} to say ${what}`, async () => (await page.locator(where).innerText()).includes(what), {
          seconds: 30,
        });
      await page.evaluate("window.isTheSameDocument = true");
      await says("#lost", "this page updates every 10 s");
      await says("#region-verdict", "Waiting for the first collection");
      view = EMPTY_VIEW;
      await page.clock.runFor(10_000);
      await until(
        "the page to have read the report",
        async () => !(await page.locator("#region-verdict").innerText()).includes("Waiting"),
        { seconds: 30 },
      );
      assertEquals(await page.locator("body.stale").count(), 0);
      await says("#lost", "this page updates every 10 s");
      gone.abort();
      await until("the banner to be gone", async () => {
        await page.clock.runFor(10_000);
        return await page.locator("#lost").innerText() === "";
      }, { seconds: 30 });
      assertEquals(await page.evaluate("window.isTheSameDocument"), true);
      // A browser notes each refusal; nothing else is wrong.
      assertEquals(complaints.filter((text) => !text.includes("429")), []);
      assert(complaints.length >= 2, complaints.join("\n"));
    } finally {
      gone.abort();
      end.abort();
      await finished;
    }
  },
});
