import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { renderOverview } from "../../src/report/overview.ts";
import { AT, HOSTILE, TROUBLED, WELL } from "./views.ts";

const OPTIONS = { now: AT + 2, wallNow: 1_795_000_000, version: "1.2.3", telemetryPath: "/metrics" };

Deno.test("renderOverview() is a page before anything is known", () => {
  const page = renderOverview(null, OPTIONS);
  assertStringIncludes(page, "Waiting for the first collection");
  assertEquals(page.includes("<table"), false);
});

Deno.test("renderOverview() names version, links and time", () => {
  const page = renderOverview(WELL, { ...OPTIONS, telemetryPath: '/m"x' });
  assertStringIncludes(page, 'href="/m&quot;x"');
  assertStringIncludes(page, 'href="/-/healthy"');
  assertStringIncludes(page, 'href="/-/ready"');
  assertStringIncludes(page, "pg-replication-exporter 1.2.3");
  assertStringIncludes(page, "As of 2026-11-18 11:06:40 UTC, from data 2.0 s old");
});

Deno.test("renderOverview() lets no hostile name or message out of its text", () => {
  const page = renderOverview(TROUBLED, OPTIONS);
  assert(!page.includes(HOSTILE));
  assert(!page.includes("<img") && !page.includes("<script") && !page.includes("\0"));
  assertEquals(page.match(/<\/style>/g)?.length, 1);
  assertStringIncludes(page, "&lt;img src=x onerror=&quot;document.title=&#39;owned&#39;&quot;&gt;&amp;amp;");
});
