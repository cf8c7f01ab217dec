import { assertEquals } from "@std/assert";
import { clusterContextOf } from "../../../src/cluster/cluster_context.ts";
import { deriveStandbyView } from "../../../src/cluster/diagnosis/standby_view.ts";
import { standbyContextsOf } from "../../../src/cluster/standby_context.ts";
import type { StandbyView } from "../../../src/domain/standby.ts";
import { build, COLLECT_SECONDS, NOW } from "../build_view.ts";
import { row as worldRow, World } from "../world.ts";
import { CLUSTER, receiver, recovery, server } from "../fixtures.ts";
import {
  describeSituation,
  END,
  lagOf,
  MIB,
  primary,
  row,
  type Situation,
  situation,
  standby,
} from "./situations.ts";

/** What is published of the standby of a situation. */
function viewOf(known: Situation): StandbyView {
  const description = describeSituation(known);
  const { memory } = build(description);
  const [group] = memory.groups(description.snapshots);
  if (group === undefined) throw new Error("No cluster");
  return deriveStandbyView(situation(known), clusterContextOf(group, NOW));
}

/** Its reason, stage, verdict and forecast alone. */
function explanationOf(known: Situation) {
  const { reason, reasonText, stage, catchUp, catchUpText, catchUpSeconds, fallingBehind } = viewOf(known);
  return { reason, reasonText, stage, catchUp, catchUpText, catchUpSeconds, fallingBehind };
}

Deno.test("deriveStandbyView() has reason, stage, verdict and forecast of one standby", () => {
  const own = standby({ recovery: [recovery({ pauseState: "paused" })] }, {
    replayPosition: END - 32n * MIB,
  });
  assertEquals(explanationOf({ own, lag: lagOf(Number(32n * MIB), 12), primaryBytesPerSecond: 1000 }), {
    reason: "paused",
    reasonText: "Replay is paused: 32.0 MiB received and not applied; 32.0 MiB and 12.0 s behind",
    stage: "replay",
    catchUp: "streaming",
    catchUpText: "It streams from primary",
    catchUpSeconds: null,
    fallingBehind: true,
  });
});

Deno.test("deriveStandbyView() takes a delay on purpose for no falling behind", () => {
  const own = standby({ recovery: [recovery({ applyDelaySeconds: 60 })] }, {
    replayPosition: END - 32n * MIB,
  });
  const known = { own, lag: lagOf(Number(32n * MIB), 60), primaryBytesPerSecond: 1000 };
  const { reason, fallingBehind } = viewOf(known);
  assertEquals([reason, fallingBehind], ["delayed", false]);
});

Deno.test("deriveStandbyView() of a standby of which nothing is known", () => {
  const unknown = {
    own: null,
    upstream: null,
    sender: null,
    slot: null,
    connected: null,
    lag: lagOf(null),
    lastPosition: null,
    primaryPosition: null,
    primaryPositionThen: null,
    primaryMemory: null,
    observations: { received: null },
  };
  assertEquals(explanationOf(unknown), {
    reason: null,
    reasonText: "",
    stage: null,
    catchUp: null,
    catchUpText: "",
    catchUpSeconds: null,
    fallingBehind: null,
  });
});

Deno.test("deriveStandbyView() has the identity, the row and the place of a configured standby and of another one", () => {
  const sender = row({ replayPosition: END - MIB });
  const own = viewOf({ sender });
  assertEquals([own.name, own.configured, own.systemIdentifier, own.clusterKey, own.cluster], [
    "standby",
    true,
    CLUSTER,
    CLUSTER,
    "",
  ]);
  assertEquals([own.upstream, own.connected, own.sender, own.lastPosition], ["primary", true, sender, END]);
  const other = viewOf({ own: null, sender });
  assertEquals([other.name, other.configured, other.clusterKey], ["standby", false, CLUSTER]);
  assertEquals([other.upstream, other.connected, other.sender, other.lastPosition], [
    "primary",
    true,
    sender,
    END - MIB,
  ]);
});

Deno.test("deriveStandbyView() forecasts a catch-up from what is replayed and written", () => {
  const memoryOf = (replayed: bigint) => {
    const own = standby({}, { replayPosition: END - 10n * MIB });
    const description = describeSituation({ own, primaryBytesPerSecond: Number(MIB) });
    const before = {
      ...description.before,
      standby: standby({}, { replayPosition: END - 10n * MIB - replayed }).facts,
    };
    const { view } = build({ ...description, before });
    const [found] = view.standbys;
    return [found?.catchUpSeconds, found?.fallingBehind];
  };
  assertEquals(memoryOf(30n * MIB), [5, false], "3 MiB/s replayed, 1 MiB/s written, 10 MiB behind");
  assertEquals(memoryOf(5n * MIB), [null, true]);
  assertEquals(COLLECT_SECONDS, 10);
});

Deno.test("deriveStandbyView() has a lag against its upstream only of a cascading standby", () => {
  const applied = END - MIB;
  const middle = {
    ...standby({ receiver: [receiver()] }, { startUnixSeconds: 1, replayPosition: END }),
    server: "middle",
  };
  const below = standby({}, { receivePosition: applied, replayPosition: applied });
  const feeding = { ...middle, facts: { ...middle.facts, senders: [row({ replayPosition: applied })] } };
  const description = {
    snapshots: [primary({ senders: [row({ applicationName: "middle", slot: "", pid: 1 })] }), feeding, below],
    before: {
      middle: {
        ...feeding.facts,
        server: [server({ ...middle.facts.server?.[0], replayPosition: END - 2n * MIB })],
      },
    },
  };
  const { memory, view } = build(description);
  // The upstream replayed 2 MiB in 10 s and was past its position after half of them.
  assertEquals(view.standbys.map(({ name, upstreamLagSeconds }) => [name, upstreamLagSeconds]), [
    ["middle", null],
    ["standby", 5],
  ]);
  const [group] = memory.groups(description.snapshots);
  if (group === undefined) throw new Error("No cluster");
  const cluster = clusterContextOf(group, NOW);
  assertEquals(standbyContextsOf(cluster).map((each) => deriveStandbyView(each, cluster)), [
    ...view.standbys,
  ]);
});

Deno.test("deriveStandbyView() has whether the server responds that the standby is to receive from", () => {
  const world = new World({ expectedStandbys: 2 });
  const [first, middle, last] = [world.add("primary"), world.add("standby1"), world.add("standby2")];
  first.senders = [worldRow(middle)];
  middle.senders = [worldRow(last)];
  world.collect();
  world.pass(30);
  const upstreams = () =>
    Object.fromEntries(world.view().standbys.map(({ name, upstreamUp }) => [name, upstreamUp]));
  assertEquals(upstreams(), { standby1: true, standby2: true });

  // Its own upstream, although the primary responds.
  middle.reachable = false;
  last.receiver = null;
  first.senders = [];
  world.pass(10);
  assertEquals(upstreams(), { standby1: true, standby2: false });

  middle.reachable = true;
  last.receiver = "streaming";
  first.reachable = false;
  middle.receiver = null;
  world.pass(10);
  assertEquals(upstreams(), { standby1: false, standby2: true });

  // After the failover there is a primary that it could follow.
  last.receiver = null;
  middle.senders = [];
  Object.assign(middle, { inRecovery: false, timeline: 2 });
  world.pass(10);
  assertEquals(upstreams(), { primary: true, standby2: true });
});
