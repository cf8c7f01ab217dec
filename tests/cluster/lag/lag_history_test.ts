import { assertEquals } from "@std/assert";
import {
  LAG_HISTORY_SECONDS,
  LAG_HISTORY_STEP_SECONDS,
  LagHistory,
} from "../../../src/cluster/lag/lag_history.ts";
import type { StandbyLag } from "../../../src/domain/lag.ts";
import { streaming } from "../world.ts";

function lagging(name: string, seconds: number | null) {
  const lag: StandbyLag = {
    server: name,
    seconds,
    bytes: seconds === null ? null : seconds * 1000,
    source: seconds === null ? null : "clock",
    unknownReason: seconds === null ? "no_primary" : null,
    unknownBecause: seconds === null ? "No primary" : "",
  };
  return { name, clusterKey: "7", lag };
}

Deno.test("LagHistory.record() keeps a point every ten seconds, and unknown as unknown", () => {
  const history = new LagHistory();
  for (let at = 100; at < 125; at += 2.5) history.record([lagging("a", at < 120 ? at : null)], at);
  assertEquals(history.points.get("7/a"), [
    { at: 100, seconds: 100, bytes: 100_000 },
    { at: 110, seconds: 110, bytes: 110_000 },
    { at: 120, seconds: null, bytes: null },
  ]);
});

Deno.test("LagHistory.record() is bounded by an hour, and what it handed out does not change", () => {
  const history = new LagHistory();
  const early = history.record([lagging("a", 1)], 0);
  for (let at = 1; at < 3 * LAG_HISTORY_SECONDS; at++) history.record([lagging("a", 1)], at);
  const points = history.points.get("7/a") ?? [];
  assertEquals(points.length, LAG_HISTORY_SECONDS / LAG_HISTORY_STEP_SECONDS + 1);
  assertEquals((points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0), LAG_HISTORY_SECONDS);
  assertEquals(early.get("7/a")?.length, 1);
});

Deno.test("LagHistory.record() begins a new standby at once, keeps the others' pace, forgets who is gone", () => {
  const history = new LagHistory();
  history.record([lagging("a", 1)], 0);
  history.record([lagging("a", 1), lagging("b", 2)], 4);
  const lengths = () => [...history.points].map(([key, points]) => `${key} ${points.length}`);
  assertEquals(lengths(), ["7/a 1", "7/b 1"]);
  history.record([lagging("a", 1), lagging("b", 2)], 10);
  assertEquals(lengths(), ["7/a 2", "7/b 1"]);
  history.record([lagging("b", 2)], 11);
  assertEquals(lengths(), ["7/b 1"]);
});

Deno.test("ClusterTracker.derive() fills the history of the view, however often it is asked", () => {
  const { world, standby } = streaming();
  for (let second = 0; second < 40; second++) {
    world.pass(1);
    world.view();
    world.view();
  }
  const points = [...world.view().lagHistory.entries()];
  assertEquals(points.length, 1);
  const [key, its] = points[0] ?? ["", []];
  assertEquals(key.endsWith(`/${standby.name}`), true);
  assertEquals(its.length, 4);
  assertEquals(its.every(({ seconds }) => seconds === 0), true);
});
