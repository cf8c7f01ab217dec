import { assertEquals } from "@std/assert";
import {
  clusterNamesOf,
  isSameReading,
  isUnchanged,
  LatestReadings,
} from "../../../src/cluster/memory/latest_readings.ts";
import { neverReached, reached, server } from "../fixtures.ts";

Deno.test("LatestReadings knows servers by name, and by the cluster name that they have now", () => {
  const readings = new LatestReadings();
  const read = (server: string, cluster: string) =>
    readings.set({ latest: { ...neverReached(server), cluster }, reached: null }, null);
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

Deno.test("a server that moves to another cluster name concerns both", () => {
  const [before, now] = ["x", "y"].map((cluster) => ({ ...neverReached("a"), cluster }));
  if (before === undefined || now === undefined) return;
  assertEquals(clusterNamesOf(now, null), ["y"]);
  assertEquals(clusterNamesOf(now, { latest: now, reached: null }), ["y"]);
  assertEquals(clusterNamesOf(now, { latest: before, reached: null }), ["y", "x"]);
});

Deno.test("a server that was only heard again is unchanged, and not the same reading", () => {
  const before = reached("a", { readAt: 1, facts: { server: [server()] } });
  const heard = { ...before, heardAt: 9 };
  assertEquals([isSameReading([before], [before]), isSameReading([heard], [before])], [true, false]);
  assertEquals([isUnchanged([before], [before]), isUnchanged([heard], [before])], [true, true]);
  assertEquals([isSameReading([], undefined), isUnchanged([before], [])], [false, false]);
  const others = [{ up: false }, { readAt: 2 }, { facts: {} }, { cluster: "x" }, { primarySince: 3 }];
  const different = others.map((other) => isUnchanged([{ ...before, ...other }], [before]));
  assertEquals(different, different.map(() => false));
});
