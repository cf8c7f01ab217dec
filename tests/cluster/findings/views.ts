/**
 * Views of a small cluster, healthy but for what a test changes.
 *
 * @module
 */
import type { CollectorName, Facts } from "../../../src/domain/facts.ts";
import type { ServerSnapshot, ServerTrouble, View } from "../../../src/domain/view.ts";
import { buildView, NOW, type Overrides, type StandbyOverride } from "../build_view.ts";
import {
  activity,
  archiver,
  reached,
  receiver,
  recovery,
  sender,
  server,
  settings,
  slot,
  sync,
  traces,
  wal,
} from "../fixtures.ts";

export { NOW } from "../build_view.ts";

const PRIMARY: Facts = {
  server: [server({ writePosition: 5000n })],
  senders: [
    sender({ applicationName: "standby", slot: "standby", replayPosition: 5000n, replyAgeSeconds: 0.5 }),
  ],
  receiver: [],
  slots: [slot({ slot: "standby", activePid: 4711, restartPosition: 5000n, retainedBytes: 0 })],
  sync: [sync()],
  wal: [wal()],
  settings: [settings()],
  manager: [traces()],
  archiver: [archiver()],
  archive_queue: [{ readyFiles: 1 }],
};

const STANDBY: Facts = {
  server: [server({ inRecovery: true, receivePosition: 5000n, replayPosition: 5000n })],
  senders: [],
  receiver: [receiver({ slot: "standby" })],
  recovery: [recovery({ primarySlotName: "standby" })],
  conflicts: [{ cause: "snapshot", total: 3 }, { cause: "lock", total: 0 }],
  activity: [activity()],
  slots: [],
  wal: [wal()],
  settings: [settings()],
  manager: [traces()],
  archiver: [archiver()],
};

const HEALTHY: Readonly<Record<string, Facts>> = { primary: PRIMARY, standby: STANDBY };

/** What a test changes of the healthy cluster: facts, and derived values that it is about. */
export interface Scene extends Overrides {
  /** Facts of the primary, instead of the healthy ones. */
  readonly primary?: Facts;
  /** Facts of the standby. */
  readonly standby?: Facts;
  /** More of the primary's snapshot. */
  readonly primarySnapshot?: Partial<ServerSnapshot>;
  /** More of the standby's snapshot. */
  readonly standbySnapshot?: Partial<ServerSnapshot>;
  /** What the collection before read differently from the healthy facts; by default the same as the latest. */
  readonly before?: Readonly<Record<string, Facts>>;
  /** What is derived of the standby. */
  readonly derived?: StandbyOverride;
}

/** A primary and its standby, which streams through a slot and has applied everything; changed as wanted. */
export function viewOf(scene: Scene = {}): View {
  const primary = {
    ...reached("primary", { readAt: NOW - 1, facts: { ...PRIMARY, ...scene.primary } }),
    clockOffsetSeconds: 0.01,
    ...scene.primarySnapshot,
  };
  const standby = {
    ...reached("standby", { readAt: NOW - 1, facts: { ...STANDBY, ...scene.standby } }),
    clockOffsetSeconds: -0.01,
    ...scene.standbySnapshot,
  };
  const before = Object.fromEntries(
    Object.entries(scene.before ?? {}).map((
      [name, facts],
    ) => [name, reached(name, { readAt: 0, facts: { ...HEALTHY[name], ...facts } }).facts]),
  );
  return buildView({ snapshots: [primary, standby], before }, {
    ...scene,
    standbys: { ...scene.standbys, ...scene.derived === undefined ? {} : { standby: scene.derived } },
  });
}

/** An unreachable server, and why. */
export function down(trouble: Partial<ServerTrouble>): Partial<ServerSnapshot> {
  return {
    up: false,
    trouble: { kind: "unreachable", step: "connect", sqlstate: null, message: "Nothing answers", ...trouble },
  };
}

/** The view without the facts of some collectors, as if they did not run. */
export function withoutFacts(view: View, collectors: readonly CollectorName[]): View {
  return {
    ...view,
    servers: view.servers.map((server) => {
      const kept = Object.entries(server.facts).filter(([name]) => !collectors.some((each) => each === name));
      const facts: Facts = {};
      Object.assign(facts, Object.fromEntries(kept));
      return { ...server, facts };
    }),
  };
}
