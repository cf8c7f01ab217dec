import { assertEquals, assertMatch } from "@std/assert";
import { deriveCatchUp } from "../../../src/cluster/diagnosis/catch_up.ts";
import type { CatchUpVerdict } from "../../../src/domain/standby.ts";
import type { Facts } from "../../../src/domain/facts.ts";
import { receiver, recovery, server, slot } from "../fixtures.ts";
import { END, lagOf, MIB, notReached, primary, situation, standby } from "./situations.ts";

const BEHIND = END - 32n * MIB;
const WAL = {
  segmentBytes: 16 * 1024 * 1024,
  maxSenders: 10,
  maxSlots: 10,
  keepBytes: 0,
  maxWalBytes: 1 << 30,
  level: "replica",
};

/** A primary whose oldest segment is this one: 16 MiB each, so number 4 begins at 64 MiB, number 5 at 80. */
function keeping(oldestFile: string | null, versionNum = 150018): ReturnType<typeof primary> {
  const facts: Facts = { wal: [WAL], wal_directory: [{ files: 3, bytes: 3 * WAL.segmentBytes, oldestFile }] };
  return primary({ ...facts, server: [server({ writePosition: END, versionNum })] });
}

function cutOff(hasRestoreCommand: boolean) {
  const fact = { receivePosition: BEHIND, replayPosition: BEHIND };
  return standby({ receiver: [], recovery: [recovery({ hasRestoreCommand })] }, fact);
}

const CUT = {
  sender: null,
  connected: false,
  lag: lagOf(Number(32n * MIB), 12),
  lastPosition: BEHIND,
  observations: { received: BEHIND },
} as const;

type Case = readonly [
  what: string,
  known: Parameters<typeof situation>[0],
  verdict: CatchUpVerdict | null,
  text: RegExp,
];

const CASES: readonly Case[] = [
  ["it streams", {}, "streaming", /^It streams from primary$/],
  ["stranded, although it streams", { stranded: true }, "must_rebuild", /pg_rewind/],
  [
    "parted from its primary",
    { lag: { ...lagOf(null), unknownReason: "diverged" } },
    "must_rebuild",
    /WAL that the primary does not have/,
  ],
  [
    "slot lost, no archive",
    { ...CUT, own: cutOff(false), slot: slot({ walStatus: "lost" }) },
    "must_rebuild",
    /no restore_command/,
  ],
  [
    "slot invalidated, an archive",
    { ...CUT, own: cutOff(true), slot: slot({ walStatus: null, invalidationReason: "wal_removed" }) },
    "needs_archive",
    /may find it in the archive$/,
  ],
  [
    "slot lost, archive not known",
    { ...CUT, own: null, slot: slot({ walStatus: "lost" }) },
    "needs_archive",
    /whether it has a restore_command is unknown$/,
  ],
  [
    "slot lost on PostgreSQL 15, its segment is still there",
    {
      ...CUT,
      own: cutOff(false),
      slot: slot({ walStatus: "lost" }),
      upstream: keeping("000000010000000000000004"),
    },
    "streaming",
    /but no slot retains it$/,
  ],
  [
    "slot lost on PostgreSQL 15, its segment is gone",
    {
      ...CUT,
      own: cutOff(false),
      slot: slot({ walStatus: "lost" }),
      upstream: keeping("000000010000000000000005"),
    },
    "must_rebuild",
    /^Slot "standby" on primary has lost/,
  ],
  [
    "slot lost on PostgreSQL 18, which refuses it, its segment is still there",
    {
      ...CUT,
      own: cutOff(false),
      slot: slot({ walStatus: "lost" }),
      upstream: keeping("000000010000000000000004", 180004),
    },
    "must_rebuild",
    /^Slot "standby" on primary has lost/,
  ],
  [
    "slot keeps it",
    { ...CUT, own: cutOff(false), slot: slot({ restartPosition: BEHIND }) },
    "streaming",
    /^Slot "standby" on primary retains/,
  ],
  [
    "slot of one not reached, which says further than anybody knew",
    { ...CUT, own: notReached("refused", cutOff(false)), slot: slot({ restartPosition: END }) },
    "streaming",
    /^Slot "standby" on primary retains/,
  ],
  [
    "slot made too late",
    {
      ...CUT,
      own: cutOff(false),
      slot: slot({ restartPosition: END }),
      upstream: keeping("000000010000000000000005"),
    },
    "must_rebuild",
    /^It needs WAL from 0\/4400000 on, 12\.0 MiB before the oldest that primary has, and it has no restore/,
  ],
  [
    "no slot, its segment is still there",
    { ...CUT, own: cutOff(false), slot: null, upstream: keeping("000000010000000000000004") },
    "streaming",
    /^primary has WAL from 0\/4000000 on and it needs WAL from 0\/4400000 on, but no slot retains it$/,
  ],
  [
    "no slot, its segment is gone, as an upstream that is not reached any more last said",
    {
      ...CUT,
      own: cutOff(true),
      slot: null,
      upstream: notReached("refused", keeping("000000020000000000000005")),
    },
    "needs_archive",
    /^It needs WAL/,
  ],
  [
    "no slot, and the WAL directory may not be seen",
    { ...CUT, own: cutOff(false), slot: null },
    null,
    /^$/,
  ],
  [
    "never seen anywhere",
    { ...CUT, own: null, slot: null, lastPosition: null, observations: { received: null }, upstream: null },
    null,
    /^$/,
  ],
  [
    "half-open, its WAL removed meanwhile",
    {
      connected: true,
      receivedLagSeconds: 60,
      lag: CUT.lag,
      own: standby({ receiver: [receiver({ lastMessageAgeSeconds: 60 })] }, {
        receivePosition: BEHIND,
        replayPosition: BEHIND,
      }),
      slot: null,
      upstream: keeping("000000010000000000000005"),
    },
    "must_rebuild",
    /^It needs WAL/,
  ],
];

for (const [what, known, verdict, text] of CASES) {
  Deno.test(`deriveCatchUp(): ${what}`, () => {
    const catchUp = deriveCatchUp(situation(known));
    assertEquals(catchUp?.verdict ?? null, verdict);
    assertMatch(catchUp?.text ?? "", text);
  });
}
