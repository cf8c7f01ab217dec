import { assertEquals } from "@std/assert";
import { Timelines, type TimelineWriter } from "../../../src/cluster/topology/timelines.ts";

function timelines(...writers: readonly Partial<TimelineWriter>[]): Timelines {
  const known = new Timelines();
  for (const writer of writers) {
    known.observe({ server: "a", timeline: 2, beginsAtMost: 100n, seenFrom: 100n, parent: 1, ...writer });
  }
  return known;
}

const at = (timeline: number, position: bigint, newest: number) => ({ timeline, position, newest });

Deno.test("Timelines.parting() is beyond where the newer timeline begins, and nowhere before", () => {
  const known = timelines({});
  assertEquals(known.parting(at(1, 101n, 2)), { timeline: 2, at: 100n });
  assertEquals(known.parting(at(1, 100n, 2)), null);
  assertEquals(known.parting(at(2, 500n, 2)), null);
});

Deno.test("Timelines.parting() follows the parents of the newest timeline", () => {
  const known = timelines({}, { server: "b", timeline: 3, beginsAtMost: 900n, parent: 2 });
  assertEquals(known.parting(at(1, 150n, 3)), { timeline: 2, at: 100n });
  assertEquals(known.parting(at(2, 150n, 3)), null);
  assertEquals(known.parting(at(2, 901n, 3)), { timeline: 3, at: 900n });
  // Whose parent was not seen may have branched off anywhere below.
  const unseen = timelines({}, { server: "b", timeline: 3, beginsAtMost: 900n, parent: null });
  assertEquals(unseen.parting(at(1, 150n, 3)), null);
});

Deno.test("Timelines.parting() of a timeline that two servers began counts the later beginning", () => {
  const known = timelines({}, { server: "b", beginsAtMost: 200n });
  assertEquals(known.parting(at(1, 150n, 2)), null);
  assertEquals(known.parting(at(1, 201n, 2)), { timeline: 2, at: 200n });
});

Deno.test("Timelines keeps the earliest beginning and a parent once seen", () => {
  const known = timelines({ beginsAtMost: 300n }, { beginsAtMost: 100n, parent: null }, {
    beginsAtMost: 500n,
  });
  assertEquals(known.parting(at(1, 101n, 2)), { timeline: 2, at: 100n });
  assertEquals([known.newest, new Timelines().newest], [2, null]);
});
