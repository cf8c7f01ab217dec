import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { ReportSubscription } from "../../../src/report/model.ts";
import { renderSubscriptions } from "../../../src/report/page/subscriptions.ts";
import { DISABLED, manySubscriptions, SUBSCRIPTION } from "../subscription_views.ts";
import { CLUSTER, HOSTILE, SERVER, textOf } from "./reports.ts";

const SERVERS = ["pub", "sub"].map((name) => ({ ...SERVER, name }));

function render(subscriptions: readonly ReportSubscription[], most?: number): string {
  const report = { subscriptions, clusters: [{ ...CLUSTER, servers: SERVERS }], unassigned_servers: [] };
  const html = renderSubscriptions(report, { most });
  return typeof html === "string" ? html : html.text;
}

function rowsOf(html: string): readonly string[] {
  return [...html.matchAll(/<tr role="row" class="[^"]*" data-key.*?<\/tr>/gs)].map(([row]) => textOf(row));
}

Deno.test("renderSubscriptions() is empty without any", () => assertEquals(render([]), ""));

Deno.test("renderSubscriptions() has a row for each, the worst first", () => {
  assertEquals(rowsOf(render([SUBSCRIPTION, DISABLED])), [
    "prices on sub, from pub database app, publication orders_tables warning: disabled It is disabled (ALTER SUBSCRIPTION ... DISABLE) 12.3 s at most: the WAL since then may hold nothing that is published, 4.0 KiB 4 of 4 3 apply errors slot prices retains 1.0 MiB",
    "orders on sub, from pub database app, publication orders_tables healthy: streaming 0.4 s 4.0 KiB, applies 2.0 KiB/s 4 of 4 no error slot orders retains 1.0 MiB",
  ]);
});

Deno.test("renderSubscriptions() shows what is unknown as unknown", () => {
  const unknown: ReportSubscription = {
    ...SUBSCRIPTION,
    status: "unknown",
    status_reasons: ["No watched server has its slot"],
    publisher: null,
    publisher_unknown_because: "No watched server has its slot",
    slot_retained_bytes: null,
    lag_seconds: null,
    lag_bytes: null,
    lag_source: null,
    lag_unknown_because: "No watched server has its slot",
    apply_bytes_per_second: null,
    total_tables: null,
    ready_tables: null,
    apply_errors: null,
    copy_errors: null,
  };
  const html = render([unknown]);
  assertEquals(rowsOf(html), [
    "orders on sub, publisher unknown database app, publication orders_tables unknown: streaming No watched server has its slot unknown unknown unknown unknown",
  ]);
  assertStringIncludes(textOf(html), "subscribes to a server that is not watched (orders), lag unknown");
  assertEquals(html.includes('class="edge'), false);
});

Deno.test("renderSubscriptions() draws a dashed edge for each pair and direction, dotted when it stops", () => {
  const back = {
    ...SUBSCRIPTION,
    server: "pub",
    publisher: { server: "sub", cluster: "", joined_by: "slot" },
  };
  const edges = [
    ...render([SUBSCRIPTION, DISABLED, back]).matchAll(
      /<g class="(edge [^"]*)".*?dasharray="([^"]*)".*?<text[^>]*>([^<]*)/g,
    ),
  ]
    .map(([, ...parts]) => parts.join(": "));
  assertEquals(edges, [
    "edge logical warning: 2 5: 1 of 2 stopped, 12.3 s",
    "edge logical healthy: 10 4: logical, 0.4 s",
  ]);
  assertMatch(render([SUBSCRIPTION, back]), /publishes, subscribes/);
});

Deno.test("renderSubscriptions() draws an unreachable server as such", () => {
  const clusters = [{
    ...CLUSTER,
    servers: SERVERS.map((each) => ({ ...each, up: false, status: "critical" as const })),
  }];
  const html = renderSubscriptions({ subscriptions: [SUBSCRIPTION], clusters, unassigned_servers: [] });
  assertMatch(typeof html === "string" ? html : html.text, /<g class="node critical".*unreachable/);
});

Deno.test("renderSubscriptions() of 200 has ten in view, the others in a fold, and counts what is left out", () => {
  const html = render(manySubscriptions(200), 40);
  assertEquals(rowsOf(html).length, 40);
  assertMatch(textOf(html), /30 more subscriptions: 30 warning/);
  assertMatch(textOf(html), /and 160 more subscriptions: 60 warning, 100 healthy/);
  assertStringIncludes(html, "100 of 200 stopped, 12.3 s");
});

Deno.test("renderSubscriptions() escapes names", () => {
  const html = render([{
    ...SUBSCRIPTION,
    name: HOSTILE,
    server: HOSTILE,
    database: HOSTILE,
    publications: [HOSTILE],
  }]);
  assert(!html.includes("<img"), html);
});
