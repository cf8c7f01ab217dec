import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { deriveStage } from "../../../src/cluster/diagnosis/lag_stage.ts";
import { LAG_STAGES, type LagStage } from "../../../src/domain/standby.ts";
import { receiver } from "../fixtures.ts";
import { END, lagOf, MIB, row, situation, standby } from "./situations.ts";

/** MiB sent, written, flushed and replayed, of 100. */
type Positions = readonly [sent: number, written: number, flushed: number, replayed: number];

function positionsOf([sent, written, flushed, replayed]: Positions) {
  const at = (mib: number) => BigInt(mib) * MIB;
  return {
    sentPosition: at(sent),
    writePosition: at(written),
    flushPosition: at(flushed),
    replayPosition: at(replayed),
  };
}

const CASES: readonly (readonly [positions: Positions, stage: LagStage | null])[] = [
  [[60, 55, 50, 45], "transport"],
  [[95, 60, 55, 50], "write"],
  [[95, 90, 50, 45], "flush"],
  [[95, 90, 85, 20], "replay"],
  [[100, 100, 100, 100], null],
  [[100, 100, 100, 99], "replay"],
];

for (const [positions, stage] of CASES) {
  Deno.test(`deriveStage() of ${positions.join(", ")} of 100 MiB is ${stage}, by its row`, () => {
    const known = situation({ own: null, sender: row(positionsOf(positions)), lag: lagOf(1) });
    assertEquals(deriveStage(known, true), stage);
  });

  Deno.test(`deriveStage() of ${positions.join(", ")} of 100 MiB is ${stage}, as it reports itself`, () => {
    const { sentPosition, writePosition, flushPosition, replayPosition } = positionsOf(positions);
    const own = standby({
      receiver: [receiver({ writtenPosition: writePosition, flushedPosition: flushPosition })],
    }, { receivePosition: flushPosition, replayPosition });
    // Its row is as old as a status interval.
    const old = { writePosition: 0n, flushPosition: 0n, replayPosition: 0n };
    const known = situation({ own, sender: row({ sentPosition, ...old }), lag: lagOf(1) });
    assertEquals(deriveStage(known, true), stage);
  });
}

Deno.test("deriveStage(): what was sent into a dead link is not on its way", () => {
  const known = situation({ own: null, sender: row(positionsOf([95, 20, 20, 20])), lag: lagOf(1) });
  assertEquals(deriveStage(known, true), "write");
  assertEquals(deriveStage(known, false), "transport");
});

Deno.test("deriveStage(): what the primary wrote since a paused standby was read is not stuck on the way", () => {
  const own = standby({
    receiver: [receiver({ writtenPosition: 60n * MIB, flushedPosition: 60n * MIB })],
  }, { receivePosition: 60n * MIB, replayPosition: 30n * MIB });
  const read = { own, lag: lagOf(1), primaryPosition: END, primaryPositionThen: 60n * MIB };
  assertEquals(
    deriveStage(situation({ ...read, sender: row(positionsOf([60, 60, 60, 30])) }), true),
    "replay",
  );
  const laterRow = row({ ...positionsOf([95, 95, 95, 30]), serverPosition: END });
  assertEquals(deriveStage(situation({ ...read, sender: laterRow }), true), "replay");
  assertEquals(deriveStage(situation({ ...read, sender: null }), false), "transport", "nothing flows to it");
  assertEquals(deriveStage(situation({ ...read, primaryPositionThen: END }), true), "write");
});

Deno.test("deriveStage(): what a standby said between collections counts", () => {
  const own = standby({
    receiver: [receiver({ writtenPosition: 60n * MIB, flushedPosition: 60n * MIB })],
  }, { receivePosition: 60n * MIB, replayPosition: 60n * MIB });
  const paused = { received: 90n * MIB, flushed: 90n * MIB, replayed: 60n * MIB };
  const sender = row(positionsOf([60, 60, 60, 60]));
  const known = situation({ own, sender, lag: lagOf(1), primaryPositionThen: 91n * MIB, ...paused });
  assertEquals(deriveStage(known, true), "replay");
  const slow = { received: 62n * MIB, flushed: 62n * MIB, replayed: 62n * MIB };
  assertEquals(deriveStage({ ...known, ...slow }, true), "transport");
});

Deno.test("deriveStage(): of a standby that is gone, what it had received counts", () => {
  const gone = { own: null, sender: null, lag: lagOf(1), lastPosition: 10n * MIB };
  assertEquals(deriveStage(situation({ ...gone, observations: { received: 90n * MIB } }), false), "replay");
  assertEquals(
    deriveStage(situation({ ...gone, observations: { received: 20n * MIB } }), false),
    "transport",
  );
  assertEquals(deriveStage(situation({ ...gone, observations: { received: null } }), false), "transport");
});

Deno.test("deriveStage() is nothing when nothing is missing, or nothing is known", () => {
  assertEquals(deriveStage(situation(), true), null);
  const unknown = { own: null, sender: null, lag: lagOf(null), primaryPosition: null, lastPosition: null };
  assertEquals(deriveStage(situation({ ...unknown, observations: { received: null } }), true), null);
});

Deno.test("deriveStage() takes readings of different moments, in any order", () => {
  const mib = fc.option(fc.integer({ min: 0, max: 200 }).map((value) => BigInt(value) * MIB));
  fc.assert(
    fc.property(mib, mib, mib, mib, mib, fc.boolean(), (sent, write, flush, replay, primary, isFed) => {
      const sender = row({
        sentPosition: sent,
        writePosition: write,
        flushPosition: flush,
        replayPosition: replay,
        serverPosition: END,
      });
      const stage = deriveStage(
        situation({ own: null, sender, lag: lagOf(1), primaryPosition: primary }),
        isFed,
      );
      assert(stage === null || LAG_STAGES.includes(stage));
    }),
  );
});
