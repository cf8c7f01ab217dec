import { assertEquals } from "@std/assert";
import { LagClock } from "../../../src/cluster/lag/lag_clock.ts";
import {
  deriveSubscriptionLag,
  type SubscriptionLagInput,
} from "../../../src/cluster/logical/subscription_lag.ts";
import { SUBSCRIPTION_LAG_UNKNOWN_REASONS } from "../../../src/domain/subscription.ts";

const MIB = 1024n * 1024n;

/** A publisher that has written 1 MiB each second since it was first read at 100 s; the last time at 200 s. */
function written(): LagClock {
  const lagClock = new LagClock();
  for (let at = 100; at <= 200; at++) {
    lagClock.sample({ server: "pub", timeline: 1, at, position: BigInt(at) * MIB });
  }
  return lagClock;
}

type Publisher = NonNullable<SubscriptionLagInput["publisher"]>;

function lagOf(
  { publisher = {}, ...input }: Partial<Omit<SubscriptionLagInput, "publisher">> & {
    readonly publisher?: Partial<Publisher> | null;
  },
) {
  const { seconds, bytes, source, unknownReason, unknownBecause } = deriveSubscriptionLag({
    applied: { position: 200n * MIB, at: 200 },
    publisherUnknown: "No watched server has its slot",
    isConnected: true,
    at: 200.5,
    ...input,
    publisher: publisher === null ? null : {
      server: "pub",
      reference: { timeline: 1, primary: "pub" },
      lagClock: written(),
      hasSlot: true,
      ...publisher,
    },
  });
  assertEquals(unknownBecause === "", seconds !== null);
  assertEquals(source === null, seconds === null);
  return [seconds, bytes === null ? null : bytes / Number(MIB), source ?? unknownReason];
}

const at = (seconds: number, readAt = 200) => ({ position: BigInt(seconds) * MIB, at: readAt });

Deno.test("a subscription that has applied all is 0 behind, however long nothing was written", () => {
  assertEquals(lagOf({}), [0, 0, "clock"]);
  const idle = written();
  for (let now = 201; now <= 900; now++) {
    idle.sample({ server: "pub", timeline: 1, at: now, position: 200n * MIB });
  }
  assertEquals(lagOf({ at: 900.5, publisher: { lagClock: idle } }), [0, 0, "clock"]);
  assertEquals(lagOf({ at: 900.5, publisher: { lagClock: idle }, isConnected: false }), [0, 0, "clock"]);
});

Deno.test("a quiet publication: what is confirmed follows, and counts", () => {
  assertEquals(lagOf({ applied: at(200, 200) }), [0, 0, "clock"]);
});

Deno.test("while it is connected, what was confirmed is compared with the WAL of that moment", () => {
  assertEquals(lagOf({ applied: at(190, 190) }), [0, 0, "clock"]);
  assertEquals(lagOf({ applied: at(180, 190) }), [10, 10, "clock"]);
});

Deno.test("cut, disabled, in an error loop: it grows until now, as an upper bound", () => {
  assertEquals(lagOf({ applied: at(150, 150), isConnected: false }), [50.5, 50, "upper_bound"]);
});

Deno.test("the publisher does not respond: unknown when all that was known is applied, else it grows", () => {
  const gone = { reference: { timeline: 1, primary: null } };
  assertEquals(lagOf({ publisher: gone, isConnected: false }), [null, null, "publisher_unreachable"]);
  assertEquals(lagOf({ publisher: gone, isConnected: false, applied: at(150, 150), at: 300 }), [
    150,
    50,
    "upper_bound",
  ]);
  // It is up as last read, but was not read for seconds.
  assertEquals(lagOf({ at: 203.5 }), [null, null, "publisher_unreachable"]);
  assertEquals(lagOf({ publisher: { reference: { reason: "no_primary", because: "None was seen" } } }), [
    null,
    null,
    "publisher_unreachable",
  ]);
});

Deno.test("without a position it is unknown: the slot is gone, or neither end has reported", () => {
  assertEquals(lagOf({ applied: null }), [null, null, "no_position"]);
  assertEquals(lagOf({ applied: null, publisher: { hasSlot: null } }), [null, null, "no_position"]);
  assertEquals(lagOf({ applied: null, publisher: { hasSlot: false } }), [null, null, "slot_missing"]);
  // What it had applied before the slot was dropped is known.
  assertEquals(lagOf({ applied: at(190), publisher: { hasSlot: false }, isConnected: false }), [
    10.5,
    10,
    "upper_bound",
  ]);
});

Deno.test("without a publisher it is unknown", () => {
  assertEquals(lagOf({ publisher: null }), [null, null, "publisher_not_watched"]);
});

Deno.test("what is applied is older than the history: bytes are known, seconds are not", () => {
  assertEquals(lagOf({ applied: at(50) }), [null, 150, "history_too_short"]);
  assertEquals(lagOf({ publisher: { lagClock: new LagClock() } }), [null, null, "history_too_short"]);
});

Deno.test("after a promotion of the publisher, the timeline before counts", () => {
  const lagClock = written();
  lagClock.begin({ server: "standby", timeline: 2, at: 201, position: 200n * MIB });
  for (let now = 202; now <= 260; now++) {
    lagClock.sample({ server: "standby", timeline: 2, at: now, position: BigInt(now) * MIB });
  }
  const promoted = { lagClock, reference: { timeline: 2, primary: "standby" } };
  assertEquals(lagOf({ publisher: promoted, applied: at(180), isConnected: false, at: 260.5 }), [
    80.5,
    80,
    "upper_bound",
  ]);
  assertEquals(lagOf({ publisher: promoted, applied: at(250, 260), at: 260.5 }), [10, 10, "clock"]);
});

Deno.test("the reasons for an unknown lag are a closed set", () => {
  assertEquals([...SUBSCRIPTION_LAG_UNKNOWN_REASONS].length, 5);
});
