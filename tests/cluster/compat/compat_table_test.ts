import { assertEquals } from "@std/assert";
import { defineCompat, lagOfServer, momentOf, positionOf } from "../../../src/cluster/compat/compat_table.ts";
import { serverIn } from "../view.ts";
import { describedView } from "./described.ts";

const view = describedView();
const [primary, standby, down] = ["primary", "standby", "down"].map((name) => serverIn(view, name));

Deno.test("defineCompat() defines types as theirs writes them, and as OpenMetrics allows", () => {
  const { families } = defineCompat({
    rows: () => [1],
    labels: { a: () => "x" },
    families: {
      y_bytes: ["gauge", "A gauge", (row) => row],
      y_count: ["counter", "A counter", (row) => row],
      y_time: ["untyped", "No type", (row) => row],
    },
  });
  assertEquals(families.map(({ name, type, textType, unit }) => [name, type, textType, unit]), [
    ["y_bytes", "gauge", undefined, "bytes"],
    ["y_count", "unknown", "counter", undefined],
    ["y_time", "unknown", undefined, undefined],
  ]);
  assertEquals(families[0]?.labels, ["instance", "cluster", "a"]);
});

Deno.test("defineCompat() measures each row, and nothing where a value is unknown", () => {
  const table = defineCompat({
    rows: () => [1, null],
    labels: { row: (row) => String(row) },
    families: { y_value: ["gauge", "A value", (row) => row] },
  });
  if (primary === undefined) throw new Error("no primary");
  const measured = [...table.measure(primary)];
  assertEquals(measured.map(({ labels, value }) => [labels["instance"], labels["row"], value]), [[
    "primary",
    "1",
    1,
  ]]);
});

Deno.test("lagOfServer() is the truth on a standby, also on one that is down, and 0 on a primary that is up", () => {
  const lagOf = (server: typeof primary) => server === undefined ? undefined : lagOfServer(server);
  assertEquals([primary, standby, down].map(lagOf), [0, 12.5, 400]);
  if (primary === undefined) throw new Error("no primary");
  assertEquals(lagOfServer({ ...primary, up: false }), null);
  const [fact] = primary.facts.server ?? [];
  if (fact === undefined) throw new Error("no fact");
  const subscriber = {
    ...primary,
    facts: { ...primary.facts, server: [{ ...fact, hasSubscriptions: true }] },
  };
  assertEquals(lagOfServer(subscriber), null, "how far it is behind its publisher is unknown");
});

Deno.test("momentOf() and positionOf() are unknown of a server that is down", () => {
  if (standby === undefined || down === undefined) throw new Error("no standby");
  assertEquals([momentOf(standby, 1), momentOf(standby, null), momentOf(down, 1)], [
    1_699_999_999,
    null,
    null,
  ]);
  assertEquals([positionOf(standby), positionOf(down)], [0x5000000n, null]);
});
