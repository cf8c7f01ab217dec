import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DEFAULT_HEALTH_THRESHOLDS } from "../../src/domain/thresholds.ts";
import { renderOverview } from "../../src/report/overview.ts";
import { deriveOverviewRow } from "../../src/report/overview_row.ts";
import { deriveVerdict } from "../../src/report/overview_verdict.ts";
import { AT, HOSTILE, PRIMARY, standby, TROUBLED, viewOf, WELL } from "./views.ts";
import type { View } from "../../src/domain/view.ts";

const OPTIONS = { now: AT + 2, wallNow: 1_795_000_000, version: "1.2.3", telemetryPath: "/metrics" };

function rowsOf(view: View) {
  const context = { view, thresholds: DEFAULT_HEALTH_THRESHOLDS, now: AT + 2 };
  return view.servers.map((server) => deriveOverviewRow(server, context));
}

Deno.test("deriveOverviewRow() puts servers that are well into words", () => {
  const [primary, caughtUp, behind] = rowsOf(WELL);
  assertEquals(primary, {
    server: "primary",
    cluster: "",
    level: "well",
    state: "up",
    reasons: [],
    role: "primary",
    lag: "none, it is the primary",
    lagBytes: "none, it is the primary",
    position: "0/5000060",
    timeline: "1",
    version: "18.4",
    age: "2.0 s",
  });
  assertEquals([caughtUp?.lag, caughtUp?.lagBytes, caughtUp?.position], ["0 s", "0 B", "0/4FFFF00"]);
  assertEquals([behind?.lag, behind?.lagBytes, behind?.level], ["0.4 s", "1.5 KiB", "well"]);
});

Deno.test("deriveOverviewRow() says what is wrong and never passes unknown for well", () => {
  const rows = rowsOf(TROUBLED).map((
    { level, state, role, lag, lagBytes, age },
  ) => [level, state, role, lag, lagBytes, age]);
  const never = [
    "trouble",
    "down",
    "unknown: never reached",
    "unknown: never reached",
    "unknown: never reached",
    "never read",
  ];
  const why = "unknown: the exporter has not watched the primary long enough";
  assertEquals(rows, [
    ["well", "up", "primary", "none, it is the primary", "none, it is the primary", "2.0 s"],
    ["trouble", "up, but far behind", "standby", "192.3 s (3 min 12 s)", "25.0 MiB", "2.0 s"],
    never,
    ["trouble", "down", "standby (last known)", "754.0 s (12 min 34 s)", "3.0 GiB", "756.0 s (12 min 36 s)"],
    ["warning", "up, lag unknown", "standby", why, why, "2.0 s"],
    ["trouble", "up, but disconnected", "standby", "7.0 s", "1000 B", "2.0 s"],
    never,
  ]);
  assertEquals(rowsOf(TROUBLED).map(({ reasons }) => reasons).slice(1, 6), [
    ["It is 192.3 s (3 min 12 s), 25.0 MiB behind the primary"],
    ["Cannot connect to 10.0.0.7:5432: connection refused; check that PostgreSQL runs there"],
    ["No answer to a query within 2 s; the server may be frozen or the link cut"],
    ["the exporter has not watched the primary long enough", "Collector receiver failed: statement timeout"],
    ["It receives no WAL from an upstream", "It is 7.0 s, 1000 B behind the primary"],
  ]);
});

Deno.test("deriveOverviewRow() does not know the lag of a standby that nobody measured", () => {
  const [row] = rowsOf(viewOf([standby("a")]));
  assertEquals([row?.lag, row?.lagBytes], ["unknown", "unknown"]);
});

Deno.test("deriveVerdict() names the worst first", () => {
  assertEquals(deriveVerdict(WELL, rowsOf(WELL)).headline, "All 3 servers are well");
  assertEquals(deriveVerdict(null, []).headline, "Waiting for the first collection");
  const one = viewOf([PRIMARY]);
  assertEquals(deriveVerdict(one, rowsOf(one)), {
    level: "well",
    headline: "The server is well",
    remarks: [],
  });
  const { headline, level, remarks } = deriveVerdict(TROUBLED, rowsOf(TROUBLED));
  assertEquals([headline, level], ["8 things need attention", "trouble"]);
  assertEquals(remarks.at(-1)?.subject, "standby-unknown");
  assertEquals(remarks.filter(({ subject }) => subject === "Cluster shop").map(({ text }) => text), [
    "has 2 primaries: primary, standby-down",
    "has 1 of 3 expected standbys receiving WAL",
  ]);
});

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
