/**
 * Topologies and failures as views, derived by the program itself from what simulated servers answer.
 *
 * @module
 */
import { FindingMemory } from "../../src/cluster/findings/finding_memory.ts";
import { DEFAULT_REPORT_THRESHOLDS } from "../../src/domain/thresholds.ts";
import type { View } from "../../src/domain/view.ts";
import { deriveReport } from "../../src/report/derive.ts";
import type { Report } from "../../src/report/model.ts";
import { WALL_OFFSET } from "../cluster/build_view.ts";
import { row, World } from "../cluster/world.ts";
import { recovery, sender, slot, sync } from "../cluster/fixtures.ts";
import { NOW, type Scene, viewOf } from "../cluster/findings/views.ts";
import { subscriptionsView } from "./subscription_views.ts";

/** A view and what it shows. */
export interface GoldenView {
  /** Name of its files. */
  readonly name: string;
  /** The view. */
  readonly view: View;
}

const START = NOW;
const WAL_PER_SECOND = 32_768n;

/** A primary and standbys that stream from it and keep up, 30 s old. */
function settled(standbys: readonly string[]) {
  const world = new World({ expectedStandbys: standbys.length, now: START, wallOffset: WALL_OFFSET });
  const primary = world.add("primary", { position: 0x5000000n });
  const others = standbys.map((name) => world.add(name, { position: 0x5000000n, replayed: 0x5000000n }));
  const write = () => {
    primary.position += WAL_PER_SECOND;
    for (const standby of others) {
      if (standby.receiver === null) continue;
      standby.position = primary.position;
      standby.replayed = primary.position;
    }
    primary.senders = primary.senders.map((each) => {
      const standby = others.find(({ name }) => name === each.applicationName);
      const at = standby?.replayed ?? null;
      return {
        ...each,
        serverPosition: primary.position,
        sentPosition: at,
        writePosition: at,
        flushPosition: at,
        replayPosition: at,
      };
    });
  };
  primary.senders = others.map((standby, index) =>
    row(standby, { clientAddress: `10.0.0.${index + 2}`, pid: 100 + index, replayLagSeconds: 0.002 })
  );
  world.collect();
  world.pass(30, write);
  return { world, primary, others, write };
}

function oneStandbyWell(): View {
  return settled(["standby"]).world.view();
}

function cascade(): View {
  const { world, primary, others: [standby, standby2], write } = settled(["standby", "standby2"]);
  if (standby === undefined || standby2 === undefined) throw new Error("Two standbys were asked for");
  primary.senders = primary.senders.slice(0, 1);
  world.pass(30, () => {
    write();
    standby.senders = [row(standby2, {
      clientAddress: "10.0.0.3",
      pid: 200,
      serverPosition: standby.replayed,
    })];
  });
  return world.view();
}

function noStandby(): View {
  return settled([]).world.view();
}

function splitBrain(): View {
  const { world, primary, others: [standby], write } = settled(["standby"]);
  if (standby === undefined) throw new Error("A standby was asked for");
  standby.inRecovery = false;
  standby.timeline = 2;
  primary.senders = [];
  world.pass(15, () => {
    write();
    standby.position += 100n;
  });
  return world.view();
}

function primaryDown(): View {
  const { world, primary, others } = settled(["standby"]);
  primary.reachable = false;
  for (const standby of others) standby.receiver = null;
  world.pass(40);
  return world.view();
}

function standbyCut(): View {
  const { world, primary, others, write } = settled(["standby", "standby2"]);
  const [standby] = others;
  if (standby === undefined) throw new Error("A standby was asked for");
  standby.receiver = null;
  primary.senders = primary.senders.filter(({ applicationName }) => applicationName !== "standby");
  world.pass(400, write);
  return world.view();
}

function neverReached(): View {
  const { world, write } = settled(["standby"]);
  world.add("standby2", { reachable: false });
  world.pass(15, write);
  return world.view();
}

/** Nobody watched answers. */
function nothingReached(): View {
  const world = new World({ now: START, wallOffset: WALL_OFFSET });
  world.add("primary", { reachable: false });
  world.add("standby", { reachable: false });
  world.collect();
  world.pass(10);
  return world.view();
}

const MIB = 1024 ** 2;

/** A scene of the findings' tests under load, with the findings that it raises. */
function scene(options: Scene): View {
  const servers = {
    primary: { walBytesPerSecond: MIB },
    standby: { walBytesPerSecond: MIB, replayBytesPerSecond: MIB },
  };
  const view = viewOf({ servers, ...options });
  return { ...view, findings: new FindingMemory().findingsOf(view) };
}

function paused(): View {
  return scene({
    standby: {
      server: viewOf().servers[1]?.facts.server ?? [],
      recovery: [recovery({ pauseState: "paused", primarySlotName: "standby" })],
      conflicts: [{ cause: "snapshot", total: 120 }, { cause: "lock", total: 3 }],
    },
    derived: {
      reason: "paused",
      reasonText: "Replay is paused on it; 24.0 MiB wait there",
      stage: "replay",
      lag: { seconds: 42.5, bytes: 24 * MIB },
      catchUpText: "It streams from primary",
      catchUpSeconds: null,
      fallingBehind: true,
    },
  });
}

function delayed(): View {
  return scene({
    standby: {
      server: viewOf().servers[1]?.facts.server ?? [],
      recovery: [recovery({ applyDelaySeconds: 3600, primarySlotName: "standby" })],
    },
    derived: {
      reason: "delayed",
      reasonText: "recovery_min_apply_delay holds it back by 1 h",
      stage: "replay",
      lag: { seconds: 3601, bytes: 24 * MIB },
      catchUpSeconds: null,
    },
  });
}

function lostSlot(): View {
  return scene({
    primary: {
      ...viewOf().servers[0]?.facts,
      senders: [],
      slots: [
        slot({
          slot: "standby",
          active: false,
          walStatus: "lost",
          restartPosition: null,
          retainedBytes: null,
          safeWalBytes: null,
          maxKeepBytes: 1024 ** 3,
        }),
        slot({
          slot: "backup",
          active: false,
          restartPosition: 100n,
          walStatus: "extended",
          retainedBytes: 900 * 1024 ** 2,
          safeWalBytes: 124 * 1024 ** 2,
          maxKeepBytes: 1024 ** 3,
        }),
      ],
    },
    derived: {
      connected: false,
      reason: "lost",
      reasonText: "It needs WAL that primary no longer has",
      stage: "transport",
      lag: { seconds: 7200, bytes: 2 * 1024 ** 3 },
      catchUp: "must_rebuild",
      catchUpText: 'Slot "standby" on primary has lost the WAL it needs',
      catchUpSeconds: null,
      fallingBehind: true,
    },
    standby: { ...viewOf().servers[1]?.facts, receiver: [] },
    before: { primary: {}, standby: {} },
    view: {
      slotForecasts: [
        { server: "primary", slot: "standby", lostInSeconds: 0 },
        { server: "primary", slot: "backup", lostInSeconds: 124 },
      ],
    },
  });
}

function syncShort(): View {
  return scene({
    servers: {},
    primary: {
      ...viewOf().servers[0]?.facts,
      senders: [
        sender({ applicationName: "standby", slot: "standby", syncState: "sync", replayPosition: 5000n }),
      ],
      sync: [sync({ standbyNames: "2 (standby, standby2)", waitingCommits: 3, oldestWaitSeconds: 12.5 })],
    },
  });
}

/** Every one, in the order of a tour. */
export function goldenViews(): readonly GoldenView[] {
  return [
    { name: "one_standby_well", view: oneStandbyWell() },
    { name: "cascade", view: cascade() },
    { name: "no_standby", view: noStandby() },
    { name: "split_brain", view: splitBrain() },
    { name: "primary_down", view: primaryDown() },
    { name: "standby_cut", view: standbyCut() },
    { name: "paused", view: paused() },
    { name: "delayed", view: delayed() },
    { name: "lost_slot", view: lostSlot() },
    { name: "never_reached", view: neverReached() },
    { name: "nothing_reached", view: nothingReached() },
    { name: "sync_short", view: syncShort() },
    { name: "subscriptions", view: subscriptionsView() },
  ];
}

/** The report of a view, at the moment of the view. */
export function reportOf(view: View): Report {
  return deriveReport(view, {
    now: view.at,
    wallNow: view.at + WALL_OFFSET,
    build: { version: "1.2.3", revision: "0123456" },
    thresholds: DEFAULT_REPORT_THRESHOLDS,
  });
}

/** The report of one of {@linkcode goldenViews}, by name. */
export function goldenReport(name: string): Report {
  const found = goldenViews().find((each) => each.name === name);
  if (found === undefined) throw new Error(`No view is named ${name}`);
  return reportOf(found.view);
}
