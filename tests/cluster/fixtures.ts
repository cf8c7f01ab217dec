/** Facts and snapshots with harmless defaults, for tests of what is derived from them. */
import type {
  ActivityFact,
  ArchiverFact,
  DecodingFact,
  Facts,
  ManagerFact,
  OpenTransaction,
  ReceiverFact,
  RecoveryFact,
  SenderFact,
  ServerFact,
  SettingsFact,
  SlotFact,
  SubscriptionFact,
  SyncFact,
  TableCopyFact,
  WalFact,
} from "../../src/domain/facts.ts";
import type { ServerSnapshot } from "../../src/domain/view.ts";

export const CLUSTER = "7300000000000000001";

/** Start of a postmaster that is not named yet. */
const START_UNIX_SECONDS = 1_699_000_000;

/** A start of its own for each name. */
function startOf(name: string): number {
  return [...name].reduce(
    (sum, character) => (sum * 31 + character.charCodeAt(0)) % 1_000_003,
    START_UNIX_SECONDS,
  );
}

export function server(fact: Partial<ServerFact> = {}): ServerFact {
  return {
    versionNum: 150018,
    version: "15.18",
    systemIdentifier: CLUSTER,
    inRecovery: false,
    timeline: 1,
    writePosition: null,
    insertPosition: null,
    flushPosition: null,
    receivePosition: null,
    replayPosition: null,
    lastReplayedTransactionUnixSeconds: null,
    clockUnixSeconds: 1_700_000_000,
    startUnixSeconds: START_UNIX_SECONDS,
    clusterName: "",
    canReadStatistics: true,
    canReadWalDirectory: true,
    ...fact,
  };
}

export function sender(fact: Partial<SenderFact> = {}): SenderFact {
  return {
    standby: fact.applicationName ?? "walreceiver",
    applicationName: "walreceiver",
    clientAddress: "127.0.0.1",
    slot: "",
    user: "replicator",
    clientHostname: "",
    pid: 4711,
    kind: "standby",
    state: "streaming",
    syncState: "async",
    syncPriority: 0,
    sentPosition: null,
    writePosition: null,
    flushPosition: 0x5000000n,
    replayPosition: null,
    serverPosition: null,
    writeLagSeconds: null,
    flushLagSeconds: null,
    replayLagSeconds: null,
    replyAgeSeconds: 0.1,
    backendStartUnixSeconds: null,
    xminAgeTransactions: null,
    ...fact,
  };
}

export function receiver(fact: Partial<ReceiverFact> = {}): ReceiverFact {
  return {
    status: "streaming",
    slot: "",
    senderHost: "127.0.0.1",
    senderPort: 5432,
    receivedTimeline: 1,
    writtenPosition: null,
    flushedPosition: null,
    latestEndPosition: null,
    latestEndAgeSeconds: null,
    lastMessageAgeSeconds: null,
    lastMessageLatencySeconds: null,
    ...fact,
  };
}

export function recovery(fact: Partial<RecoveryFact> = {}): RecoveryFact {
  return {
    pauseState: "not paused",
    applyDelaySeconds: 0,
    hotStandbyFeedback: false,
    primarySlotName: "",
    hasRestoreCommand: false,
    hasRecoveryTarget: false,
    hasPrimaryConninfo: true,
    ...fact,
  };
}

export function slot(fact: Partial<SlotFact> = {}): SlotFact {
  return {
    slot: "standby",
    type: "physical",
    database: "",
    plugin: "",
    temporary: false,
    active: true,
    activePid: null,
    restartPosition: null,
    confirmedFlushPosition: null,
    retainedBytes: null,
    walStatus: "reserved",
    safeWalBytes: null,
    maxKeepBytes: null,
    xminAgeTransactions: null,
    catalogXminAgeTransactions: null,
    inactiveSinceUnixSeconds: null,
    invalidationReason: null,
    conflicting: null,
    failover: null,
    synced: null,
    ...fact,
  };
}

export function sync(fact: Partial<SyncFact> = {}): SyncFact {
  return { standbyNames: "", synchronousCommit: "on", waitingCommits: 0, oldestWaitSeconds: null, ...fact };
}

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

/** What a server shows of a manager: nothing by default. */
export function traces(fact: Partial<ManagerFact> = {}): ManagerFact {
  return { sessions: [], commandLine: [], preloaded: [], roles: [], ...fact };
}

/** A subscription `app_sub` that streams. */
export function subscription(fact: Partial<SubscriptionFact> = {}): SubscriptionFact {
  return {
    subscription: fact.name ?? "app_sub",
    name: "app_sub",
    oid: "16403",
    database: "app",
    enabled: true,
    slot: "app_sub",
    publications: ["app_pub"],
    streaming: "off",
    disablesOnError: false,
    twoPhase: false,
    origin: "any",
    failover: false,
    workerPid: 500,
    workerSeconds: 3600,
    receivedPosition: null,
    latestEndPosition: null,
    lastMessageAgeSeconds: 0.5,
    waitEventType: "Activity",
    waitEvent: "LogicalApplyMain",
    blockedBy: null,
    parallelWorkers: 0,
    copies: [],
    tables: { r: 3 },
    applyErrorsTotal: 0,
    syncErrorsTotal: 0,
    conflictsTotal: {},
    runningWorkers: 1,
    maxLogicalWorkers: 4,
    maxSyncWorkers: 2,
    runningBackgroundWorkers: 2,
    maxWorkerProcesses: 8,
    ...fact,
  };
}

/** A copy of a table that runs. */
export function tableCopy(fact: Partial<TableCopyFact> = {}): TableCopyFact {
  return { table: "16397", rows: null, bytes: null, seconds: 10, blockedBy: null, ...fact };
}

/** The slot of the subscription, which its apply worker reads. */
export function subscriptionSlot(fact: Partial<SlotFact> = {}): SlotFact {
  return slot({
    slot: "app_sub",
    type: "logical",
    plugin: "pgoutput",
    database: "app",
    activePid: 600,
    restartPosition: 1000n,
    confirmedFlushPosition: 1000n,
    retainedBytes: 0,
    ...fact,
  });
}

/** The sender of that slot. */
export function subscriptionSender(fact: Partial<SenderFact> = {}): SenderFact {
  return sender({
    standby: fact.applicationName ?? "app_sub",
    applicationName: "app_sub",
    slot: "app_sub",
    kind: "logical",
    pid: 600,
    ...fact,
  });
}

/** Decoding for a slot. */
export function decoding(fact: Partial<DecodingFact> = {}): DecodingFact {
  return {
    slot: "app_sub",
    decodedTransactionsTotal: 0,
    spilledTransactionsTotal: 0,
    spilledBytesTotal: 0,
    streamedTransactionsTotal: 0,
    streamedBytesTotal: 0,
    waitsForStandby: null,
    oldestWriter: null,
    ...fact,
  };
}

/** A session with an open transaction. */
export function openTransaction(fact: Partial<OpenTransaction> = {}): OpenTransaction {
  return { by: "4242", isPrepared: false, user: "alice", applicationName: "psql", seconds: 100, ...fact };
}

/** A server that was reached at `readAt`; its role follows from its facts. */
export function reached(
  name: string,
  { readAt, facts, cluster = "" }: {
    readonly readAt: number;
    readonly facts: Facts;
    readonly cluster?: string;
  },
): ServerSnapshot {
  const [fact] = facts.server ?? [];
  return {
    server: name,
    cluster,
    up: true,
    trouble: null,
    role: facts.server?.[0]?.inRecovery === true ? "standby" : "primary",
    readAt,
    // Two servers are two postmasters: no two start at one moment.
    facts: fact === undefined || fact.startUnixSeconds !== START_UNIX_SECONDS
      ? facts
      : { ...facts, server: [{ ...fact, startUnixSeconds: startOf(name) }] },
    runs: [],
    connectDurationSeconds: 0.012,
    collectionDurationSeconds: 0.004,
  };
}

/** The same server when it is no longer reached: everything stale. */
export function lost(snapshot: ServerSnapshot): ServerSnapshot {
  return {
    ...snapshot,
    up: false,
    trouble: { kind: "unreachable", step: "connect", sqlstate: null, message: "Nothing answers" },
  };
}

/** A server that was never reached. */
export function neverReached(name: string, cluster = ""): ServerSnapshot {
  return lost({
    server: name,
    cluster,
    up: false,
    trouble: null,
    role: null,
    readAt: null,
    facts: {},
    runs: [],
    connectDurationSeconds: null,
    collectionDurationSeconds: 0,
  });
}
