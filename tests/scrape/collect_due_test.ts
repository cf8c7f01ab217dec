import { assertEquals } from "@std/assert";
import { collectDue } from "../../src/scrape/collect_due.ts";
import { lost, neverReached, reached } from "../cluster/fixtures.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";

Deno.test("collectDue() collects what is too old, or was never collected, and waits no longer than it may", async () => {
  const clock = new FakeClock();
  await clock.advance(100);
  const now = clock.monotonic();
  const collected: string[] = [];
  const watch = (name: string, collectedAt: number | null, isUp = true) => ({
    collectedAt,
    snapshot: collectedAt === null
      ? neverReached(name)
      : isUp
      ? reached(name, { readAt: collectedAt, facts: {} })
      : lost(reached(name, { readAt: collectedAt, facts: {} })),
    collect: () => {
      collected.push(name);
      return new Promise<void>(() => {});
    },
  });
  const watches = [
    watch("new", null),
    watch("old", now - 9),
    watch("fresh", now),
    watch("down", now - 9, false),
  ];
  const limits = { clock, maxAgeSeconds: 1, budgetSeconds: Infinity, deadlineSeconds: 2 };
  let isDone = false;
  const done = collectDue(watches, limits).then(() => isDone = true);
  assertEquals(collected, ["new", "old"]);
  await clock.advance(2.2);
  assertEquals(isDone, false);
  await clock.advance(0.1);
  await done;
  await collectDue(watches.slice(3), limits);
  assertEquals(collected, ["new", "old"]);
});
