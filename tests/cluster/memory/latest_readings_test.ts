import { assertEquals } from "@std/assert";
import { LatestReadings } from "../../../src/cluster/memory/latest_readings.ts";
import { neverReached } from "../fixtures.ts";

Deno.test("LatestReadings knows servers by name, and by the cluster name that they have now", () => {
  const readings = new LatestReadings();
  const read = (server: string, cluster: string) =>
    readings.set({ latest: { ...neverReached(server), cluster }, reached: null });
  const named = (cluster: string) => readings.named(cluster).map(({ server }) => server);
  read("a", "");
  read("b", "x");
  read("c", "x");
  assertEquals([named(""), named("x"), named("y")], [["a"], ["b", "c"], []]);
  read("b", "y");
  assertEquals([named("x"), named("y")], [["c"], ["b"]]);
  readings.forget("c");
  assertEquals([readings.hasName("x"), readings.hasName("y")], [false, true]);
  readings.forget("unknown");
  assertEquals([readings.of("c"), readings.nameOf("c"), readings.nameOf("b")], [null, "", "y"]);
  assertEquals(readings.servers, ["a", "b"]);
});
