import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { now } from "./markers.ts";
import { Pace, type Probe } from "./pace.ts";

/** A probe whose answers arrive when the test releases them. */
class HeldProbe implements Probe {
  asked = Promise.withResolvers<void>();
  #answer = Promise.withResolvers<boolean>();

  ask(): Promise<boolean> {
    this.asked.resolve();
    return this.#answer.promise;
  }

  answer(isAnswer = true): void {
    const { resolve } = this.#answer;
    this.#answer = Promise.withResolvers();
    this.asked = Promise.withResolvers();
    resolve(isAnswer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#answer.resolve(false);
    return Promise.resolve();
  }
}

async function untilPassed(moment: number): Promise<void> {
  while (now() < moment) await new Promise((resolve) => setTimeout(resolve, 5));
}

Deno.test("Pace counts the delay of a probe as lost, during the delay and afterwards", async () => {
  const probe = new HeldProbe();
  await using pace = new Pace(probe);
  await probe.asked.promise;
  const askedAt = now();
  await untilPassed(askedAt + 0.2);
  const seenAt = now();
  assertAlmostEquals(pace.lostIn({ from: askedAt, to: seenAt }), seenAt - askedAt, 1e-6);
  probe.answer();
  await probe.asked.promise;
  const span = { from: askedAt, to: seenAt };
  assertAlmostEquals(pace.lostIn(span), seenAt - askedAt, 1e-6);
  assertAlmostEquals(pace.fairIn(span), 0, 1e-6);
});

Deno.test("Pace loses nothing before its start, and finds a loss beside a span", async () => {
  const probe = new HeldProbe();
  await using pace = new Pace(probe);
  await probe.asked.promise;
  const askedAt = now();
  await untilPassed(askedAt + 0.3);
  probe.answer();
  assertEquals(pace.lostIn({ from: askedAt - 100, to: askedAt - 90 }), 0);
  assertEquals(pace.fairIn({ from: askedAt - 100, to: askedAt - 90 }), 10);
  const before = { from: askedAt - 91, to: askedAt - 90 };
  assertEquals(pace.delayAround(before, 1), 0);
  // The loss is ninety seconds away and counts once, as a task at that time is late by it.
  assert(pace.delayAround(before, 90.2) >= 0.3, `${pace.delayAround(before, 90.2)} s`);
});

Deno.test("Pace loses nothing to a probe without a server", async () => {
  const probe = new HeldProbe();
  await using pace = new Pace(probe);
  await probe.asked.promise;
  const askedAt = now();
  await untilPassed(askedAt + 0.2);
  const refusedAt = now();
  probe.answer(false);
  await probe.asked.promise;
  assertEquals(pace.lostIn({ from: askedAt, to: refusedAt }), 0);
});
