import { assertEquals } from "@std/assert";
import {
  NO_OBSERVATIONS,
  type Observations,
  StandbyObservations,
} from "../../../src/cluster/memory/standby_observations.ts";
import type { Facts, ServerFact } from "../../../src/domain/facts.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { server } from "../fixtures.ts";
import { END, MIB, notReached, primary, row, standby } from "../diagnosis/situations.ts";

/** A series of readings of one standby. */
class Readings {
  readonly signs = new StandbyObservations();

  read(own: ServerSnapshot | null, upstream: ServerSnapshot | null = null, sender = row()): Observations {
    this.signs.observe("standby", { own, upstream, sender: upstream === null ? null : sender });
    return this.signs.of("standby");
  }
}

function at(readAt: number, facts: Facts = {}, fact: Partial<ServerFact> = {}): ServerSnapshot {
  return { ...standby(facts, fact), readAt };
}

function replayed(position: bigint): Partial<ServerFact> {
  return { receivePosition: END, replayPosition: position };
}

function upstreamAt(readAt: number, writePosition = END): ServerSnapshot {
  const facts = { server: [server({ writePosition, clockUnixSeconds: 5000 + readAt })] };
  return { ...primary(facts), readAt };
}

Deno.test("StandbyObservations: nothing was seen of a standby never observed, or forgotten", () => {
  const { signs } = new Readings();
  assertEquals(signs.of("standby"), NO_OBSERVATIONS);
  signs.observe("standby", { own: standby(), upstream: null, sender: null });
  signs.retain(new Set(["standby"]));
  assertEquals(signs.of("standby").watchedSeconds, 0);
  signs.retain(new Set());
  assertEquals(signs.of("standby"), NO_OBSERVATIONS);
});

Deno.test("StandbyObservations: how long replay stands still, between readings of the standby", () => {
  const readings = new Readings();
  assertEquals(readings.read(at(10, {}, replayed(MIB))).replayStillSeconds, 0);
  assertEquals(readings.read(at(25, {}, replayed(MIB))).replayStillSeconds, 15);
  assertEquals(readings.read(at(25, {}, replayed(MIB))).replayStillSeconds, 15);
  // What is not read adds nothing.
  assertEquals(readings.read(notReached("timeout", at(25))).replayStillSeconds, 15);
  const moved = readings.read(at(40, {}, replayed(2n * MIB)));
  assertEquals([moved.replayStillSeconds, moved.watchedSeconds], [0, 30]);
});

Deno.test("StandbyObservations: what replay moves between two readings without a receiver came from the archive", () => {
  const readings = new Readings();
  assertEquals(readings.read(at(10, {}, replayed(MIB))).receiverSeen, true);
  // Streamed before the receiver ended: not from the archive.
  assertEquals(readings.read(at(20, { receiver: [] }, replayed(2n * MIB))).restoredAgoSeconds, null);
  assertEquals(readings.read(at(30, { receiver: [] }, replayed(2n * MIB))).restoredAgoSeconds, null);
  assertEquals(readings.read(at(40, { receiver: [] }, replayed(3n * MIB))).restoredAgoSeconds, 0);
  assertEquals(readings.read(at(55, { receiver: [] }, replayed(3n * MIB))).restoredAgoSeconds, 15);
  assertEquals(new Readings().read(at(10, { receiver: [] })).receiverSeen, false);
});

Deno.test("StandbyObservations: queries cancelled while we watch, not before", () => {
  const readings = new Readings();
  const cancelled = (readAt: number, total: number) =>
    readings.read(at(readAt, { conflicts: [{ cause: "lock", total: 1 }, { cause: "snapshot", total }] }));
  assertEquals(cancelled(10, 7).conflictAgoSeconds, null);
  assertEquals(cancelled(20, 8).conflictAgoSeconds, 0);
  assertEquals(cancelled(30, 8).conflictAgoSeconds, 10);
  // Statistics that were reset are no cancelled queries.
  assertEquals(cancelled(40, 0).conflictAgoSeconds, 20);
  assertEquals(readings.read(at(50)).conflictAgoSeconds, 30);
});

Deno.test("StandbyObservations: since when its upstream has had WAL that did not come", () => {
  const readings = new Readings();
  const unsent = row({ serverPosition: END + MIB });
  assertEquals(readings.read(at(10), upstreamAt(10)).waitingSeconds, 0);
  // Written after the standby was read: it may have it by now.
  assertEquals(readings.read(at(10), upstreamAt(25, END + MIB), unsent).waitingSeconds, 0);
  assertEquals(readings.read(at(32), upstreamAt(25, END + MIB), unsent).waitingSeconds, 7);
  assertEquals(readings.read(at(47), upstreamAt(40, END + MIB), unsent).waitingSeconds, 22);
  // It comes, if slowly: the wait begins again with its backlog now.
  const some = { receivePosition: END + 1n, replayPosition: END };
  assertEquals(readings.read(at(62, {}, some), upstreamAt(55, END + MIB), unsent).waitingSeconds, 7);
  const all = { receivePosition: END + MIB, replayPosition: END };
  assertEquals(readings.read(at(77, {}, all), upstreamAt(70, END + MIB), unsent).waitingSeconds, 0);
});

Deno.test("StandbyObservations: while it is unreachable, what it last reported to its upstream", () => {
  const readings = new Readings();
  const row30 = row({ writePosition: END - MIB, flushPosition: null, replayPosition: null });
  const heard = readings.read(null, upstreamAt(10), row30);
  assertEquals([heard.received, heard.waitingSeconds, heard.replayStillSeconds], [END - MIB, 0, null]);
  assertEquals(readings.read(null, upstreamAt(25), row30).waitingSeconds, 15);
  assertEquals(readings.read(null, null).received, END - MIB);
});

Deno.test("StandbyObservations: no further status message is silence, whatever the standby's clock says", () => {
  for (const ahead of [0, 3600, -3600]) {
    const readings = new Readings();
    const heard = (readAt: number, age: number) =>
      readings.read(null, upstreamAt(readAt), row({ replyAgeSeconds: age - ahead })).replySilenceSeconds;
    assertEquals(heard(10, 4), 0);
    assertEquals(heard(25, 9), 0); // another one, 9 s ago
    assertEquals(heard(40, 24), 15);
    assertEquals(heard(55, 39.2), 30); // statements are some tenths of a second apart
    assertEquals(heard(70, 1), 0);
    assertEquals(readings.read(null, null).replySilenceSeconds, null);
  }
});
