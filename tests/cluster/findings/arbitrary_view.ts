/**
 * Views of any kind, also such as no cluster ever shows: unknown facts, contradictions, numbers out of range.
 *
 * @module
 */
import * as fc from "fast-check";
import { CONSISTENCY_VERDICTS, type ConsistencyResult } from "../../../src/domain/consistency.ts";
import { slotCopies, slotSync } from "./arbitrary_copy.ts";
import type { Facts } from "../../../src/domain/facts.ts";
import {
  CATCH_UP_VERDICTS,
  LAG_STAGES,
  STANDBY_REASONS,
  type StandbyView,
} from "../../../src/domain/standby.ts";
import { LAG_UNKNOWN_REASONS, type StandbyLag } from "../../../src/domain/lag.ts";
import type { ServerSnapshot, UnwatchedServer, View } from "../../../src/domain/view.ts";
import { buildView } from "../build_view.ts";
import {
  activity,
  archiver,
  decoding,
  receiver,
  recovery,
  server,
  settings,
  slot,
  sync,
  wal,
} from "../fixtures.ts";
import { catalogue, follower } from "./arbitrary_catalogues.ts";
import { anySubscription, holder, senderRow, subscriptionFact } from "./arbitrary_subscriptions.ts";
import {
  age,
  anyName,
  bytes,
  lsn,
  name,
  NAMES,
  orNull,
  seconds,
  slotName,
  some,
  version,
} from "./arbitrary_values.ts";

const facts: fc.Arbitrary<Facts> = fc.record({
  server: fc.array(
    some({
      versionNum: version,
      systemIdentifier: orNull(fc.constantFrom("1", "2")),
      inRecovery: fc.boolean(),
      timeline: orNull(fc.nat(3)),
      replayPosition: orNull(lsn),
      canReadStatistics: fc.boolean(),
      canReadWalDirectory: fc.boolean(),
    }).map(server),
    { maxLength: 1 },
  ),
  senders: fc.uniqueArray(
    senderRow,
    { maxLength: 11, selector: ({ standby }) => standby },
  ),
  receiver: fc.array(
    some({ status: orNull(fc.constantFrom("streaming", "starting", "waiting")), slot: slotName }).map(
      receiver,
    ),
    { maxLength: 1 },
  ),
  recovery: fc.array(
    some({
      pauseState: fc.constantFrom("not paused" as const, "pause requested" as const, "paused" as const),
      applyDelaySeconds: seconds,
      hotStandbyFeedback: fc.boolean(),
      primarySlotName: slotName,
      hasRestoreCommand: fc.boolean(),
      hasRecoveryTarget: fc.boolean(),
      hasPrimaryConninfo: fc.option(fc.boolean()),
    }).map(recovery),
    { maxLength: 1 },
  ),
  conflicts: fc.constantFrom([], [{ cause: "lock", total: 4 }]),
  activity: fc.array(some({ oldestSnapshotSeconds: orNull(seconds) }).map(activity), { maxLength: 1 }),
  slots: fc.uniqueArray(
    some({
      slot: slotName,
      type: fc.constantFrom("physical" as const, "logical" as const),
      plugin: fc.constantFrom("", "pgoutput", "wal2json"),
      confirmedFlushPosition: orNull(lsn),
      temporary: fc.boolean(),
      active: fc.boolean(),
      restartPosition: orNull(lsn),
      retainedBytes: orNull(bytes),
      walStatus: orNull(fc.constantFrom("reserved", "extended", "unreserved", "lost")),
      safeWalBytes: orNull(bytes),
      maxKeepBytes: orNull(bytes),
      xminAgeTransactions: orNull(age),
      inactiveSinceUnixSeconds: orNull(seconds),
      invalidationReason: orNull(fc.constant("wal_removed")),
      synced: orNull(fc.boolean()),
      failover: orNull(fc.boolean()),
    }).map(slot),
    { maxLength: 4, selector: (each) => each.slot },
  ),
  sync: fc.array(
    some({
      standbyNames: fc.constantFrom("", "standby", "ANY 2 (standby, reports)", "*", "ANY (", '"its"'),
      waitingCommits: fc.nat(3),
      oldestWaitSeconds: orNull(seconds),
    }).map(sync),
    { maxLength: 1 },
  ),
  wal: fc.array(
    some({
      maxSenders: fc.nat(12),
      maxSlots: fc.nat(5),
      keepBytes: bytes,
      level: fc.constantFrom("minimal", "replica", "logical"),
    }).map(wal),
    { maxLength: 1 },
  ),
  settings: fc.array(
    some({
      dataChecksums: fc.boolean(),
      fsync: fc.boolean(),
      fullPageWrites: fc.boolean(),
      maxConnections: fc.nat(200),
      walSenderTimeoutSeconds: orNull(seconds),
      walReceiverTimeoutSeconds: orNull(seconds),
      maxStandbyStreamingDelaySeconds: orNull(seconds),
      synchronousStandbyNames: fc.constantFrom("", "standby", "ANY 1 (standby, ghost)"),
      maxSlotWalKeepBytes: orNull(fc.nat()),
      hasArchiveCommand: fc.boolean(),
      recoveryTargetTimeline: fc.constantFrom("latest", "current"),
      slotSync,
    }).map(settings),
    { maxLength: 1 },
  ),
  archiver: fc.array(
    some({
      mode: fc.constantFrom("off", "on", "always"),
      lastArchivedAgeSeconds: orNull(seconds),
      lastFailedAgeSeconds: orNull(seconds),
    }).map(archiver),
    { maxLength: 1 },
  ),
  subscriptions: fc.uniqueArray(subscriptionFact, { maxLength: 2, selector: (each) => each.subscription }),
  origins: fc.array(
    fc.record({ subscription: fc.constant("16403"), remotePosition: orNull(lsn) }),
    { maxLength: 1 },
  ),
  decoding: fc.uniqueArray(
    some({
      slot: slotName,
      decodedTransactionsTotal: orNull(fc.nat()),
      spilledBytesTotal: orNull(fc.nat()),
      oldestWriter: orNull(holder),
      waitsForStandby: orNull(fc.boolean()),
    }).map(decoding),
    { maxLength: 4, selector: (each) => each.slot },
  ),
  archive_queue: fc.array(fc.record({ readyFiles: fc.nat(200) }), { maxLength: 1 }),
}, { requiredKeys: [] });

const trouble = fc.record({
  kind: fc.constantFrom(
    ...[
      "unreachable",
      "refused",
      "auth",
      "starting",
      "shutting_down",
      "too_many_connections",
      "missing_right",
      "timeout",
      "protocol",
    ] as const,
  ),
  step: fc.constantFrom("connect" as const, "authenticate" as const, "query" as const),
  sqlstate: orNull(fc.constantFrom("28P01", "28000", "3D000", "53300")),
  message: fc.constantFrom(
    "",
    'no pg_hba.conf entry for host "::1", user "a", database "b"',
    'role "x" does not exist',
  ),
});

function snapshotOf(server: string): fc.Arbitrary<ServerSnapshot> {
  return fc.record({
    server: fc.constant(server),
    cluster: fc.constantFrom("", "shop", "shop-2"),
    up: fc.boolean(),
    trouble: orNull(trouble),
    role: orNull(fc.constantFrom("primary" as const, "standby" as const)),
    readAt: orNull(seconds),
    clockOffsetSeconds: seconds,
    facts,
    runs: fc.uniqueArray(
      fc.record({
        collector: fc.constantFrom("server" as const, "senders" as const, "wal_directory" as const),
        outcome: fc.constantFrom("ok" as const, "skipped" as const, "failed" as const),
        reason: fc.constantFrom("", "run: GRANT pg_monitor TO m", "SQLSTATE 57014"),
        durationSeconds: fc.constantFrom(0, 0.1, 5),
      }),
      { selector: ({ collector }) => collector },
    ),
    connectDurationSeconds: fc.constant(null),
    collectionDurationSeconds: fc.constant(0),
  });
}

const lag: fc.Arbitrary<StandbyLag> = fc.record({
  server: fc.constant(""),
  seconds: orNull(seconds),
  bytes: orNull(bytes),
  source: orNull(fc.constantFrom("clock" as const, "sender" as const)),
  unknownReason: orNull(fc.constantFrom(...LAG_UNKNOWN_REASONS)),
  unknownBecause: fc.constantFrom("", "because"),
});

const standby: fc.Arbitrary<StandbyView> = fc.record({
  name: anyName,
  configured: fc.constant(false),
  cluster: fc.constant(""),
  systemIdentifier: fc.constantFrom("1", "2"),
  clusterKey: fc.constantFrom("1", "2", "shop 1"),
  sender: orNull(senderRow),
  upstream: orNull(anyName),
  upstreamUp: orNull(fc.boolean()),
  connected: orNull(fc.boolean()),
  connectedChangedAt: orNull(seconds),
  lag,
  upstreamLagSeconds: orNull(seconds),
  lastPosition: orNull(lsn),
  reason: orNull(fc.constantFrom(...STANDBY_REASONS)),
  reasonText: fc.constantFrom("", "A reason"),
  stage: orNull(fc.constantFrom(...LAG_STAGES)),
  catchUp: orNull(fc.constantFrom(...CATCH_UP_VERDICTS)),
  catchUpText: fc.constantFrom("", "A verdict"),
  catchUpSeconds: orNull(seconds),
  fallingBehind: orNull(fc.boolean()),
}).map((each) => ({ ...each, configured: NAMES.includes(each.name) }));

const onStandby: fc.Arbitrary<ConsistencyResult> = fc.record({
  primary: fc.constant("primary"),
  standby: name,
  table: fc.constantFrom("public.t", 'public."T"'),
  verdict: fc.constantFrom(...CONSISTENCY_VERDICTS),
  reason: fc.constantFrom("", "Because", "run on the primary: GRANT SELECT ON public.t TO m"),
  difference: orNull(fc.record({
    fromKey: fc.constant("1"),
    toKey: fc.constant("2"),
    rows: fc.record({
      key: fc.constantFrom([], ["id"], ["id", "b"]),
      columns: fc.constant(["id", "b"]),
      toCopy: fc.constantFrom([], [["1", "2"]]),
      extra: fc.constantFrom([], [["1", "2"]]),
      isPublishedAgain: fc.boolean(),
    }),
  }, { requiredKeys: ["fromKey", "toKey"] })),
  rowsCompared: orNull(fc.nat()),
  durationSeconds: fc.constant(0.1),
  at: seconds,
  conclusiveAt: orNull(seconds),
  conclusive: orNull(
    fc.record({
      verdict: fc.constantFrom("equal" as const, "different" as const),
      reason: fc.constant("Because"),
    }),
  ),
  inconclusiveSince: orNull(seconds),
  window: orNull(fc.record({ afterKey: orNull(fc.constant("1")), upToKey: orNull(fc.constant("2")) })),
  pass: orNull(fc.record({
    ratio: orNull(fc.constantFrom(0, 0.5, 1)),
    fullAt: orNull(seconds),
    incompleteSince: orNull(seconds),
    undecidedBecause: fc.constantFrom("", "Because"),
  })),
});

const consistency: fc.Arbitrary<ConsistencyResult> = fc.oneof(
  onStandby,
  fc.tuple(onStandby, fc.constantFrom("follower", "gone")).map(([result, subscription]) => ({
    ...result,
    subscription,
  })),
);

const unwatched: fc.Arbitrary<UnwatchedServer> = fc.record({
  seenBy: name,
  isUpstream: fc.boolean(),
  names: fc.array(anyName, { minLength: 1, maxLength: 2 }),
  host: fc.constantFrom("", "10.0.0.2"),
  ports: fc.constantFrom([], [5432, 5433]),
  because: fc.constant("Because"),
});

/** Any view of three configured servers: what is derived of any facts, partly replaced by anything at all. */
export const arbitraryView: fc.Arbitrary<View> = fc.record({
  at: seconds,
  snapshots: fc.tuple(...NAMES.map(snapshotOf)),
  servers: fc.dictionary(
    name,
    some({
      isStranded: fc.boolean(),
      walBytesPerSecond: orNull(bytes),
      confirmedSince: fc.dictionary(slotName, seconds).map((since) => new Map(Object.entries(since))),
    }),
  ),
  cluster: some({ servers: fc.constantFrom(NAMES, NAMES.slice(0, 2), []), primaries: fc.subarray(NAMES) }),
  view: fc.record({
    standbys: fc.uniqueArray(standby, { maxLength: 5, selector: (each) => each.name }),
    edges: fc.array(fc.record({ upstream: anyName, downstream: anyName, by: fc.constant("slot" as const) }), {
      maxLength: 3,
    }),
    consistency: fc.uniqueArray(consistency, {
      maxLength: 3,
      selector: ({ standby, subscription, table }) => `${standby} ${subscription} ${table}`,
    }),
    subscriptions: fc.uniqueArray(fc.oneof(follower, anySubscription), {
      maxLength: 3,
      selector: ({ server, fact }) => `${server} ${fact.subscription}`,
    }),
    catalogues: fc.uniqueArray(catalogue, {
      maxLength: 4,
      selector: ({ server, database }) => `${server} ${database}`,
    }),
    unwatched: fc.uniqueArray(unwatched, {
      maxLength: 2,
      selector: ({ seenBy, isUpstream, host }) => `${seenBy} ${isUpstream} ${host}`,
    }),
    slotCopies,
    slotForecasts: fc.array(fc.record({ server: name, slot: slotName, lostInSeconds: seconds }), {
      maxLength: 3,
    }),
  }, { requiredKeys: [] }),
}).map(({ at, snapshots, ...overrides }) => buildView({ at, snapshots }, overrides));
