import { assertEquals } from "@std/assert";
import { measureLagSamples } from "../../../src/cluster/lag/lag_sample_series.ts";
import { defineFamily } from "../../../src/metrics/family.ts";

const FAMILIES = {
  seconds: defineFamily("x_seconds", { help: "Known.", type: "histogram" }),
  unknown: defineFamily("x_unknown_total", { help: "Unknown." }),
};

Deno.test("measureLagSamples() measures the known and the unknown, and keeps its own counts", () => {
  const counts = Array.from({ length: 12 }, () => 1);
  const lastHour = { within: 1, beyond: 0, unknown: 0 };
  const samples = { counts, sum: 7, unknown: 3, createdUnixSeconds: 5, lastHour };
  const [known, unknown] = measureLagSamples(samples, { instance: "a", cluster: "" }, FAMILIES);
  counts[0] = 99;
  assertEquals(known?.histogram?.counts[0], 1);
  assertEquals([unknown?.family.name, unknown?.value], ["x_unknown_total", 3]);
});

Deno.test("measureLagSamples() measures nothing without samples", () => {
  assertEquals([...measureLagSamples(undefined, {}, FAMILIES)], []);
});
