/**
 * Views of a small cluster, healthy but for what a test changes.
 *
 * @module
 */
import type {
  ActivityFact,
  ArchiverFact,
  CollectorName,
  Facts,
  SettingsFact,
  WalFact,
} from "../../../src/domain/facts.ts";
import type { StandbyView } from "../../../src/domain/standby.ts";
import type { ClusterStatus, ServerSnapshot, ServerTrouble, View } from "../../../src/domain/view.ts";
import { EMPTY_VIEW } from "../../fixtures/empty_view.ts";
import { CLUSTER, reached, receiver, recovery, sender, server, slot, sync } from "../fixtures.ts";

/** The moment of the view. */
export const NOW = 1000;

/** Settings as PostgreSQL ships them, with checksums. */
export function settings(fact: Partial<SettingsFact> = {}): SettingsFact {
  return {
    dataChecksums: true,
    fsync: true,
    fullPageWrites: true,
    walLogHints: false,
    maxConnections: 100,
    maxWorkerProcesses: 8,
    maxPreparedTransactions: 0,
    maxLocksPerTransaction: 64,
    walSenderTimeoutSeconds: 60,
    walReceiverTimeoutSeconds: 60,
    walReceiverStatusIntervalSeconds: 10,
    maxStandbyStreamingDelaySeconds: 30,
    synchronousStandbyNames: "",
    maxSlotWalKeepBytes: null,
    hasArchiveCommand: true,
    recoveryTargetTimeline: "latest",
    hasRecoveryTarget: false,
    ...fact,
  };
}

export function wal(fact: Partial<WalFact> = {}): WalFact {
  return {
    segmentBytes: 16 * 1024 ** 2,
    maxSenders: 10,
    maxSlots: 10,
    keepBytes: 0,
    maxWalBytes: 1024 ** 3,
    level: "replica",
    ...fact,
  };
}

export function archiver(fact: Partial<ArchiverFact> = {}): ArchiverFact {
  return {
    mode: "on",
    archivedTotal: 10,
    failedTotal: 0,
    lastArchivedAgeSeconds: 20,
    lastFailedAgeSeconds: null,
    ...fact,
  };
}

export function activity(fact: Partial<ActivityFact> = {}): ActivityFact {
  return { oldestSnapshotSeconds: null, replayWaitEventType: null, replayWaitEvent: null, ...fact };
}

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
  archiver: [archiver()],
};

const STANDBY_VIEW: StandbyView = {
  name: "standby",
  configured: true,
  cluster: "",
  systemIdentifier: CLUSTER,
  upstream: "primary",
  connected: true,
  connectedChangedAt: null,
  lag: {
    server: "standby",
    seconds: 0,
    bytes: 0,
    source: "clock",
    unknownReason: null,
    unknownBecause: "",
  },
  upstreamLagSeconds: null,
  lastPosition: 5000n,
  reason: "idle",
  reasonText: "",
  stage: null,
  catchUp: "streaming",
  catchUpText: "",
  catchUpSeconds: 0,
  fallingBehind: false,
};

/** What a test changes of the healthy cluster. */
export interface Scene {
  /** Facts of the primary, instead of the healthy ones. */
  readonly primary?: Facts;
  /** Facts of the standby. */
  readonly standby?: Facts;
  /** More of the primary's snapshot. */
  readonly primarySnapshot?: Partial<ServerSnapshot>;
  /** More of the standby's snapshot. */
  readonly standbySnapshot?: Partial<ServerSnapshot>;
  /** What is derived of the standby; its lag is put into the view's lags as well. */
  readonly derived?: Partial<Omit<StandbyView, "lag">> & { readonly lag?: Partial<StandbyView["lag"]> };
  /** Of the cluster. */
  readonly cluster?: Partial<ClusterStatus>;
  /** Of the view. */
  readonly view?: Partial<View>;
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
  const lag = { ...STANDBY_VIEW.lag, ...scene.derived?.lag };
  const derived = { ...STANDBY_VIEW, ...scene.derived, lag };
  const connected = derived.connected === true;
  return {
    ...EMPTY_VIEW,
    at: NOW,
    servers: [primary, standby],
    lags: new Map([["standby", lag]]),
    connected: derived.connected === null ? new Map() : new Map([["standby", connected]]),
    walBytesPerSecond: new Map([["primary", 1024 ** 2], ["standby", 1024 ** 2]]),
    replayBytesPerSecond: new Map([["standby", 1024 ** 2]]),
    clusters: [{
      systemIdentifier: CLUSTER,
      cluster: "",
      servers: ["primary", "standby"],
      primaries: ["primary"],
      expectedStandbys: 1,
      connectedStandbys: connected ? 1 : 0,
      ...scene.cluster,
    }],
    standbys: [derived],
    edges: connected ? [{ upstream: "primary", downstream: "standby", by: "slot" }] : [],
    ...scene.view,
  };
}

/** A server that is not reached, for a reason. */
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
