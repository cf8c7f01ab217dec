import { assertEquals, assertStringIncludes } from "@std/assert";
import { describeAloud, renderVerdict } from "../../../src/report/page/verdict.ts";
import { DISABLED, SUBSCRIPTION } from "../subscription_views.ts";
import { CLUSTER, textOf, TROUBLED, WELL } from "./reports.ts";

Deno.test("renderVerdict() shows the overall status, and that of each of several clusters", () => {
  assertEquals(textOf(renderVerdict(TROUBLED)), 'Critical: Standby "standby2" is not connected');
  const clusters = [{ ...CLUSTER, name: "one" }, { ...CLUSTER, name: "two", status: "warning" } as const];
  const { text } = renderVerdict({ ...WELL, clusters });
  assertStringIncludes(textOf(text), "one healthy two warning");
  assertStringIncludes(text, '<a href="#cluster-1"><bdi>two</bdi></a>');
});

Deno.test("renderVerdict() reports that it waits for the first collection", () => {
  assertEquals(textOf(renderVerdict(null)), "Waiting for the first collection No server has been read yet.");
});

Deno.test("describeAloud() contains nothing that changes every second", () => {
  assertEquals(describeAloud(WELL), "The state is healthy: 1 of 1 standby healthy");
  assertEquals(describeAloud(TROUBLED), "The state is critical: 1 critical finding, 1 of 2 standbys healthy");
  assertEquals(describeAloud(null), "Waiting for the first collection");
});

Deno.test("describeAloud() counts subscriptions where there are any", () => {
  assertEquals(
    describeAloud({ ...WELL, subscriptions: [SUBSCRIPTION, DISABLED] }),
    "The state is healthy: 1 of 1 standby healthy, 1 of 2 subscriptions healthy",
  );
});
