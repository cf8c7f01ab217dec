import { assertEquals, assertStringIncludes } from "@std/assert";
import { changedRegions, renderPage, renderPageState } from "../../../src/report/page/page.ts";
import { PAGE_SCRIPT } from "../../../src/report/page/script.ts";
import { HOSTILE, TROUBLED, WELL } from "./reports.ts";

const OPTIONS = { version: "1.2.3", telemetryPath: "/metrics", build: "b" };

Deno.test("renderPage() is one document without external resources", () => {
  const html = renderPage(TROUBLED, OPTIONS);
  assertEquals([...html.matchAll(/ (?:src|href)="([^"#]*)/g)].map(([, where = ""]) => where.slice(0, 5)), [
    "data:",
    "./met",
    "./api",
    "./-/h",
    "./-/r",
  ]);
  assertEquals(/<link(?! rel="icon")|@import|url\(|<iframe|style="/.test(html), false);
  assertStringIncludes(html, `<script>${PAGE_SCRIPT}</script>`);
  assertStringIncludes(html, "<noscript>");
});

Deno.test("renderPage() contains every region, and shows that it waits", () => {
  const html = renderPage(null, OPTIONS);
  for (const name of Object.keys(renderPageState(null, "b").regions)) {
    assertStringIncludes(html, `id="region-${name}"`);
  }
  assertStringIncludes(html, "<title>Waiting for the first collection - PostgreSQL replication</title>");
});

Deno.test("renderPage() escapes a hostile headline", () => {
  const html = renderPage({ ...WELL, headline: HOSTILE }, OPTIONS);
  assertEquals(html.includes("<img"), false);
  assertStringIncludes(html, "<title>&lt;/script&gt;&lt;img");
});

Deno.test("changedRegions() leaves out equal regions", () => {
  const before = renderPageState(WELL, "b").regions;
  assertEquals(changedRegions(before, before), {});
  const after = renderPageState({ ...WELL, events: TROUBLED.events }, "b").regions;
  assertEquals(changedRegions(before, after), { events: after.events });
});

Deno.test("the script is valid, and nothing in it ends its element early", () => {
  new Function(PAGE_SCRIPT);
  assertEquals(/<\/script|<!--/i.test(PAGE_SCRIPT), false);
});
