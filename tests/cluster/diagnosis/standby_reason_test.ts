import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { deriveReason } from "../../../src/cluster/diagnosis/standby_reason.ts";
import type { Facts } from "../../../src/domain/facts.ts";
import { LAG_STAGES, STANDBY_REASONS, type StandbyReason } from "../../../src/domain/standby.ts";
import { receiver, recovery, slot } from "../fixtures.ts";
import { ACTIVITY, BEHIND, BEHIND_32, LOST_SLOT, REASON_CASES, SLOT } from "./reason_cases.ts";
import { END, lagOf, notReached, primary, row, type Situation, situation, standby } from "./situations.ts";

for (const [what, known, reason, stage, text] of REASON_CASES) {
  Deno.test(`deriveReason() of a standby: ${what}`, () => {
    const why = deriveReason(situation(known));
    assertEquals(why.reason, reason);
    assertMatch(why.reasonText, text);
    if (stage !== null || known?.lag === undefined) assertEquals(why.stage, stage);
  });
}

/** What can be true of a standby at once, and the reason it calls for, in the order of precedence. */
const PRECEDENCE: readonly (readonly [StandbyReason, (it: Situation) => Situation])[] = [
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

function change(it: Situation, facts: Parameters<typeof standby>[0]) {
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

function cutLink(it: Situation) {
  return { sender: null, connected: false, slot: SLOT, own: change(it, { receiver: [] }) };
}

Deno.test("deriveReason() gives the first reason in the documented order when several hold", () => {
  for (const [index, [first, make]] of PRECEDENCE.entries()) {
    for (const [later, alsoMake] of PRECEDENCE.slice(index + 1)) {
      const both = situation(make(alsoMake({})));
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
          // What it reports itself says whether it is connected.
          ...own?.up && own.facts.receiver !== undefined ? {} : { connected },
          stranded,
          lag: lagOf(bytes, lag),
          receivedLagSeconds: waiting,
          lastPosition,
          observations: {
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
        assert(!/NaN|undefined|null|Infinity|\.$| {2}/.test(reasonText), reasonText);
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
