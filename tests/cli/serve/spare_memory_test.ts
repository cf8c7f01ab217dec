import { assertEquals } from "@std/assert";
import { processHeap, returnSpareMemory } from "../../../src/cli/serve/spare_memory.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";

const MIB = 2 ** 20;

/** Runs with a heap of these sizes, in MiB, at every look; a collection leaves 15 MiB. Returns the looks that collected. */
async function looksThatCollect(...sizes: readonly number[]): Promise<readonly number[]> {
  const ending = new AbortController();
  const clock = new FakeClock();
  const collected: number[] = [];
  let [look, size] = [0, sizes[0] ?? 0];
  const running = returnSpareMemory(ending.signal, {
    clock,
    heap: {
      total: () => size * MIB,
      collect: () => {
        collected.push(look);
        size = 15;
      },
    },
  });
  for (look = 1; look < sizes.length; look++) {
    size = sizes[look] ?? 0;
    await clock.advance(30);
  }
  ending.abort();
  await running;
  return collected;
}

Deno.test("returnSpareMemory() collects after the start, and then when the heap has grown by 10 MiB", async () => {
  assertEquals(await looksThatCollect(22, 24, 24.9, 25, 24, 40), [0, 3, 5]);
});

Deno.test("returnSpareMemory() leaves a large heap alone: it would take too long", async () => {
  assertEquals(await looksThatCollect(80, 80, 30), [2]);
});

Deno.test("returnSpareMemory() does nothing without --expose-gc", async () => {
  assertEquals(processHeap(), null);
  await returnSpareMemory(new AbortController().signal, { clock: new FakeClock() });
});
