import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderEvents } from "../../../src/report/page/events.ts";
import { NOW, textOf } from "./reports.ts";

Deno.test("renderEvents() shows the newest first, and folds earlier ones", () => {
  const events = Array.from({ length: 12 }, (_, index) => ({
    kind: "slot_lost",
    server: "primary",
    message: `Event ${index}.`,
    unix_seconds: NOW - 100 + index,
  } as const));
  const html = renderEvents(events, { now: NOW }).text;
  const order = [...html.matchAll(/Event (\d+)\./g)].map(([, index]) => Number(index));
  assertEquals(order, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  assertEquals(textOf(html.slice(0, html.indexOf("<details"))).includes("Event 1."), false);
  assertStringIncludes(textOf(html), "10:25:11 UTC slot lost Event 11.");
});

Deno.test("renderEvents() reports that there are no events", () => {
  assertStringIncludes(renderEvents([], { now: NOW }).text, "No events since the exporter started");
});
