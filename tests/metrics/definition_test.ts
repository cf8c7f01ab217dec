import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  definitionProblem,
  isSameDefinition,
  occupiedNames,
  openMetricsName,
} from "../../src/metrics/definition.ts";
import type { FamilyDefinition } from "../../src/metrics/family.ts";

const GAUGE: FamilyDefinition = {
  name: "x_bytes",
  type: "gauge",
  help: "Bytes",
  labels: ["instance"],
  unit: "bytes",
};
const COUNTER: FamilyDefinition = { ...GAUGE, name: "x_bytes_total", type: "counter" };
const INFO: FamilyDefinition = { name: "x_info", type: "info", help: "Text", labels: ["version"] };

Deno.test("openMetricsName() leaves out the suffix that the type implies, no other", () => {
  assertEquals(openMetricsName(COUNTER), "x_bytes");
  assertEquals(openMetricsName(INFO), "x");
  assertEquals(openMetricsName(GAUGE), "x_bytes");
  assertEquals(
    openMetricsName({ ...GAUGE, name: "pg_replication_slots_total" }),
    "pg_replication_slots_total",
  );
});

Deno.test("occupiedNames() lists the metadata name and every sample name", () => {
  assertEquals(occupiedNames(COUNTER), ["x_bytes", "x_bytes_total", "x_bytes_created"]);
  assertEquals(occupiedNames(INFO), ["x", "x_info"]);
  assertEquals(occupiedNames(GAUGE), ["x_bytes"]);
  assertEquals(occupiedNames({ ...GAUGE, type: "histogram" }), [
    "x_bytes",
    "x_bytes_bucket",
    "x_bytes_sum",
    "x_bytes_count",
    "x_bytes_created",
  ]);
});

Deno.test("definitionProblem() finds none in good definitions", () => {
  for (const family of [GAUGE, COUNTER, INFO]) assertEquals(definitionProblem(family), null);
  assertEquals(definitionProblem({ ...GAUGE, name: "A1_b_bytes", labels: [] }), null);
});

const BROKEN: readonly (readonly [part: string, family: FamilyDefinition])[] = [
  ['named ""', { ...GAUGE, name: "" }],
  ['named "x-bytes"', { ...GAUGE, name: "x-bytes" }],
  ['named "x:bytes"', { ...GAUGE, name: "x:bytes" }],
  ['named "_x_bytes"', { ...GAUGE, name: "_x_bytes" }],
  ['named "1x_bytes"', { ...GAUGE, name: "1x_bytes" }],
  ['named "x_bytes\n"', { ...GAUGE, name: "x_bytes\n" }],
  ['must end in "_total"', { ...COUNTER, name: "x_bytes" }],
  ['must end in "_info"', { ...INFO, name: "x" }],
  ['named "_total"', { ...COUNTER, name: "_total" }],
  ['label named "a b"', { ...GAUGE, labels: ["a b"] }],
  ['label named ""', { ...GAUGE, labels: [""] }],
  ['label named "__name__"', { ...GAUGE, labels: ["__name__"] }],
  ["a label twice: a, b, a", { ...GAUGE, labels: ["a", "b", "a"] }],
  ['label "le"', { ...GAUGE, type: "histogram", labels: ["le"] }],
  ['unit "seconds"', { ...GAUGE, unit: "seconds" }],
  ['unit ""', { ...GAUGE, unit: "" }],
  ['unit "total"', { ...COUNTER, unit: "total" }],
  ["info family has no unit", { ...INFO, name: "x_bytes_info", unit: "bytes" }],
];

for (const [part, family] of BROKEN) {
  Deno.test(`definitionProblem() finds ${JSON.stringify(part)}`, () => {
    assertStringIncludes(definitionProblem(family) ?? "nothing", part);
  });
}

Deno.test("isSameDefinition() compares all that is written", () => {
  assert(isSameDefinition(GAUGE, { ...GAUGE, labels: [...GAUGE.labels] }));
  const { unit: _, ...withoutUnit } = GAUGE;
  const others: readonly FamilyDefinition[] = [
    { ...GAUGE, name: "y_bytes" },
    { ...GAUGE, type: "info" },
    { ...GAUGE, textType: "counter" },
    { ...GAUGE, help: "Octets" },
    { ...GAUGE, labels: [] },
    { ...GAUGE, labels: ["cluster"] },
    withoutUnit,
  ];
  for (const other of others) assertEquals(isSameDefinition(GAUGE, other), false);
});
