import { assertEquals } from "@std/assert";
import { deriveLoss, lossPoints } from "../../../src/cluster/preflight/loss.ts";
import type { View } from "../../../src/domain/view.ts";
import { receiver, server } from "../fixtures.ts";
import { behind, contextAround, GONE, NEVER, ORPHANS, trio, WRITTEN } from "./scenes.ts";

function lossOf(view: View) {
  const context = contextAround(view);
  const loss = deriveLoss(context);
  return { loss, texts: lossPoints(context, loss).map(({ weight, text }) => `${weight} ${text}`) };
}

function lagOf(seconds: number | null, bytes: number) {
  const lag = { server: "standby", bytes, unknownReason: null, unknownBecause: "" };
  return { ...lag, seconds, source: seconds === null ? null : "clock" as const };
}

Deno.test("no WAL is lost when everything is received, replayed or not", () => {
  const { loss, texts } = lossOf(trio({ standby: { server: behind(0, 4096) } }));
  assertEquals([loss.bytes, loss.seconds, loss.basis], [0, 0, "primary_now"]);
  assertEquals(texts, ['fine "standby" has received everything that "primary" has written (0/5000000)']);
});

Deno.test("with the primary up the loss is exact, and its seconds too when everything received is replayed", () => {
  const changes = { connected: false, lastPosition: WRITTEN - 8192n, lag: lagOf(12, 8192) };
  const { loss, texts } = lossOf(trio({
    standby: { server: behind(8192) },
    standbys: { standby: changes },
    primary: { senders: [] },
  }));
  assertEquals([loss.bytes, loss.seconds, loss.isAtMost], [8192, 12, false]);
  assertEquals(texts, [
    'loss Promoting now would lose 8.0 KiB (12.0 s) of WAL that "primary" has (0/5000000) and "standby" has not ' +
    "received yet (0/4FFE000)",
  ]);
});

Deno.test("received but not replayed WAL makes the seconds an upper bound", () => {
  const changes = { connected: false, lastPosition: WRITTEN - 9000n, lag: lagOf(12, 9000) };
  const { loss } = lossOf(trio({
    standby: { server: behind(8192, 9000) },
    standbys: { standby: changes },
    primary: { senders: [] },
  }));
  assertEquals([loss.bytes, loss.seconds, loss.isAtMost], [8192, 12, true]);
});

Deno.test("a clean shutdown loses nothing while the standby streams, and much WAL left to send is a warning", () => {
  const of = (bytes: number) =>
    lossOf(trio({
      standby: { server: behind(bytes) },
      standbys: { standby: { lastPosition: WRITTEN - BigInt(bytes) } },
      primary: { senders: [] },
    })).texts.map((text) => text.split(" ")[0]);
  assertEquals([of(1), of(64 * 1024 ** 2), of(64 * 1024 ** 2 + 1)], [["info"], ["info"], ["warning"]]);
});

Deno.test("with the primary down the last known position is the basis", () => {
  const { loss, texts } = lossOf(trio({ ...ORPHANS, snapshots: { primary: GONE } }));
  assertEquals([loss.bytes, loss.seconds, loss.basis, loss.basisAgeSeconds], [
    0,
    0,
    "primary_last_known",
    20,
  ]);
  assertEquals(texts[0]?.split(" ")[0], "warning");
});

Deno.test("the basis includes the position in a receiver's row and those of other standbys", () => {
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

Deno.test("the loss is unknown when the primary was never reached, with a lower bound from other standbys", () => {
  const { loss, texts } = lossOf(trio({
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
  assertEquals(texts, [
    'loss How much more "primary" had written is unknown (it could not be read since this command started); "standby" has ' +
    "received up to 0/4FFF000, 4.0 KiB less than other servers (0/5000000)",
  ]);
});

Deno.test("the seconds exclude the time since the primary went down", () => {
  const { loss } = lossOf(trio({
    ...ORPHANS,
    standby: { server: behind(4096), receiver: [] },
    standbys: { standby: { lag: lagOf(25, 4096) } },
    snapshots: { primary: GONE },
  }));
  assertEquals([loss.bytes, loss.seconds, loss.isAtMost], [4096, 5, true]);
});

Deno.test("the loss is unknown, never 0, when positions are missing or have diverged", () => {
  const nothing = lossOf(trio({
    standby: { server: [server({ inRecovery: true })] },
    standbys: { standby: { lastPosition: null } },
    primary: { senders: [] },
  }));
  assertEquals([nothing.loss.bytes, nothing.loss.seconds], [null, null]);
  const diverged = lossOf(trio({ standbys: { standby: { reason: "stranded" } } }));
  assertEquals([diverged.loss.bytes, diverged.texts[0]?.split(" ")[0]], [null, "no_go"]);
});
