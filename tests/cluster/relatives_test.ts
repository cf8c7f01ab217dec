import { assertEquals } from "@std/assert";
import { LatestReadings } from "../../src/cluster/memory/latest_readings.ts";
import { relatedNames } from "../../src/cluster/relatives.ts";
import type { Facts } from "../../src/domain/facts.ts";
import { logicalSlot, subscriptionFact } from "../report/subscription_views.ts";
import { neverReached, reached, server, slot } from "./fixtures.ts";

/** Reads one server of each cluster name, with an identifier. */
function readingsOf(
  servers: readonly (readonly [cluster: string, identifier: string | null, facts?: Facts])[],
) {
  const readings = new LatestReadings();
  for (const [cluster, systemIdentifier, facts] of servers) {
    const name = `${cluster} 1`;
    const read = reached(name, { readAt: 1, facts: { server: [server({ systemIdentifier })], ...facts } });
    readings.set({ latest: { ...read, cluster }, reached: null }, null);
  }
  return readings;
}

const namesOf = (readings: LatestReadings, cluster: string) =>
  [...relatedNames(cluster, readings) ?? ["all"]].toSorted();

Deno.test("clusters with a system identifier in common have to do with one another, over any number of them", () => {
  const readings = readingsOf([["prod", "1"], ["staging", "1"], ["other", "2"], ["hidden", null], [
    "dark",
    null,
  ]]);
  readings.set({
    latest: {
      ...reached("x", { readAt: 1, facts: { server: [server({ systemIdentifier: "3" })] } }),
      cluster: "staging",
    },
    reached: null,
  }, null);
  readings.set({ latest: { ...neverReached("y"), cluster: "restored" }, reached: null }, "3");
  assertEquals(namesOf(readings, "prod"), ["prod", "restored", "staging"]);
  assertEquals(namesOf(readings, "restored"), ["prod", "restored", "staging"]);
  assertEquals(namesOf(readings, "other"), ["other"]);
  assertEquals(namesOf(readings, "hidden"), ["hidden"]);
  assertEquals(namesOf(readings, "unknown"), ["unknown"]);
});

Deno.test("a cluster has to do with others by the identifier that it has now", () => {
  const readings = readingsOf([["prod", "1"], ["staging", "1"]]);
  readings.set({
    latest: {
      ...reached("staging 1", { readAt: 2, facts: { server: [server({ systemIdentifier: "2" })] } }),
      cluster: "staging",
    },
    reached: null,
  }, null);
  assertEquals(namesOf(readings, "prod"), ["prod"]);
  readings.forget("staging 1");
  assertEquals([namesOf(readings, "staging"), readings.identifierOf("staging 1")], [["staging"], null]);
});

Deno.test("clusters that replicate logically have to do with all", () => {
  const readings = readingsOf([
    ["publisher", "1", { slots: [logicalSlot("orders")] }],
    ["subscriber", "2", { subscriptions: [subscriptionFact("orders")] }],
    ["physical", "3", { slots: [slot()], subscriptions: [] }],
    ["copy", "1"],
  ]);
  assertEquals(
    ["publisher", "subscriber", "copy", "physical"].map((name) => namesOf(readings, name)),
    [["all"], ["all"], ["all"], ["physical"]],
  );
});
