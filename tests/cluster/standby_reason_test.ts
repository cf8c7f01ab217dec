import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { deriveReason } from "../../src/cluster/standby_reason.ts";
import type { StandbySituation } from "../../src/cluster/why/situation.ts";
import { LAG_STAGES, type LagStage, STANDBY_REASONS, type StandbyReason } from "../../src/domain/standby.ts";
import type { ServerSnapshot } from "../../src/domain/view.ts";
import type { Facts, RecoveryFact } from "../../src/domain/facts.ts";
import { receiver, recovery, slot } from "./fixtures.ts";
import { END, lagOf, MIB, notReached, primary, row, situation, standby } from "./why/situations.ts";

const BEHIND = END - 32n * MIB;
const ACTIVITY = { oldestSnapshotSeconds: null, replayWaitEventType: null, replayWaitEvent: null };

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

const BEHIND_32 = lagOf(Number(32n * MIB), 12);
const CUT = { sender: null, connected: false, lag: BEHIND_32, lastPosition: BEHIND } as const;
const SLOT = slot({ active: false, restartPosition: BEHIND });
const LOST_SLOT = slot({ active: false, walStatus: "lost" });

type Case = readonly [
  what: string,
  known: Parameters<typeof situation>[0],
  reason: StandbyReason | null,
  stage: LagStage | null,
  text: RegExp,
];

const CASES: readonly Case[] = [
  ["at rest", {}, "idle", null, /^It is connected to primary and has applied everything; nothing is being/],
  [
    "at work",
    { primaryBytesPerSecond: 1000 },
    "streaming",
    null,
    /^It streams from primary, and has applied/,
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
    { ...CUT, own: cutOff(), slot: SLOT, signs: { receiverSeen: false } },
    "disconnected",
    "transport",
    /^It has no connection/,
  ],
  [
    "its upstream is not reached either",
    { ...CUT, own: cutOff(), slot: SLOT, upstream: notReached("refused", primary()) },
    "disconnected",
    "transport",
    /to primary, which we do not reach either/,
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
    null,
    /^Replay is to pause/,
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
      signs: { restoredAgoSeconds: 20 },
    },
    "archive",
    "transport",
    /^No receiver runs; its restore_command last brought WAL 20\.0 s before/,
  ],
  [
    "fed from the archive alone",
    { ...CUT, own: cutOff({ hasRestoreCommand: true }), slot: null, signs: { receiverSeen: false } },
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
      signs: { receiverSeen: false, watchedSeconds: 900 },
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
    /90\.0 s \(1 min 30 s\) behind$/,
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
    { own: holding({}, ["IPC", "RecoveryConflictSnapshot"]), lag: lagOf(Number(32n * MIB), 0.2) },
    "streaming",
    "replay",
    /^It streams/,
  ],
  [
    "stands still and has just cancelled a query, what it waits for may not be seen",
    {
      own: standby({}, { replayPosition: BEHIND }),
      lag: BEHIND_32,
      signs: { replayStillSeconds: 15, conflictAgoSeconds: 15 },
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
    /^It says that it is starting up$/,
  ],
  [
    "killed",
    { ...CUT, own: notReached("refused"), slot: SLOT, signs: { received: BEHIND } },
    "unreachable",
    "transport",
    /^It is not reached \(refused\), and primary does not see it either; its last known position is 32\.0 MiB/,
  ],
  [
    "frozen",
    { own: notReached("timeout"), signs: { replySilenceSeconds: 25 } },
    "unreachable",
    null,
    /^It is not reached \(timeout\); primary says streaming, but has heard nothing from it for 25\.0 s/,
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
      signs: { received: null },
    },
    "unreachable",
    null,
    /^It is not reached \(unreachable\), and nobody else sees it$/,
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
    { ...CUT, own: null, slot: SLOT, signs: { received: BEHIND } },
    "disconnected",
    "transport",
    /^primary has no connection of it any more; 32\.0 MiB/,
  ],
  [
    "seen from its upstream alone, and its slot lost",
    { ...CUT, own: null, slot: LOST_SLOT, signs: { received: BEHIND } },
    "lost",
    "transport",
    /only an archive may have it; whether it has a restore_command is not known$/,
  ],
  [
    "seen from its upstream alone, and silent there",
    {
      own: null,
      sender: row({ writePosition: BEHIND }),
      signs: { replySilenceSeconds: 45, waitingSeconds: 45 },
    },
    "half_open",
    null,
    /^primary says streaming, but has heard nothing from it for 45\.0 s, although a status is due every 30\.0 s/,
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

for (const [what, known, reason, stage, text] of CASES) {
  Deno.test(`deriveReason() of a standby: ${what}`, () => {
    const why = deriveReason(situation(known));
    assertEquals(why.reason, reason);
    assertMatch(why.reasonText, text);
    if (stage !== null || known?.lag === undefined) assertEquals(why.stage, stage);
  });
}

/** What can be true of a standby at once, and the reason it calls for, in the order of precedence. */
const PRECEDENCE: readonly (readonly [StandbyReason, (it: StandbySituation) => StandbySituation])[] = [
  ["starting", (it) => ({ ...it, own: notReached("starting", it.own ?? standby()) })],
  ["unreachable", (it) => ({ ...it, sender: null, own: notReached("refused", it.own ?? standby()) })],
  ["stranded", (it) => ({ ...it, stranded: true })],
  ["lost", (it) => ({ ...it, ...cutLink(it), slot: LOST_SLOT })],
  ["disconnected", (it) => ({ ...it, ...cutLink(it) })],
  [
    "half_open",
    (it) => ({
      ...it,
      receivedLagSeconds: 60,
      own: change(it, { receiver: [receiver({ lastMessageAgeSeconds: 60 })] }),
    }),
  ],
  ["paused", (it) => ({ ...it, own: change(it, { recovery: [recovery({ pauseState: "paused" })] }) })],
  [
    "conflict",
    (it) => ({
      ...it,
      lag: BEHIND_32,
      own: change(it, {
        activity: [{ ...ACTIVITY, replayWaitEventType: "Lock", replayWaitEvent: "relation" }],
      }),
    }),
  ],
  [
    "delayed",
    (it) => ({ ...it, lag: BEHIND_32, own: change(it, { recovery: [recovery({ applyDelaySeconds: 60 })] }) }),
  ],
  ["idle", (it) => it],
];

function change(it: StandbySituation, facts: Parameters<typeof standby>[0]) {
  const own = it.own ?? standby();
  return {
    ...standby({ ...own.facts, ...facts }),
    facts: {
      ...standby({}, { replayPosition: BEHIND }).facts,
      ...own.facts,
      ...facts,
      server: standby({}, { replayPosition: BEHIND }).facts.server ?? [],
    },
  };
}

function cutLink(it: StandbySituation) {
  return { sender: null, connected: false, slot: SLOT, own: change(it, { receiver: [] }) };
}

Deno.test("deriveReason() gives the first reason in the documented order when several hold", () => {
  for (const [index, [first, make]] of PRECEDENCE.entries()) {
    for (const [later, alsoMake] of PRECEDENCE.slice(index + 1)) {
      const both = make(alsoMake(situation()));
      assertEquals(deriveReason(both).reason, first, `${first} and ${later}`);
    }
  }
});

Deno.test("deriveReason() gives one reason with a sentence, or none without, whatever is known", () => {
  const seconds = fc.constantFrom(null, 0, 1, 9, 11, 45, 1000);
  const position = fc.constantFrom(null, 0n, BEHIND, END);
  const facts = fc.record({
    receiver: fc.constantFrom(
      undefined,
      [],
      ...[null, "streaming", "waiting", "starting"].flatMap((status) =>
        [null, 0, 12, 100].map((lastMessageAgeSeconds) => [receiver({ status, lastMessageAgeSeconds })])
      ),
    ),
    recovery: fc.option(
      fc.record({
        pauseState: fc.constantFrom("not paused", "pause requested", "paused"),
        applyDelaySeconds: fc.constantFrom(0, 20),
        hasRestoreCommand: fc.boolean(),
      }).map((fact) => [recovery(fact)]),
      { nil: undefined },
    ),
    activity: fc.constantFrom(
      undefined,
      [ACTIVITY],
      [{ ...ACTIVITY, replayWaitEventType: "IPC", replayWaitEvent: "RecoveryConflictSnapshot" }],
      [{ ...ACTIVITY, replayWaitEventType: "Timeout", replayWaitEvent: "RecoveryApplyDelay" }],
    ),
  });
  const own = fc.tuple(facts, position, position, fc.constantFrom("up", "starting", "refused", "timeout"))
    .map(
      ([known, receivePosition, replayPosition, state]) => {
        const { server, settings } = standby({}, { receivePosition, replayPosition }).facts;
        const present: Facts = Object.fromEntries(
          Object.entries({ ...known, server, settings }).filter(([, value]) => value !== undefined),
        );
        const snapshot = { ...standby(), facts: present };
        if (state === "up") return snapshot;
        return notReached(
          state === "starting" ? "starting" : state === "refused" ? "refused" : "timeout",
          snapshot,
        );
      },
    );
  const sender = fc.tuple(
    fc.constantFrom(null, "startup", "catchup", "streaming", "stopping"),
    position,
    position,
  )
    .map(([state, writePosition, replayPosition]) => row({ state, writePosition, replayPosition }));
  fc.assert(
    fc.property(
      fc.option(own),
      fc.option(sender),
      fc.constantFrom(null, primary(), notReached("refused", primary())),
      fc.constantFrom(null, SLOT, LOST_SLOT, slot({ restartPosition: null })),
      fc.constantFrom(true, false, null),
      fc.boolean(),
      fc.tuple(fc.constantFrom(null, 0, 1, 5e7), seconds, seconds, seconds, seconds),
      position,
      (
        own,
        sender,
        upstream,
        slot,
        connected,
        stranded,
        [bytes, lag, silence, waiting, ago],
        lastPosition,
      ) => {
        const { reason, reasonText, stage } = deriveReason(situation({
          own,
          sender,
          upstream,
          slot,
          connected,
          stranded,
          lag: lagOf(bytes, lag),
          receivedLagSeconds: waiting,
          lastPosition,
          signs: {
            replySilenceSeconds: silence,
            waitingSeconds: waiting,
            conflictAgoSeconds: ago,
            restoredAgoSeconds: ago,
            received: lastPosition,
          },
        }));
        assertEquals(reason === null, reasonText === "");
        assert(reason === null || STANDBY_REASONS.includes(reason));
        assert(stage === null || LAG_STAGES.includes(stage));
        assert(!/NaN|undefined|null|Infinity|\.$|  /.test(reasonText), reasonText);
        // What cannot be: a standby that says it receives nothing does not stream, one that is not up does not say so.
        if (own?.up && own.facts.receiver?.length === 0) {
          assert(reason !== "streaming" && reason !== "half_open");
        }
        if (reason === "starting" || reason === "unreachable") assertEquals(own?.up, false);
        if (reason === "paused" || reason === "conflict" || reason === "delayed") assertEquals(own?.up, true);
      },
    ),
    { numRuns: 3000 },
  );
});
