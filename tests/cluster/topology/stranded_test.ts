import { assertEquals, assertMatch } from "@std/assert";
import { ServerMemory } from "../../../src/cluster/memory/server_memory.ts";
import { deriveStranded, newestTimeline } from "../../../src/cluster/topology/stranded.ts";
import { Timelines } from "../../../src/cluster/topology/timelines.ts";
import type { ServerFact } from "../../../src/domain/facts.ts";
import { lost, reached, receiver, server } from "../fixtures.ts";

/** Timeline 2, written by "new", begins at 0/100. */
const newer = reached("new", {
  readAt: 10,
  facts: { server: [server({ timeline: 2, writePosition: 0x200n })] },
});

function primaryAt(writePosition: bigint) {
  return reached("old", { readAt: 5, facts: { server: [server({ timeline: 1, writePosition })] } });
}

function standbyAt(fact: Partial<ServerFact>, status: string | null) {
  return reached("old", {
    readAt: 5,
    facts: {
      server: [server({ inRecovery: true, timeline: 1, ...fact })],
      receiver: status === null ? [] : [receiver({ status })],
    },
  });
}

function whyStranded(
  old: ReturnType<typeof primaryAt>,
  { again = false, ...known }: {
    readonly again?: boolean;
    readonly wasStranded?: boolean;
    readonly isDoubtful?: boolean;
  } = {},
): string | null {
  const timelines = new Timelines();
  timelines.observe({ server: "new", timeline: 2, beginsAtMost: 0x100n, seenFrom: 0x100n, parent: 1 });
  const memory = new ServerMemory();
  memory.observe({ ...old, up: true });
  if (again) memory.observe({ ...old, readAt: 15 });
  return deriveStranded(old, newestTimeline([old, newer]), {
    memory,
    timelines,
    wasStranded: false,
    ...known,
  });
}

Deno.test("deriveStranded(): a primary on an older timeline than another, wherever it is", () => {
  assertEquals(
    whyStranded(primaryAt(0x80n)),
    "it writes timeline 1, which its cluster has left for timeline 2",
  );
});

Deno.test("deriveStranded(): a primary that was not heard since the promotion only if it was stranded before", () => {
  assertEquals(whyStranded(primaryAt(0x80n), { isDoubtful: true }), null);
  assertMatch(whyStranded(primaryAt(0x80n), { isDoubtful: true, wasStranded: true }) ?? "", /timeline 1/);
});

Deno.test("deriveStranded(): a primary that is gone, by what it had written beyond the parting", () => {
  assertEquals(whyStranded(lost(primaryAt(0x100n))), null);
  assertEquals(
    whyStranded(lost(primaryAt(0x101n))),
    "it is on timeline 1 at 0/101, beyond 0/100, where its cluster left it for timeline 2",
  );
});

Deno.test("deriveStranded(): a standby that streams the old timeline beyond the parting", () => {
  assertMatch(whyStranded(standbyAt({ replayPosition: 0x101n }, "streaming")) ?? "", /beyond 0\/100/);
  assertEquals(whyStranded(standbyAt({ replayPosition: 0x100n }, "streaming")), null);
  assertEquals(whyStranded(standbyAt({ replayPosition: 0x101n, timeline: 2 }, "streaming")), null);
});

Deno.test("deriveStranded(): a standby without a receiver only once it stands still, then until it is elsewhere", () => {
  const standby = standbyAt({ replayPosition: 0x101n }, null);
  assertEquals(whyStranded(standby), null);
  assertMatch(whyStranded(standby, { again: true }) ?? "", /beyond 0\/100/);
  assertMatch(whyStranded(standby, { wasStranded: true }) ?? "", /beyond 0\/100/);
  assertEquals(whyStranded(standbyAt({ replayPosition: 0x90n }, null), { wasStranded: true }), null);
});

Deno.test("deriveStranded(): nobody, where no position or no primary is known", () => {
  assertEquals(whyStranded(standbyAt({ replayPosition: null }, "streaming")), null);
  const old = primaryAt(0x500n);
  const memory = new ServerMemory();
  memory.observe(old);
  const known = { memory, timelines: new Timelines(), wasStranded: false };
  assertEquals(deriveStranded(lost(old), newestTimeline([lost(old)]), known), null);
});
