import { assertEquals } from "@std/assert";
import {
  ownFacts,
  ownReceived,
  pendingBytes,
  upstreamName,
  walEnd,
} from "../../../src/cluster/diagnosis/situation.ts";
import { receiver } from "../fixtures.ts";
import { END, MIB, notReached, primary, situation, standby } from "./situations.ts";

Deno.test("ownFacts() are those of the latest collection alone", () => {
  assertEquals(ownFacts(null), null);
  assertEquals(ownFacts(notReached()), null);
  assertEquals(ownFacts(standby())?.receiver?.status, "streaming");
  assertEquals(ownFacts(standby({ recovery: [] }))?.recovery, null);
});

Deno.test("ownFacts() tell no receiver from one that may not be seen", () => {
  assertEquals(ownFacts(standby({ receiver: [] }))?.receiver, null);
  assertEquals(ownFacts(standby({ receiver: [receiver({ status: null })] }))?.receiver, undefined);
  const { receiver: _, ...facts } = standby().facts;
  assertEquals(ownFacts({ ...standby(), facts })?.receiver, undefined);
});

Deno.test("pendingBytes() is what was received and not applied, by the latest word", () => {
  const own = standby({}, { replayPosition: END - MIB });
  assertEquals(pendingBytes(situation({ own })), Number(MIB));
  const latest = { received: END + 4n * MIB, replayed: END - MIB };
  assertEquals(pendingBytes(situation({ own, latest })), 5 * Number(MIB));
  assertEquals(pendingBytes(situation({ own, latest: { ...latest, replayed: END + 4n * MIB } })), 0);
  assertEquals(pendingBytes(situation({ own: null })), 0);
});

Deno.test("ownReceived() is the furthest of written, received and replayed", () => {
  const written = END + MIB;
  assertEquals(ownReceived(null), null);
  assertEquals(ownReceived(primary()), null);
  assertEquals(ownReceived(standby({ receiver: [receiver({ writtenPosition: written })] })), written);
  // E6: after a restart without a link the received position falls back behind the replayed one.
  assertEquals(ownReceived(standby({ receiver: [] }, { receivePosition: MIB, replayPosition: END })), END);
  assertEquals(ownReceived(standby({ receiver: [] }, { receivePosition: null, replayPosition: null })), null);
});

Deno.test("walEnd() is what a primary wrote or a standby received", () => {
  assertEquals(walEnd(null), null);
  assertEquals(walEnd(primary()), END);
  assertEquals(walEnd(standby({}, { receivePosition: END + 1n })), END + 1n);
});

Deno.test("upstreamName() stands in a sentence, known or not", () => {
  assertEquals(upstreamName(situation()), "primary");
  assertEquals(upstreamName(situation({ upstream: null })), "its upstream");
});
