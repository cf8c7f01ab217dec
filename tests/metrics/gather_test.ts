import { assertEquals, assertStringIncludes } from "@std/assert";
import { type FamilyDefinition, measureHistogram, type Measurement } from "../../src/metrics/family.ts";
import { gatherFamilies } from "../../src/metrics/gather.ts";

const UP: FamilyDefinition = {
  name: "pgrepl_up",
  type: "gauge",
  help: "Up",
  labels: ["instance", "cluster"],
};
const CONFLICTS: FamilyDefinition = {
  name: "pgrepl_conflicts_total",
  type: "counter",
  help: "Conflicts",
  labels: [],
};
const SERVER: FamilyDefinition = {
  name: "pgrepl_server_info",
  type: "info",
  help: "Text",
  labels: ["version"],
};

function up(instance: string, value: number, cluster = ""): Measurement {
  return { family: UP, labels: { instance, cluster }, value };
}

Deno.test("gatherFamilies() sorts families by name and samples by label values in declared order", () => {
  const { families, rejected } = gatherFamilies([
    up("b", 1),
    { family: SERVER, labels: { version: "15" }, value: 1 },
    up("a", 2, "y"),
    { family: CONFLICTS, labels: {}, value: 3 },
    up("a", 4, "x"),
    up("B", 5),
    up("a", 6),
  ]);
  assertEquals(rejected, []);
  assertEquals(families.map(({ name }) => name), [
    "pgrepl_conflicts_total",
    "pgrepl_server_info",
    "pgrepl_up",
  ]);
  assertEquals(families[2], {
    ...UP,
    samples: [
      { labels: { instance: "B", cluster: "" }, value: 5 },
      { labels: { instance: "a", cluster: "" }, value: 6 },
      { labels: { instance: "a", cluster: "x" }, value: 4 },
      { labels: { instance: "a", cluster: "y" }, value: 2 },
      { labels: { instance: "b", cluster: "" }, value: 1 },
    ],
  });
});

Deno.test("gatherFamilies() takes NaN and infinities as values", () => {
  const { families, rejected } = gatherFamilies([up("a", NaN), up("b", Infinity), up("c", -Infinity)]);
  assertEquals(families[0]?.samples.map(({ value }) => value), [NaN, Infinity, -Infinity]);
  assertEquals(rejected, []);
});

Deno.test("gatherFamilies() keeps the first of alike samples and reports the others once", () => {
  const { families, rejected } = gatherFamilies([
    up("a", 1),
    up("b", 2),
    up("a", 3),
    { family: UP, labels: { instance: "a" }, value: 4 }, // an absent label is an empty one
  ]);
  assertEquals(families[0]?.samples.map(({ value }) => value), [1, 2]);
  assertEquals(rejected, [{
    family: "pgrepl_up",
    reason:
      'Cannot publish pgrepl_up{instance="a",cluster=""} twice: two samples have these labels, the first is kept',
    samples: 2,
  }]);
});

Deno.test("gatherFamilies() distinguishes label sets that look alike when joined", () => {
  const { families, rejected } = gatherFamilies([
    up("a", 1, "b\0"),
    up("a\0b", 2),
    up("a", 3, "b"),
    up('a","b', 4),
  ]);
  assertEquals(families[0]?.samples.length, 4);
  assertEquals(rejected, []);
});

Deno.test("gatherFamilies() sees duplicates that only UTF-8 makes", () => {
  const { families, rejected } = gatherFamilies([up("\ud800", 1), up("\ud801", 2)]);
  assertEquals(families[0]?.samples, [{ labels: { instance: "\ufffd", cluster: "" }, value: 1 }]);
  assertEquals(rejected.map(({ samples }) => samples), [1]);
});

Deno.test("gatherFamilies() leaves out a sample with an undeclared label, not one with an empty one", () => {
  const { families, rejected } = gatherFamilies([
    up("a", 1),
    { family: UP, labels: { instance: "b", pid: "4711" }, value: 2 },
    { family: UP, labels: { instance: "c", pid: "" }, value: 3 },
  ]);
  assertEquals(families[0]?.samples.map(({ value }) => value), [1, 3]);
  assertEquals(rejected.map(({ reason }) => reason), [
    'Cannot publish a sample of "pgrepl_up" with label "pid": it declares instance, cluster',
  ]);
});

Deno.test("gatherFamilies() leaves out values that are invalid for the type", () => {
  const { families, rejected } = gatherFamilies([
    { family: CONFLICTS, labels: {}, value: -1 },
    { family: CONFLICTS, labels: {}, value: NaN },
    { family: SERVER, labels: { version: "15" }, value: 0 },
    { family: SERVER, labels: { version: "16" }, value: 1 },
  ]);
  assertEquals(families.map(({ name, samples }) => [name, samples.length]), [["pgrepl_server_info", 1]]);
  assertEquals(rejected, [
    {
      family: "pgrepl_conflicts_total",
      reason: "Cannot publish pgrepl_conflicts_total{} = -1: a counter is 0 or more",
      samples: 2,
    },
    {
      family: "pgrepl_server_info",
      reason: 'Cannot publish pgrepl_server_info{version="15"} = 0: an info sample is 1',
      samples: 1,
    },
  ]);
});

Deno.test("gatherFamilies() keeps the first of two definitions of one name", () => {
  const { families, rejected } = gatherFamilies([
    up("a", 1),
    { family: { ...UP, help: "Something else" }, labels: { instance: "b" }, value: 2 },
    { family: { ...UP }, labels: { instance: "c" }, value: 3 },
  ]);
  assertEquals(families.map(({ help, samples }) => [help, samples.map(({ value }) => value)]), [["Up", [
    1,
    3,
  ]]]);
  assertEquals(rejected.map(({ samples }) => samples), [1]);
  assertStringIncludes(rejected[0]?.reason ?? "", '"pgrepl_up" under two definitions');
});

Deno.test("gatherFamilies() leaves out a family that cannot be written, and no other", () => {
  const broken = { ...UP, name: "pgrepl-up" };
  const { families, rejected } = gatherFamilies([
    { family: broken, labels: { instance: "a" }, value: 1 },
    { family: broken, labels: { instance: "b" }, value: 1 },
    up("a", 1),
  ]);
  assertEquals(families.map(({ name }) => name), ["pgrepl_up"]);
  assertEquals(rejected.map(({ family, samples }) => [family, samples]), [["pgrepl-up", 2]]);
});

Deno.test("gatherFamilies() leaves out the later of two families with the same name in OpenMetrics", () => {
  const gauge: FamilyDefinition = { name: "pgrepl_conflicts", type: "gauge", help: "Now", labels: [] };
  const { families, rejected } = gatherFamilies([
    { family: CONFLICTS, labels: {}, value: 1 },
    { family: gauge, labels: {}, value: 1 },
  ]);
  assertEquals(families.map(({ name }) => name), ["pgrepl_conflicts"]);
  assertEquals(rejected, [{
    family: "pgrepl_conflicts_total",
    reason:
      'Cannot publish "pgrepl_conflicts_total" beside "pgrepl_conflicts": both are "pgrepl_conflicts" in OpenMetrics',
    samples: 1,
  }]);
});

Deno.test("gatherFamilies() leaves the input as it was", () => {
  const measurements = Object.freeze([Object.freeze(up("b", 1)), Object.freeze(up("a", 2))]);
  gatherFamilies(measurements);
  assertEquals(measurements, [up("b", 1), up("a", 2)]);
});

Deno.test("gatherFamilies() of nothing is nothing", () => {
  assertEquals(gatherFamilies([]), { families: [], rejected: [] });
});

Deno.test("gatherFamilies() takes buckets for histograms, and for nothing else", () => {
  const gauge: FamilyDefinition = { name: "pgrepl_lag_seconds", type: "gauge", help: "Lag", labels: ["a"] };
  const family: FamilyDefinition = { ...gauge, name: "pgrepl_wait_seconds", type: "histogram" };
  const histogram = { bounds: [1], counts: [2, 1], sum: 4, createdUnixSeconds: 7 };
  const { families, rejected } = gatherFamilies([
    measureHistogram(family, { a: "x\ud800" }, histogram),
    { family, labels: { a: "y" }, value: 1 },
    { family: gauge, labels: { a: "y" }, value: 1, histogram },
  ]);
  assertEquals(families.map(({ samples }) => samples), [[{ labels: { a: "x\ufffd" }, value: 3, histogram }]]);
  assertEquals(rejected.map(({ family, samples }) => [family, samples]), [
    ["pgrepl_wait_seconds", 1],
    ["pgrepl_lag_seconds", 1],
  ]);
});
