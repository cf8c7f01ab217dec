import { assertEquals } from "@std/assert";
import { LagClock } from "../../../src/cluster/lag/lag_clock.ts";
import {
  deriveStandbyLag,
  type LagInput,
  lagWithoutCluster,
  PRIMARY_SILENCE_SECONDS,
} from "../../../src/cluster/lag/standby_lag.ts";
import { neverReached, reached, sender, server } from "../fixtures.ts";

/** A primary on timeline 2 that wrote 100 bytes a second until 10 s, then rested; read every second until 20 s. */
function clock(): LagClock {
  const clock = new LagClock();
  for (let at = 0; at <= 20; at++) {
    const position = 1000n + 100n * BigInt(Math.min(at, 10));
    clock.sample({ timeline: 2, server: "primary", at, position });
  }
  return clock;
}

const allApplied = { position: 2000n, at: 20, timeline: 2 };
const still: LagInput = {
  name: "standby",
  applied: allApplied,
  isApplying: true,
  own: null,
  upstream: reached("primary", { readAt: 20, facts: {} }),
  lastUpstream: "primary",
  fact: null,
  sender: null,
  reference: { timeline: 2, primary: "primary" },
  appliedBefore: null,
};
const at = (position: bigint, more: Partial<LagInput> = {}): LagInput => ({
  ...still,
  ...more,
  applied: { ...allApplied, ...more.applied, position },
});
const old = (readAt: number) => ({ position: 0n, at: readAt, timeline: 2 });
const down = { timeline: 2, primary: null };

const cases: readonly (readonly [string, LagInput, number | null, number | null, string | null])[] = [
  ["has all", at(2000n), 0, 0, "clock"],
  ["is ahead of the sample by read order", at(2010n), 0, 0, "clock"],
  ["is behind", at(1500n), 15, 500, "clock"],
  ["was behind when read, and applies", at(1500n, { applied: old(8) }), 3, 300, "clock"],
  [
    "was behind when read, and does not apply",
    at(1500n, { applied: old(8), isApplying: false }),
    15,
    500,
    "clock",
  ],
  ["had all when read, as the primary went on", at(1500n, { applied: old(5) }), 0, 0, "clock"],
  ["has all of a primary that is down", at(2000n, { reference: down }), null, null, "primary_unreachable"],
  ["lacks some of a primary that is down", at(1900n, { reference: down }), 11, 100, "clock"],
  [
    "has all of a primary last read just in time",
    at(2000n, { applied: old(20 + PRIMARY_SILENCE_SECONDS) }),
    0,
    0,
    "clock",
  ],
  [
    "has all of a primary that is silent",
    at(2000n, { applied: old(20.1 + PRIMARY_SILENCE_SECONDS) }),
    null,
    null,
    "primary_unreachable",
  ],
  [
    "has all, but on the timeline before",
    at(2000n, { applied: { position: 0n, at: 20, timeline: 1 } }),
    null,
    null,
    "other_timeline",
  ],
  [
    "is on the timeline before, and behind",
    at(1500n, { applied: { position: 0n, at: 20, timeline: 1 } }),
    15,
    500,
    "clock",
  ],
  [
    "does not tell its timeline, and has all",
    at(2000n, { applied: { position: 0n, at: 20, timeline: null } }),
    0,
    0,
    "clock",
  ],
  ["is older than the history", at(900n), null, 1100, "history_too_short"],
  [
    "is older than the history, NULL from the sender",
    at(900n, { sender: sender() }),
    null,
    1100,
    "history_too_short",
  ],
  [
    "is older than the history, known to the sender",
    at(900n, { sender: sender({ replayLagSeconds: 33, replyAgeSeconds: null }) }),
    33,
    1100,
    "sender",
  ],
  [
    "is older than the history, its last transaction dated",
    at(900n, { fact: server({ clockUnixSeconds: 500, lastReplayedTransactionUnixSeconds: 460 }) }),
    40,
    1100,
    "replay_timestamp",
  ],
  [
    "is older than the history, its last transaction dated in the future",
    at(900n, { fact: server({ clockUnixSeconds: 500, lastReplayedTransactionUnixSeconds: 501 }) }),
    null,
    1100,
    "history_too_short",
  ],
  [
    "is on a timeline not read yet",
    at(900n, { reference: { timeline: 3, primary: "p" } }),
    null,
    null,
    "history_too_short",
  ],
];

for (const [title, input, seconds, bytes, told] of cases) {
  Deno.test(`deriveStandbyLag() of a standby that ${title}`, () => {
    const lag = deriveStandbyLag(input, { lagClock: clock(), at: 20 });
    assertEquals([lag.seconds, lag.bytes, lag.source ?? lag.unknownReason], [seconds, bytes, told]);
    assertEquals(lag.seconds === null, lag.unknownBecause !== "");
    assertEquals(lag.seconds === null, lag.unknownReason !== null);
  });
}

Deno.test("deriveStandbyLag() without a position or a reference says why", () => {
  const derive = (standby: LagInput) => deriveStandbyLag(standby, { lagClock: clock(), at: 20 });
  assertEquals(derive({ ...still, applied: null }).unknownReason, "never_seen");
  const reference = { reason: "no_primary", because: "No server was seen as a primary" } as const;
  const lag = derive({ ...still, reference });
  assertEquals([lag.unknownReason, lag.unknownBecause], [reference.reason, reference.because]);
});

Deno.test("deriveStandbyLag() of a standby that had more than its primary has seconds later", () => {
  const own = reached("standby", { readAt: 20, facts: {} });
  const derive = (before: LagInput["appliedBefore"], snapshot: LagInput["own"] = own) =>
    deriveStandbyLag({ ...still, own: snapshot, appliedBefore: before }, { lagClock: clock(), at: 20 });
  assertEquals(derive({ position: 2001n, at: 16.9, timeline: 2 }).unknownReason, "diverged");
  assertEquals(derive({ position: 2001n, at: 17, timeline: 2 }).seconds, 0, "read too shortly before");
  assertEquals(derive({ position: 2000n, at: 10, timeline: 2 }).seconds, 0, "has all");
  assertEquals(derive({ position: 2001n, at: 10, timeline: 1 }).seconds, 0, "on another timeline");
  assertEquals(derive({ position: 2001n, at: 10, timeline: 2 }, null).seconds, 0, "not configured");
});

Deno.test("lagWithoutCluster() says whether it was never reached or does not report its identifier", () => {
  const standby = reached("standby", { readAt: 0, facts: { server: [server({ inRecovery: true })] } });
  assertEquals(lagWithoutCluster(neverReached("never")).unknownReason, "never_seen");
  assertEquals(lagWithoutCluster(standby).unknownReason, "identity_unknown");
});
