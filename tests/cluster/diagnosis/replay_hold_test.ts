import { assertEquals } from "@std/assert";
import { deriveReplayHold } from "../../../src/cluster/diagnosis/replay_hold.ts";
import type { RecoveryFact } from "../../../src/domain/facts.ts";
import type { Observations } from "../../../src/cluster/memory/standby_observations.ts";
import { recovery } from "../fixtures.ts";
import { END, lagOf, MIB, notReached, situation, standby } from "./situations.ts";

interface Held {
  readonly fact?: Partial<RecoveryFact>;
  /** What replay waits for; null: it works; undefined: that may not be seen. */
  readonly wait?: readonly [type: string, event: string] | null;
  readonly lagSeconds?: number | null;
  readonly pending?: bigint;
  readonly observations?: Partial<Observations>;
}

function holdOf({ fact = {}, wait, lagSeconds = 60, pending = MIB, observations = {} }: Held): string | null {
  const activity = wait === undefined ? {} : {
    activity: [{
      oldestSnapshotSeconds: null,
      replayWaitEventType: wait?.[0] ?? null,
      replayWaitEvent: wait?.[1] ?? null,
    }],
  };
  const own = standby({ recovery: [recovery(fact)], ...activity }, { replayPosition: END - pending });
  return deriveReplayHold(
    situation({
      own,
      lag: lagOf(Number(pending), lagSeconds),
      observations: { replayStillSeconds: 0, ...observations },
    }),
  )?.[0] ??
    null;
}

const SNAPSHOT = ["IPC", "RecoveryConflictSnapshot"] as const;
const CANCELLED = { replayStillSeconds: 5, conflictAgoSeconds: 30 };

const CASES: readonly (readonly [what: string, held: Held, hold: string | null])[] = [
  ["at work", { wait: null }, null],
  ["waits for WAL", { wait: ["Activity", "RecoveryWalStream"] }, null],
  ["reads a page", { wait: ["IO", "DataFileRead"] }, null],
  ["a snapshot", { wait: SNAPSHOT }, "conflict"],
  ["a tablespace", { wait: ["IPC", "RecoveryConflictTablespace"] }, "conflict"],
  ["a lock", { wait: ["Lock", "relation"] }, "conflict"],
  ["a pinned buffer", { wait: ["BufferPin", "BufferPin"] }, "conflict"],
  ["a snapshot, for an instant", { wait: SNAPSHOT, lagSeconds: 1.5 }, null],
  [
    "a snapshot, lag not known",
    { wait: SNAPSHOT, lagSeconds: null, observations: { replayStillSeconds: 3 } },
    "conflict",
  ],
  ["a query while paused", { wait: SNAPSHOT, fact: { pauseState: "paused" } }, "paused"],
  ["nothing to apply", { wait: SNAPSHOT, pending: 0n }, null],
  ["not to be seen, queries cancelled", { observations: CANCELLED }, "conflict"],
  [
    "not to be seen, queries cancelled long ago",
    { observations: { ...CANCELLED, conflictAgoSeconds: 61 } },
    null,
  ],
  [
    "not to be seen, queries cancelled, replay moves",
    { observations: { ...CANCELLED, replayStillSeconds: 0 } },
    null,
  ],
  ["works, queries cancelled", { wait: null, observations: CANCELLED }, null],
  ["a delay", { fact: { applyDelaySeconds: 60 } }, "delayed"],
  ["a delay and a little more", { fact: { applyDelaySeconds: 60 }, lagSeconds: 65 }, "delayed"],
  ["a delay and much more", { fact: { applyDelaySeconds: 60 }, lagSeconds: 66 }, null],
  ["a delay, seen", {
    fact: { applyDelaySeconds: 60 },
    lagSeconds: 600,
    wait: ["Timeout", "RecoveryApplyDelay"],
  }, "delayed"],
  ["a delay, lag not known", { fact: { applyDelaySeconds: 60 }, lagSeconds: null }, "delayed"],
  ["a delay, nothing to apply", { fact: { applyDelaySeconds: 60 }, pending: 0n }, null],
  ["a delay while paused", { fact: { applyDelaySeconds: 60, pauseState: "pause requested" } }, "paused"],
];

for (const [what, held, hold] of CASES) {
  Deno.test(`deriveReplayHold(): ${what}`, () => assertEquals(holdOf(held), hold));
}

Deno.test("deriveReplayHold() is null for an unreachable standby", () => {
  const own = notReached("timeout", standby({ recovery: [recovery({ pauseState: "paused" })] }));
  assertEquals(deriveReplayHold(situation({ own })), null);
});
