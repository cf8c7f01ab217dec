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

Deno.test("Loops: tasks of one interval run together, whenever they began, and hundreds at different moments", async () => {
  const clock = new FakeClock();
  const loops = new Loops({ clock });
  const end = new AbortController();
  const ran = new Map<number, number>();
  const note = () => Promise.resolve(void ran.set(clock.monotonic(), (ran.get(clock.monotonic()) ?? 0) + 1));
  for (let index = 0; index < 20; index++) {
    loops.every(() => 1, note, end.signal);
    await clock.advance(0.037);
  }
  await clock.advance(2);
  ran.clear();
  await clock.advance(3);
  assertEquals([...ran.values()], [20, 20, 20]);
  assertEquals(clock.sleeping, 1);
  for (let index = 0; index < 300; index++) loops.every(() => 1, note, end.signal);
  await clock.advance(1);
  ran.clear();
  await clock.advance(1);
  assertEquals([...ran.values()].reduce((sum, count) => sum + count), 320);
  assertEquals(Math.max(...ran.values()), 25);
  end.abort();
  await loops.ended();
  assertEquals(clock.sleeping, 0);
});

Deno.test("Loops: a loop that begins after the last one ended runs as well", async () => {
  const clock = new FakeClock();
  const loops = new Loops({ clock });
  const [first, second] = [new AbortController(), new AbortController()];
  let runs = 0;
  loops.every(() => 1, () => Promise.resolve(), first.signal);
  await clock.advance(3);
  first.abort();
  loops.every(() => 1, () => Promise.resolve(void runs++), second.signal);
  await clock.advance(0);
  await clock.advance(5);
  assertEquals(runs, 6);
  second.abort();
  await loops.ended();
});
