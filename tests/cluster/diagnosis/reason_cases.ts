/** Standbys in the situations that have a reason of their own: the scenarios E1 to E10, and what comes between. */
import type { LagStage, StandbyReason } from "../../../src/domain/standby.ts";
import type { RecoveryFact } from "../../../src/domain/facts.ts";
import { receiver, recovery, slot } from "../fixtures.ts";
import { END, lagOf, MIB, notReached, primary, row, type Situation, standby } from "./situations.ts";

export const BEHIND = END - 32n * MIB;
export const ACTIVITY = { oldestSnapshotSeconds: null, replayWaitEventType: null, replayWaitEvent: null };

/** Received everything, applied only up to there. */
function holding(fact: Partial<RecoveryFact>, wait: readonly [string, string] | null = null) {
  return standby({
    recovery: [recovery(fact)],
    activity: [{
      ...ACTIVITY,
      replayWaitEventType: wait?.[0] ?? null,
      replayWaitEvent: wait?.[1] ?? null,
    }],
  }, { replayPosition: BEHIND });
}

/** Nothing runs that receives. */
function cutOff(fact: Partial<RecoveryFact> = {}) {
  return standby({ receiver: [], recovery: [recovery(fact)] }, {
    receivePosition: BEHIND,
    replayPosition: BEHIND,
  });
}

export const BEHIND_32 = lagOf(Number(32n * MIB), 12);
const CUT = { sender: null, connected: false, lag: BEHIND_32, lastPosition: BEHIND } as const;
export const SLOT = slot({ active: false, restartPosition: BEHIND });
export const LOST_SLOT = slot({ active: false, walStatus: "lost" });

/** One of them, and what must be said of it. */
export type ReasonCase = readonly [
  what: string,
  known: Situation,
  reason: StandbyReason | null,
  stage: LagStage | null,
  text: RegExp,
];

/** All of them. */
export const REASON_CASES: readonly ReasonCase[] = [
  ["at rest", {}, "idle", null, /^It is connected to primary and has applied everything; nothing is being/],
  [
    "at work",
    { primaryBytesPerSecond: 1000 },
    "streaming",
    null,
    /^It streams from primary, and has applied/,
  ],
  [
    "at its recovery target, whatever else is wrong",
    {
      ...CUT,
      own: cutOff({ pauseState: "paused", hasRecoveryTarget: true, hasPrimaryConninfo: false }),
      slot: LOST_SLOT,
    },
    "paused",
    null,
    /^Replay is paused at its recovery target, and nothing streams .* no primary_conninfo: resuming it ends recovery/,
  ],
  ["rate unknown", { primaryBytesPerSecond: null }, "streaming", null, /^It streams/],
  [
    "catching up",
    { lag: BEHIND_32, sender: row({ state: "catchup", sentPosition: BEHIND, writePosition: BEHIND }) },
    "streaming",
    null,
    /^It streams from primary, 32\.0 MiB and 12\.0 s behind$/,
  ],
  [
    "E1: link cut, caught up before, 32 MB written since",
    { ...CUT, own: cutOff(), slot: SLOT },
    "disconnected",
    "transport",
    /^It has no connection to primary; 32\.0 MiB and 12\.0 s behind$/,
  ],
  [
    "E2: and restarted",
    { ...CUT, own: cutOff(), slot: SLOT, observations: { receiverSeen: false } },
    "disconnected",
    "transport",
    /^It has no connection/,
  ],
  [
    "its upstream is not reached either",
    { ...CUT, own: cutOff(), slot: SLOT, upstream: notReached("refused", primary()) },
    "disconnected",
    "transport",
    /to primary, which is unreachable too/,
  ],
  [
    "a receiver that does not get through",
    {
      ...CUT,
      slot: SLOT,
      own: standby({ receiver: [receiver({ status: "starting" })] }, {
        receivePosition: BEHIND,
        replayPosition: BEHIND,
      }),
    },
    "disconnected",
    "transport",
    /^Its receiver is starting, not streaming from primary/,
  ],
  [
    "a receiver that asks for a timeline that its upstream has left",
    {
      ...CUT,
      slot: SLOT,
      sender: row({ state: "startup" }),
      own: standby({ receiver: [receiver({ status: "streaming", receivedTimeline: 0 })] }, {
        receivePosition: BEHIND,
        replayPosition: BEHIND,
      }),
    },
    "disconnected",
    "transport",
    /^It asks for the end of a timeline that primary has left/,
  ],
  [
    "E3: receiver frozen",
    {
      own: standby({ receiver: [receiver({ lastMessageAgeSeconds: 19 })] }, {
        receivePosition: BEHIND,
        replayPosition: BEHIND,
      }),
      sender: row({ writePosition: BEHIND, flushPosition: BEHIND, replayPosition: BEHIND }),
      lag: BEHIND_32,
      receivedLagSeconds: 18,
    },
    "half_open",
    "transport",
    /last message from primary came 19\.0 s ago, and there has been WAL to send for 18\.0 s; 32\.0 MiB/,
  ],
  [
    "E4: replay paused",
    { own: holding({ pauseState: "paused" }), lag: BEHIND_32 },
    "paused",
    "replay",
    /^Replay is paused: 32\.0 MiB received and not applied; 32\.0 MiB and 12\.0 s behind$/,
  ],
  [
    "E4: paused and forgotten, nothing missing yet",
    { own: standby({ recovery: [recovery({ pauseState: "paused" })] }) },
    "paused",
    null,
    /^Replay is paused: 0 B/,
  ],
  [
    "about to pause",
    { own: holding({ pauseState: "pause requested" }) },
    "paused",
    "replay",
    /^Replay is about to pause/,
  ],
  [
    "E6: received position fell back behind the replayed one",
    {
      ...CUT,
      own: standby({ receiver: [] }, { receivePosition: 16n * MIB, replayPosition: BEHIND }),
      slot: SLOT,
    },
    "disconnected",
    "transport",
    /32\.0 MiB and/,
  ],
  [
    "E7: slot lost",
    { ...CUT, own: cutOff(), slot: LOST_SLOT },
    "lost",
    "transport",
    /^Slot "standby" on primary has lost the WAL it needs, and it has no restore_command/,
  ],
  [
    "E7: slot lost, and an archive that brings nothing",
    { ...CUT, own: cutOff({ hasRestoreCommand: true }), slot: LOST_SLOT },
    "lost",
    "transport",
    /may find it in the archive$/,
  ],
  [
    "E7: slot lost, and an archive that brings it",
    {
      ...CUT,
      own: cutOff({ hasRestoreCommand: true }),
      slot: LOST_SLOT,
      observations: { restoredAgoSeconds: 20 },
    },
    "archive",
    "transport",
    /^No receiver runs; its restore_command last brought WAL 20\.0 s before/,
  ],
  [
    "fed from the archive alone",
    { ...CUT, own: cutOff({ hasRestoreCommand: true }), slot: null, observations: { receiverSeen: false } },
    "archive",
    "transport",
    /has brought nothing yet; 32\.0 MiB/,
  ],
  [
    "an archive that brought nothing in a quarter of an hour",
    {
      ...CUT,
      own: cutOff({ hasRestoreCommand: true }),
      slot: null,
      observations: { receiverSeen: false, watchedSeconds: 900 },
    },
    "disconnected",
    "transport",
    /no connection/,
  ],
  [
    "a link cut on a standby with an archive that brings nothing",
    { ...CUT, own: cutOff({ hasRestoreCommand: true }), slot: SLOT },
    "disconnected",
    "transport",
    /no connection/,
  ],
  [
    "E8: first write after a rest, with an apply delay of 20 s",
    { own: holding({ applyDelaySeconds: 20 }), lag: lagOf(Number(32n * MIB), 4) },
    "delayed",
    "replay",
    /^Commits are applied 20\.0 s late on purpose \(recovery_min_apply_delay\): 32\.0 MiB/,
  ],
  [
    "delayed, on a host whose clock is far off",
    {
      own: holding({ applyDelaySeconds: 20 }, ["Timeout", "RecoveryApplyDelay"]),
      lag: lagOf(Number(32n * MIB), 90),
    },
    "delayed",
    "replay",
    /late on purpose/,
  ],
  [
    "far later than the delay",
    { own: holding({ applyDelaySeconds: 20 }), lag: lagOf(Number(32n * MIB), 90) },
    "streaming",
    "replay",
    /1 min 30 s behind$/,
  ],
  [
    "waits for a query's snapshot",
    { own: holding({}, ["IPC", "RecoveryConflictSnapshot"]), lag: BEHIND_32 },
    "conflict",
    "replay",
    /^Replay waits for a query \(RecoveryConflictSnapshot\): 32\.0 MiB/,
  ],
  [
    "waits for a query's lock, in spite of a delay",
    { own: holding({ applyDelaySeconds: 20 }, ["Lock", "relation"]), lag: BEHIND_32 },
    "conflict",
    "replay",
    /\(relation\)/,
  ],
  [
    "waits for a query for an instant",
    {
      own: holding({}, ["IPC", "RecoveryConflictSnapshot"]),
      lag: lagOf(Number(32n * MIB), 0.2),
      observations: { replayStillSeconds: 0 },
    },
    "streaming",
    "replay",
    /^It streams/,
  ],
  [
    "stands still and has just cancelled a query, what it waits for may not be seen",
    {
      own: standby({}, { replayPosition: BEHIND }),
      lag: BEHIND_32,
      observations: { replayStillSeconds: 15, conflictAgoSeconds: 15 },
    },
    "conflict",
    "replay",
    /has stood still for 15\.0 s and has just cancelled queries/,
  ],
  [
    "starting",
    { own: notReached("starting"), sender: null },
    "starting",
    null,
    /^It reports that it is starting up$/,
  ],
  [
    "killed",
    { ...CUT, own: notReached("refused"), slot: SLOT, observations: { received: BEHIND } },
    "unreachable",
    "transport",
    /^It is unreachable \(refused\), and primary has no connection of it either; its last known position is 32\.0 MiB/,
  ],
  [
    "frozen",
    { own: notReached("timeout"), observations: { replySilenceSeconds: 25 } },
    "unreachable",
    null,
    /^It is unreachable \(timeout\); primary reports streaming, but has heard nothing from it for 25\.0 s/,
  ],
  [
    "not reached by us, but alive for its upstream",
    {
      own: notReached("auth"),
      sender: row({ writePosition: BEHIND, replayPosition: BEHIND }),
      lag: BEHIND_32,
    },
    "streaming",
    null,
    /^It streams/,
  ],
  [
    "never reached, upstream not reached either",
    {
      own: notReached(),
      upstream: null,
      sender: null,
      connected: null,
      observations: { received: null },
    },
    "unreachable",
    null,
    /^It is unreachable \(unreachable\), and no other server has a connection of it$/,
  ],
  [
    "E10: on the old timeline, streaming from the old primary",
    { stranded: true },
    "stranded",
    null,
    /^It is on timeline 1, which its cluster has left$/,
  ],
  ["seen from its upstream alone", { own: null, primaryBytesPerSecond: 1 }, "streaming", null, /^It streams/],
  [
    "seen from its upstream alone, and gone",
    { ...CUT, own: null, slot: SLOT, observations: { received: BEHIND } },
    "disconnected",
    "transport",
    /^primary no longer has a connection of it; 32\.0 MiB/,
  ],
  [
    "seen from its upstream alone, and its slot lost",
    { ...CUT, own: null, slot: LOST_SLOT, observations: { received: BEHIND } },
    "lost",
    "transport",
    /only an archive may have it; whether it has a restore_command is unknown$/,
  ],
  [
    "seen from its upstream alone, and silent there",
    {
      own: null,
      sender: row({ writePosition: BEHIND }),
      observations: { replySilenceSeconds: 45, waitingSeconds: 45 },
    },
    "half_open",
    null,
    /^primary reports streaming, but has heard nothing from it for 45\.0 s, although a status is due every 30\.0 s/,
  ],
  [
    "nobody may see whether it streams",
    {
      own: standby({ receiver: [receiver({ status: null })] }),
      sender: row({ state: null }),
      connected: null,
    },
    null,
    null,
    /^$/,
  ],
];
