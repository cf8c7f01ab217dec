import { assertEquals } from "@std/assert";
import { deriveLoss, tellLoss } from "../../../src/cluster/preflight/loss.ts";
import type { View } from "../../../src/domain/view.ts";
import { receiver, server } from "../fixtures.ts";
import { behind, contextAround, GONE, NEVER, ORPHANS, trio, WRITTEN } from "./scenes.ts";

function lossOf(view: View) {
  const context = contextAround(view);
  const loss = deriveLoss(context);
  return { loss, told: tellLoss(context, loss).map(({ weight, text }) => `${weight} ${text}`) };
}

function lagOf(seconds: number | null, bytes: number) {
  const lag = { server: "standby", bytes, unknownReason: null, unknownBecause: "" };
  return { ...lag, seconds, source: seconds === null ? null : "clock" as const };
}

Deno.test("nothing is lost when all was received, replayed or not", () => {
  const { loss, told } = lossOf(trio({ standby: { server: behind(0, 4096) } }));
  assertEquals([loss.bytes, loss.seconds, loss.basis], [0, 0, "primary_now"]);
  assertEquals(told, ['fine "standby" has received all that "primary" has written (0/5000000)']);
});

Deno.test("with the primary up the loss is exact, dated by the replayed position when that is all it has", () => {
  const changes = { connected: false, lastPosition: WRITTEN - 8192n, lag: lagOf(12, 8192) };
  const { loss, told } = lossOf(trio({
    standby: { server: behind(8192) },
    standbys: { standby: changes },
    primary: { senders: [] },
  }));
  assertEquals([loss.bytes, loss.seconds, loss.isAtMost], [8192, 12, false]);
  assertEquals(told, [
    'loss Promoting now would lose 8.0 KiB (12.0 s) of WAL that "primary" has (0/5000000) and "standby" has not ' +
    "received yet (0/4FFE000)",
  ]);
});

Deno.test("received and not replayed WAL makes the seconds a bound", () => {
  const changes = { connected: false, lastPosition: WRITTEN - 9000n, lag: lagOf(12, 9000) };
  const { loss } = lossOf(trio({
    standby: { server: behind(8192, 9000) },
    standbys: { standby: changes },
    primary: { senders: [] },
  }));
  assertEquals([loss.bytes, loss.seconds, loss.isAtMost], [8192, 12, true]);
});

Deno.test("a standby that streams loses nothing by an orderly stop, and much left to send is a warning", () => {
  const of = (bytes: number) =>
    lossOf(trio({
      standby: { server: behind(bytes) },
      standbys: { standby: { lastPosition: WRITTEN - BigInt(bytes) } },
      primary: { senders: [] },
    })).told.map((text) => text.split(" ")[0]);
  assertEquals([of(1), of(64 * 1024 ** 2), of(64 * 1024 ** 2 + 1)], [["info"], ["info"], ["warning"]]);
});

Deno.test("with the primary gone the last known position counts, and says so", () => {
  const { loss, told } = lossOf(trio({ ...ORPHANS, snapshots: { primary: GONE } }));
  assertEquals([loss.bytes, loss.seconds, loss.basis, loss.basisAgeSeconds], [
    0,
    0,
    "primary_last_known",
    20,
  ]);
  assertEquals(told[0]?.split(" ")[0], "warning");
});

Deno.test("what a receiver was told by the primary, and what others received, counts as well", () => {
  const { loss } = lossOf(trio({
    ...ORPHANS,
    standby: {
      server: behind(4096),
      receiver: [receiver({ status: "stopping", latestEndPosition: WRITTEN - 100n })],
    },
    standby2: { server: behind(0), receiver: [] },
    snapshots: { primary: NEVER },
  }));
  assertEquals([loss.bytes, loss.basis, loss.seconds], [4096, "primary_last_known", null]);
});

Deno.test("a primary that was never reached leaves the loss unknown, at least what others have more", () => {
  const { loss, told } = lossOf(trio({
    ...ORPHANS,
    standby: { server: behind(4096), receiver: [] },
    snapshots: { primary: NEVER },
  }));
  assertEquals([loss.bytes, loss.atLeastBytes, loss.seconds, loss.basis], [
    null,
    4096,
    null,
    "other_servers",
  ]);
  assertEquals(told, [
    'loss How much "primary" had beyond is not known (it was not reached since this observation began); "standby" has ' +
    "received up to 0/4FFF000, 4.0 KiB less than others (0/5000000)",
  ]);
});

Deno.test("without the time since, the lag of a standby whose primary is gone is what was written in between", () => {
  const { loss } = lossOf(trio({
    ...ORPHANS,
    standby: { server: behind(4096), receiver: [] },
    standbys: { standby: { lag: lagOf(25, 4096) } },
    snapshots: { primary: GONE },
  }));
  assertEquals([loss.bytes, loss.seconds, loss.isAtMost], [4096, 5, true]);
});

Deno.test("positions that nobody told, or that have parted, are unknown, never 0", () => {
  const nothing = lossOf(trio({
    standby: { server: [server({ inRecovery: true })] },
    standbys: { standby: { lastPosition: null } },
    primary: { senders: [] },
  }));
  assertEquals([nothing.loss.bytes, nothing.loss.seconds], [null, null]);
  const parted = lossOf(trio({ standbys: { standby: { reason: "stranded" } } }));
  assertEquals([parted.loss.bytes, parted.told[0]?.split(" ")[0]], [null, "no_go"]);
});
