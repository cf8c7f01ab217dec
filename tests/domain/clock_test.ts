import { assert, assertRejects } from "@std/assert";
import { systemClock } from "../../src/domain/clock.ts";

Deno.test("systemClock.sleep() waits that long on the monotonic clock", async () => {
  const before = systemClock.monotonic();
  await systemClock.sleep(0.02);
  assert(systemClock.monotonic() - before >= 0.019);
});

Deno.test("systemClock.sleep() rejects with the signal's reason, whether aborted before or during the wait", async () => {
  const controller = new AbortController();
  const sleeping = systemClock.sleep(60, controller.signal);
  controller.abort(new RangeError("enough"));
  await assertRejects(() => sleeping, RangeError, "enough");
  await assertRejects(() => systemClock.sleep(60, controller.signal), RangeError, "enough");
});

Deno.test("systemClock.wall() is Unix time in seconds", () => {
  const before = Date.now();
  const wall = systemClock.wall();
  assert(wall >= before / 1000 && wall <= Date.now() / 1000);
});
