import { assertEquals } from "@std/assert";
import { defineGauge } from "../../src/cluster/define_gauge.ts";

Deno.test("defineGauge() puts instance and cluster before its own labels, and a unit only when there is one", () => {
  assertEquals(defineGauge("pgrepl_x", "Help."), {
    name: "pgrepl_x",
    type: "gauge",
    help: "Help.",
    labels: ["instance", "cluster"],
  });
  assertEquals(defineGauge("pgrepl_x_bytes", "Help.", { labels: ["slot"], unit: "bytes" }), {
    name: "pgrepl_x_bytes",
    type: "gauge",
    help: "Help.",
    labels: ["instance", "cluster", "slot"],
    unit: "bytes",
  });
});
