import { assertEquals } from "@std/assert";
import { FindingMemory } from "../../../src/cluster/findings/finding_memory.ts";
import type { Finding } from "../../../src/domain/finding.ts";
import type { View } from "../../../src/domain/view.ts";
import { recovery } from "../fixtures.ts";
import { viewOf } from "./views.ts";

const paused = { recovery: [recovery({ pauseState: "paused" as const })] };
const at = (seconds: number, view: View): View => ({ ...view, at: seconds });
const pausedSince = (memory: FindingMemory, view: View) =>
  memory.findingsOf(view).filter(({ check }) => check === "replay_paused")
    .map(({ severity, since }) => [severity, since]);

Deno.test("a finding holds since it was first seen, through a change of severity, and starts again after a break", () => {
  const memory = new FindingMemory();
  const lagging = viewOf({ standby: paused, derived: { lag: { seconds: 10, bytes: 10 } } });
  assertEquals(pausedSince(memory, at(1000, viewOf({ standby: paused }))), [["info", 1000]]);
  assertEquals(pausedSince(memory, at(1015, lagging)), [["warning", 1000]]);
  assertEquals(pausedSince(memory, at(1030, viewOf())), []);
  assertEquals(pausedSince(memory, at(1045, lagging)), [["warning", 1045]]);
});

Deno.test("findings of one check differ by server", () => {
  const memory = new FindingMemory();
  const off = { clockOffsetSeconds: 60 };
  const since = (view: View) =>
    memory.findingsOf(view).filter(({ check }) => check === "clock_off").map((
      { server, since },
    ) => [server, since]);
  assertEquals(since(at(1, viewOf({ primarySnapshot: off }))), [["primary", 1]]);
  assertEquals(since(at(2, viewOf({ primarySnapshot: off, standbySnapshot: off }))), [["primary", 1], [
    "standby",
    2,
  ]]);
});

Deno.test("queries cancelled count for ten minutes, and those before the first reading never", () => {
  const memory = new FindingMemory();
  const cancelled = (seconds: number, total: number) =>
    memory.findingsOf(at(
      seconds,
      viewOf({
        standby: { conflicts: [{ cause: "lock", total }] },
        standbySnapshot: { readAt: seconds },
      }),
    )).filter(({ check }) => check === "queries_cancelled").map(({ since }) => since);
  assertEquals(cancelled(1000, 5), []);
  assertEquals(cancelled(1015, 6), [1015]);
  assertEquals(cancelled(1600, 6), [1015]);
  assertEquals(cancelled(1616, 6), []);
});

Deno.test("thresholds can be changed", () => {
  const view = viewOf({ derived: { lag: { seconds: 20 } } });
  const checks = (memory: FindingMemory) =>
    memory.findingsOf(view).map(({ check }) => check).filter((name) => name === "lag_high");
  assertEquals(checks(new FindingMemory()), []);
  const context = { lagWarningSeconds: 10, lagCriticalSeconds: 30, cancelledRecently: new Map() };
  assertEquals(checks(new FindingMemory(context)), ["lag_high"]);
});

Deno.test("findings hold for a while when nothing was read and all standbys keep up", () => {
  const memory = new FindingMemory();
  const view = viewOf({ derived: { lag: { seconds: 0, bytes: 0 } } });
  const found = memory.findingsOf(at(1000, view), "1");
  const same = (seconds: number, news: string, other = view) =>
    memory.findingsOf(at(seconds, other), news) === found;
  assertEquals(same(1004, "1"), true);
  assertEquals(same(1004, "1", viewOf({ derived: { lag: { seconds: 20, bytes: 0 } } })), false);
  memory.findingsOf(at(1004, view), "1");
  assertEquals(same(1004.5, "2"), false);
  const again = memory.findingsOf(at(1005, view), "2");
  assertEquals(memory.findingsOf(at(1009, view), "2"), again);
  assertEquals(memory.findingsOf(at(1009, view), "2") === memory.findingsOf(at(1010.5, view), "2"), false);
});

Deno.test("findings of some clusters: theirs alone are replaced, and what compares all servers stays as it was", () => {
  const memory = new FindingMemory();
  const off = { clockOffsetSeconds: 60 };
  const whole = viewOf({ primarySnapshot: off, standby: paused });
  const told = (findings: readonly Finding[]) =>
    findings.filter(({ check }) => ["clock_off", "replay_paused", "few_standbys"].includes(check))
      .map(({ check, server, since }) => `${check} ${server} ${since}`);
  const [cluster] = whole.clusters;
  if (cluster === undefined) throw new Error("No cluster");
  const alone = { ...cluster, cluster: "other", key: "other", expectedStandbys: 2, connectedStandbys: 0 };
  const both = { ...whole, clusters: [cluster, alone] };
  assertEquals(told(memory.findingsOf(at(1, both))), [
    "few_standbys cluster 1",
    "clock_off primary 1",
    "replay_paused standby 1",
  ]);
  assertEquals(told(memory.findingsWithin(at(2, whole))), ["clock_off primary 1", "replay_paused standby 1"]);
  assertEquals(told(memory.findingsWithin(at(3, viewOf({ primarySnapshot: off })))), ["clock_off primary 1"]);
  assertEquals(told(memory.findingsWithin(at(4, whole))), ["clock_off primary 1", "replay_paused standby 4"]);
  assertEquals(told(memory.findingsOf(at(5, both))), [
    "few_standbys cluster 1",
    "clock_off primary 1",
    "replay_paused standby 4",
  ]);
});
