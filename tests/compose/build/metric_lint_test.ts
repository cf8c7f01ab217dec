import { assertEquals } from "@std/assert";
import type { FamilyDefinition } from "../../../src/metrics/family.ts";
import { lintCatalogue, lintFamily } from "../../../compose/build/metric_lint.ts";

const GOOD: readonly FamilyDefinition[] = [
  { name: "pgrepl_up", type: "gauge", help: "Whether the server answers, 0 or 1", labels: ["instance"] },
  {
    name: "pgrepl_slot_retained_bytes",
    type: "gauge",
    help: "WAL kept",
    labels: ["instance", "slot"],
    unit: "bytes",
  },
  {
    name: "pgrepl_conflicts_total",
    type: "counter",
    help: "Queries cancelled",
    labels: ["instance", "cause"],
  },
  {
    name: "pgrepl_server_info",
    type: "info",
    help: "Version of the server",
    labels: ["instance", "version"],
  },
  {
    name: "pgrepl_replay_bytes_per_second",
    type: "gauge",
    help: "Bytes replayed per second",
    labels: ["instance"],
  },
  { name: "pgrepl_start_timestamp_seconds", type: "gauge", help: "Start", labels: [], unit: "seconds" },
  { name: "process_cpu_seconds_total", type: "counter", help: "CPU time", labels: [], unit: "seconds" },
  { name: "process_start_time_seconds", type: "gauge", help: "Start", labels: [], unit: "seconds" },
];

Deno.test("lintFamily() finds nothing in good families", () => {
  for (const family of GOOD) assertEquals(lintFamily(family), []);
});

const BASE: FamilyDefinition = { name: "pgrepl_lag", type: "gauge", help: "Lag", labels: ["instance"] };

const BAD: readonly (readonly [rule: string, family: FamilyDefinition])[] = [
  ["prefix", { ...BASE, name: "pg_lag" }],
  ["prefix", { ...BASE, name: "pgreplication_lag" }],
  ["snake case", { ...BASE, name: "pgrepl_theLag" }],
  ["snake case", { ...BASE, name: "pgrepl__lag" }],
  ["snake case", { ...BASE, labels: ["clientAddr"] }],
  ["help", { ...BASE, help: "" }],
  ["help", { ...BASE, help: "Lag " }],
  ["help", { ...BASE, help: "Lag\nin bytes" }],
  ["help", { ...BASE, help: "pgrepl_lag of a standby" }],
  ["counter suffix", { ...BASE, name: "pgrepl_slots_total" }],
  ["info suffix", { ...BASE, name: "pgrepl_server_info" }],
  ["reserved suffix", { ...BASE, name: "pgrepl_lag_sum" }],
  ["reserved suffix", { ...BASE, name: "pgrepl_lag_created" }],
  ["reserved suffix", { ...BASE, name: "pgrepl_lag_count_total", type: "counter" }],
  ["reserved label", { ...BASE, labels: ["le"] }],
  ["reserved label", { ...BASE, labels: ["job"] }],
  ["base unit", { ...BASE, name: "pgrepl_lag_milliseconds" }],
  ["base unit", { ...BASE, name: "pgrepl_lag_ms" }],
  ["base unit", { ...BASE, name: "pgrepl_lag_mb" }],
  ["base unit", { ...BASE, name: "pgrepl_used_percent" }],
  ["base unit", { ...BASE, name: "pgrepl_minutes_behind" }],
  ["declared unit", { ...BASE, name: "pgrepl_lag_seconds" }],
  ["declared unit", { ...BASE, name: "pgrepl_wal_bytes_total", type: "counter" }],
  ["declared unit", { ...BASE, name: "pgrepl_lag_segments", unit: "segments" }],
  ["declared unit", { ...BASE, name: "pgrepl_bytes_lag_bytes", unit: "bytes" }],
  ["writable", { ...BASE, name: "pgrepl_lag_seconds", unit: "bytes" }],
  ["writable", { ...BASE, labels: ["instance", "instance"] }],
  ["timestamp", { ...BASE, name: "pgrepl_start_timestamp" }],
  ["timestamp", { ...BASE, name: "pgrepl_start_time" }],
  ["type in name", { ...BASE, name: "pgrepl_lag_gauge" }],
  ["label in name", { ...BASE, name: "pgrepl_lag_by_instance" }],
];

for (const [rule, family] of BAD) {
  const seen = [family.name, ...family.labels, JSON.stringify(family.help)].join(" ");
  Deno.test(`lintFamily() finds "${rule}" in ${seen}, and nothing else`, () => {
    assertEquals(lintFamily(family).map((problem) => [problem.family, problem.rule]), [[family.name, rule]]);
  });
}

Deno.test("lintFamily() finds a counter and an info family without their suffixes, which cannot be written either", () => {
  const rules = (family: FamilyDefinition) => lintFamily(family).map(({ rule }) => rule);
  assertEquals(rules({ ...BASE, type: "counter" }), ["writable", "counter suffix"]);
  assertEquals(rules({ ...BASE, type: "info" }), ["writable", "info suffix"]);
});

Deno.test("lintCatalogue() finds families with conflicting names", () => {
  const gauge: FamilyDefinition = { ...BASE, name: "pgrepl_conflicts" };
  const counter: FamilyDefinition = { ...BASE, name: "pgrepl_conflicts_total", type: "counter" };
  const { problems } = lintCatalogue([BASE, gauge, counter, BASE], []);
  assertEquals(problems, [
    {
      family: "pgrepl_conflicts_total",
      rule: "clash",
      message: 'and "pgrepl_conflicts" are both "pgrepl_conflicts" in OpenMetrics',
    },
    { family: "pgrepl_lag", rule: "clash", message: "is defined twice" },
  ]);
});

Deno.test("lintCatalogue() lets an exception cover its rule of its family only, and reports one that covers nothing", () => {
  const family = { ...BASE, name: "pgrepl_lag_mb", help: "" };
  const used = { family: "pgrepl_lag_mb", rule: "base unit", reason: "Old" };
  const unused = { family: "pgrepl_lag", rule: "help", reason: "Gone" };
  const report = lintCatalogue([family, BASE], [used, unused]);
  assertEquals(report.problems.map(({ rule }) => rule), ["help"]);
  assertEquals(report.unused, [unused]);
});

Deno.test("lintCatalogue() knows the classic families, with the two problems promtool reports", () => {
  const classic = (name: string): FamilyDefinition => ({ ...BASE, name });
  const { problems, unused } = lintCatalogue([
    classic("pg_replication_lag_mb"),
    classic("pg_replication_slots_total"),
    classic("pg_wal_senders"),
    classic("pg_something_new"),
  ]);
  assertEquals(problems.map(({ family, rule }) => [family, rule]), [["pg_something_new", "prefix"]]);
  assertEquals(unused.every(({ rule }) => rule === "prefix"), true);
});
