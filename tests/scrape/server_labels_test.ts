import { assertEquals } from "@std/assert";
import { labelsByServer, withServerLabels } from "../../src/scrape/server_labels.ts";
import type { Family } from "../../src/metrics/family.ts";
import { server } from "../fixtures/targets.ts";

const up: Family = {
  name: "x_up",
  type: "gauge",
  help: "Up",
  labels: ["instance", "zone"],
  samples: [
    { labels: { instance: "a" }, value: 1 },
    { labels: { instance: "b", zone: "own" }, value: 1 },
    { labels: { instance: "c" }, value: 0 },
  ],
};
const own: Family = {
  name: "x_build",
  type: "gauge",
  help: "Build",
  labels: [],
  samples: [{ labels: {}, value: 1 }],
};

Deno.test("withServerLabels() appends the labels of each server, and never overrules a family's own", () => {
  const byServer = new Map([
    ["a", new Map([["team", "shop"]])],
    ["b", new Map([["zone", "lost"], ["rack", "7"]])],
  ]);
  const [first, second] = withServerLabels([up, own], byServer);
  assertEquals(first?.labels, ["instance", "zone", "rack", "team"]);
  assertEquals(first?.samples.map(({ labels }) => labels), [
    { instance: "a", team: "shop" },
    { instance: "b", zone: "own", rack: "7" },
    { instance: "c" },
  ]);
  assertEquals(second, own);
  assertEquals(withServerLabels([up], new Map()), [up]);
});

Deno.test("labelsByServer() gives a discovered server the labels of its cluster", () => {
  const labels = new Map([["team", "shop"]]);
  const clusters = [{ name: "orders", expectedStandbys: null, discoverStandbys: true, labels }];
  const entries = [
    { config: { ...server("a"), cluster: "orders", labels: new Map([["zone", "x"]]) }, isDiscovered: false },
    { config: { ...server("b"), cluster: "orders" }, isDiscovered: true },
    { config: server("c"), isDiscovered: true },
  ];
  assertEquals(labelsByServer(entries, clusters), new Map([["a", new Map([["zone", "x"]])], ["b", labels]]));
});
