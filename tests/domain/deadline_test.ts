import { assertEquals, assertInstanceOf } from "@std/assert";
import { DeadlineError, startDeadline } from "../../src/domain/deadline.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";

Deno.test("startDeadline() aborts when the time has passed, and says how much that was", async () => {
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

Deno.test("startDeadline() aborts with the outer signal, also one that has aborted before", () => {
  const outer = new AbortController();
  using before = startDeadline(2, { clock: new FakeClock(), outer: outer.signal });
  outer.abort("stopping");
  using after = startDeadline(2, { clock: new FakeClock(), outer: outer.signal });
  assertEquals([before.signal.reason, after.signal.reason], ["stopping", "stopping"]);
});
