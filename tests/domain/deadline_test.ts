import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { abortable, DeadlineError, RepeatedDeadline, startDeadline } from "../../src/domain/deadline.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";

const never = new AbortController().signal;

Deno.test("startDeadline() aborts when the time has passed, with a reason that has the time", async () => {
  const clock = new FakeClock();
  using deadline = startDeadline(2, { clock });
  await clock.advance(1.9);
  assertEquals(deadline.signal.aborted, false);
  await clock.advance(0.1);
  assertInstanceOf(deadline.signal.reason, DeadlineError);
  assertEquals(deadline.signal.reason.seconds, 2);
});

Deno.test("startDeadline() leaves no timer once disposed", async () => {
  const clock = new FakeClock();
  const deadline = startDeadline(2, { clock });
  assertEquals(clock.sleeping, 1);
  deadline[Symbol.dispose]();
  assertEquals(clock.sleeping, 0);
  await clock.advance(3);
  assertEquals(deadline.signal.aborted, false);
});

Deno.test("startDeadline() aborts with the outer signal, even if that aborted before", () => {
  const outer = new AbortController();
  using before = startDeadline(2, { clock: new FakeClock(), outer: outer.signal });
  outer.abort("stopping");
  using after = startDeadline(2, { clock: new FakeClock(), outer: outer.signal });
  assertEquals([before.signal.reason, after.signal.reason], ["stopping", "stopping"]);
});

Deno.test("abortable() passes a value and an error on", async () => {
  assertEquals(await abortable(Promise.resolve(7), never), 7);
  await assertRejects(() => abortable(Promise.reject(new RangeError("no")), never), RangeError, "no");
});

Deno.test("abortable() rejects with the reason and handles a late rejection", async () => {
  const controller = new AbortController();
  const late = Promise.withResolvers<never>();
  const waiting = abortable(late.promise, controller.signal);
  controller.abort(new RangeError("deadline"));
  await assertRejects(() => waiting, RangeError, "deadline");
  late.reject(new Error("nobody waits any more"));
  const tooLate = Promise.withResolvers<never>();
  await assertRejects(() => abortable(tooLate.promise, controller.signal), RangeError, "deadline");
  tooLate.reject(new Error("nobody ever waited"));
});

Deno.test("RepeatedDeadline aborts when one takes too long, and not for many that do not", async () => {
  const clock = new FakeClock();
  const deadline = new RepeatedDeadline(2, { clock, outer: never });
  for (let round = 0; round < 10; round++) {
    const one = deadline.start();
    await clock.advance(1.5);
    one[Symbol.dispose]();
    assertEquals(clock.sleeping <= 1, true);
  }
  await clock.advance(100);
  assertEquals([deadline.signal.aborted, clock.sleeping], [false, 0]);
  deadline.start();
  await clock.advance(1.9);
  assertEquals(deadline.signal.aborted, false);
  await clock.advance(0.2);
  assertInstanceOf(deadline.signal.reason, DeadlineError);
  assertEquals(clock.sleeping, 0);
});

Deno.test("RepeatedDeadline ends with the outer signal, and when disposed", async () => {
  const clock = new FakeClock();
  const outer = new AbortController();
  const aborted = new RepeatedDeadline(2, { clock, outer: outer.signal });
  const disposed = new RepeatedDeadline(2, { clock, outer: outer.signal });
  aborted.start();
  disposed.start();
  disposed[Symbol.dispose]();
  outer.abort("stop");
  await clock.advance(0);
  assertEquals([aborted.signal.reason, disposed.signal.reason, clock.sleeping], ["stop", "stopped", 0]);
  assertEquals(new RepeatedDeadline(2, { clock, outer: outer.signal }).signal.aborted, true);
});
