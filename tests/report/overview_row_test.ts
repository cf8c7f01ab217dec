import { assertEquals } from "@std/assert";
import { rowsOf, standby, TROUBLED, viewOf, WELL } from "./views.ts";

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
