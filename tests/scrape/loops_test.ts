import { assertEquals } from "@std/assert";
import { Loops } from "../../src/scrape/loops.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";

Deno.test("Loops: a task runs at once, then at its interval, which may change, until its signal aborts", async () => {
  const clock = new FakeClock();
  const loops = new Loops({ clock });
  const end = new AbortController();
  let [runs, seconds] = [0, 10];
  loops.every(() => seconds, () => Promise.resolve(void runs++), end.signal);
  await clock.advance(0);
  assertEquals(runs, 1);
  await clock.advance(20);
  assertEquals(runs, 3);
  seconds = 1;
  await clock.advance(10);
  assertEquals(runs, 4);
  await clock.advance(5);
  assertEquals(runs, 9);
  end.abort();
  await loops.ended();
  await clock.advance(100);
  assertEquals(runs, 9);
});

Deno.test("Loops: a slow task delays only its own next run", async () => {
  const clock = new FakeClock();
  const loops = new Loops({ clock });
  const end = new AbortController();
  const runs = { slow: 0, quick: 0 };
  loops.every(() => 1, () => {
    runs.slow++;
    return clock.sleep(10);
  }, end.signal);
  loops.every(() => 1, () => Promise.resolve(void runs.quick++), end.signal);
  for (let second = 0; second < 20; second++) await clock.advance(1);
  end.abort();
  await clock.advance(10);
  await loops.ended();
  assertEquals(runs.quick >= 20, true);
  assertEquals(runs.slow <= 3, true);
});
