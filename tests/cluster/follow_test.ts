import { assertEquals } from "@std/assert";
import { ClusterTracker } from "../../src/cluster/tracker.ts";
import { DEFAULT_HEALTH_THRESHOLDS } from "../../src/domain/thresholds.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";
import { CLUSTER, lost, reached, receiver, sender, server } from "./fixtures.ts";

/** A tracker of a primary alone, whose standby is known by its row; as many standbys are expected, null: not said. */
function primaryAlone(expectedStandbys: number | null) {
  const clock = new FakeClock();
  const tracker = new ClusterTracker({
    clock,
    expectedStandbys,
    health: DEFAULT_HEALTH_THRESHOLDS,
    servers: ["primary"],
  });
  const at = clock.monotonic();
  const senders = [sender({ applicationName: "standby", slot: "standby", replayPosition: 1000n })];
  const primary = reached("primary", {
    readAt: at,
    facts: { server: [server({ writePosition: 1000n })], senders, slots: [] },
  });
  const standby = reached("standby", {
    readAt: at,
    facts: {
      server: [server({ inRecovery: true, replayPosition: 1000n })],
      receiver: [receiver({ slot: "standby" })],
    },
  });
  tracker.observe([primary]);
  const standbys = (...servers: Parameters<ClusterTracker["derive"]>[0]) =>
    tracker.derive(servers).standbys.map(({ name, configured }) => [name, configured]);
  const expected = (...servers: Parameters<ClusterTracker["derive"]>[0]) =>
    tracker.derive(servers).clusters[0]?.expectedStandbys;
  return { tracker, primary, standby, standbys, expected };
}

Deno.test("ClusterTracker.follow() makes a remembered standby a watched one: one standby all the time", () => {
  const { tracker, primary, standby, standbys, expected } = primaryAlone(null);
  assertEquals([standbys(primary), expected(primary)], [[["standby", false]], 0]);
  tracker.follow("standby");
  const happened = tracker.observe([standby]);
  assertEquals(happened, []);
  assertEquals([standbys(primary, standby), expected(primary, standby)], [[["standby", true]], 1]);
  assertEquals([...tracker.senders([primary, standby]).get(CLUSTER)?.senders.joined.keys() ?? []], [
    "standby",
  ]);
});

Deno.test("ClusterTracker.follow() leaves an expectation that was given as it is", () => {
  const { tracker, primary, standby, expected } = primaryAlone(0);
  tracker.follow("standby");
  tracker.observe([standby]);
  assertEquals(expected(primary, standby), 0);
});

Deno.test("the name of a server that is followed is nobody else's, whatever a row says", () => {
  const { tracker, primary, standby, standbys } = primaryAlone(null);
  tracker.follow("standby");
  const other = sender({ applicationName: "standby", slot: "other", pid: 9, replayPosition: 900n });
  const two = {
    ...primary,
    facts: { ...primary.facts, senders: [...primary.facts.senders ?? [], other] },
  };
  tracker.observe([standby, two]);
  assertEquals(standbys(two, standby), [["standby", true], ["standby#2", false]]);
});

Deno.test("ClusterTracker.forget() leaves nothing of a server, and its name to the next", () => {
  const { tracker, primary, standby, standbys, expected } = primaryAlone(null);
  tracker.follow("standby");
  tracker.observe([standby]);
  tracker.observe([lost(standby)]);
  tracker.forget("standby");
  tracker.observe([primary]);
  assertEquals([standbys(primary), expected(primary)], [[["standby", false]], 0]);
});
