import { CERTAINTIES, MANAGERS } from "../../../src/domain/manager.ts";
import { checkManagedAdvice, underManager } from "../findings/managed.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as fc from "fast-check";
import { derivePreflight } from "../../../src/cluster/preflight/derive_preflight.ts";
import type { View } from "../../../src/domain/view.ts";
import { arbitraryView } from "../findings/arbitrary_view.ts";
import { settings } from "../fixtures.ts";
import { down } from "../findings/views.ts";
import { behind, GONE, NEVER, ORPHANS, trio } from "./scenes.ts";

const MIB = 1024 ** 2;

interface Case {
  readonly when: string;
  readonly view: View;
  readonly name?: string;
  readonly verdict: string;
  readonly says?: readonly string[];
  readonly better?: string;
  readonly hasSteps?: boolean;
}

const CASES: readonly Case[] = [
  {
    when: "everything is healthy",
    view: trio(),
    verdict: "go",
    says: ['Go: "standby" may become the primary'],
  },
  {
    when: "the name is unknown",
    view: trio(),
    name: "ghost",
    verdict: "unknown",
    says: ['There is no server "ghost"', "Standbys: standby, standby2"],
    hasSteps: false,
  },
  {
    when: "it is the primary",
    view: trio(),
    name: "primary",
    verdict: "no_go",
    says: ["is already a primary", "standby, standby2"],
    hasSteps: false,
  },
  {
    when: "it is unreachable",
    view: trio({ snapshots: { standby: down({ message: "Nothing answers" }) } }),
    verdict: "unknown",
    says: ['"standby" is unreachable: Nothing answers'],
    hasSteps: false,
  },
  {
    when: "its cluster is unknown",
    view: trio({ view: { clusters: [] } }),
    verdict: "unknown",
    says: ["system identifier could not be read"],
    hasSteps: false,
  },
  {
    when: "it is cut off and behind while the primary is up",
    view: trio({
      standby: { server: behind(20 * MIB), receiver: [] },
      standbys: {
        standby: {
          connected: false,
          lastPosition: 0x5000000n - BigInt(20 * MIB),
          lag: {
            server: "standby",
            seconds: 30,
            bytes: 20 * MIB,
            source: "clock",
            unknownReason: null,
            unknownBecause: "",
          },
        },
      },
      primary: { senders: [] },
    }),
    verdict: "no_go",
    better: "standby2",
    says: ["would lose 20.0 MiB (30.0 s) of WAL", '"standby2" has received 20.0 MiB more', "does not stream"],
  },
  {
    when: "the primary is down and the standby has everything last known",
    view: trio({ ...ORPHANS, snapshots: { primary: GONE } }),
    verdict: "go_with_warnings",
    says: ["what it wrote after that is unknown: it was last read 20.0 s ago"],
  },
  {
    when: "the primary is down and no standby has everything last known",
    view: trio({
      ...ORPHANS,
      standby: { server: behind(MIB), receiver: [] },
      standby2: { server: behind(2 * MIB), receiver: [] },
      snapshots: { primary: GONE },
    }),
    verdict: "go_with_losses",
    says: ["Promoting loses at least 1.0 MiB", "copy the missing WAL files"],
  },
  {
    when: "the primary was never reached and another standby has more",
    view: trio({
      ...ORPHANS,
      standby: { server: behind(MIB), receiver: [] },
      snapshots: { primary: NEVER },
    }),
    verdict: "no_go",
    better: "standby2",
    says: ['How much more "primary" had written is unknown', "1.0 MiB less than other servers"],
  },
  {
    when: "the primary was never reached and no other standby has more",
    view: trio({ ...ORPHANS, snapshots: { primary: NEVER } }),
    verdict: "go_with_unknown_losses",
    says: ["no known server has more"],
  },
  {
    when: "two servers accept writes",
    view: trio({ view: { clusters: [{ ...split() }] } }),
    verdict: "no_go",
    says: ['Split brain: "primary" and "standby2" accept writes'],
    hasSteps: false,
  },
  {
    when: "it is stranded",
    view: trio({ standbys: { standby: { reason: "stranded" } }, servers: { standby: { isStranded: true } } }),
    verdict: "no_go",
    says: ["stranded on timeline 1"],
    hasSteps: false,
  },
  {
    when: "its settings are lower than the primary's",
    view: trio({ primary: { settings: [settings({ maxConnections: 200 })] } }),
    verdict: "no_go",
    says: ["max_connections = 100 instead of 200", "ALTER SYSTEM SET max_connections = 200"],
  },
  {
    when: "the exporter cannot reach the primary, but the standby streams from it",
    view: trio({ snapshots: { primary: GONE } }),
    verdict: "no_go",
    says: ["it is alive: it sent a message"],
  },
];

function split() {
  const [cluster] = trio().clusters;
  if (cluster === undefined) throw new Error("No cluster");
  return { ...cluster, primaries: ["primary", "standby2"] };
}

for (const { when, view, name = "standby", verdict, says = [], better = null, hasSteps = true } of CASES) {
  Deno.test(`preflight: ${when}`, () => {
    const found = derivePreflight(view, name);
    const text = [found.headline, ...found.points.flatMap(({ text, advice }) => [text, advice])].join("\n");
    for (const part of says) assertStringIncludes(text, part);
    assertEquals([found.verdict, found.better, found.steps.length > 0], [verdict, better, hasSteps], text);
  });
}

for (const certainty of CERTAINTIES) {
  Deno.test(`under a manager that is ${certainty}, preflight has its commands and none by hand`, () => {
    for (const { when, view, name = "standby", hasSteps = true } of CASES) {
      for (const manager of MANAGERS) {
        const found = derivePreflight(underManager(view, { manager, certainty }), name);
        assertEquals(found.steps.length > 0, hasSteps, when);
        const [ask] = found.steps;
        const steps = certainty === "certain" ? found.steps : ask === undefined ? [] : [ask];
        if (certainty === "likely" && ask !== undefined) assertStringIncludes(ask.title, "First find out");
        const texts = [
          ...found.points.flatMap(({ text, advice }) => [text, advice]),
          ...steps.flatMap(({ title, commands, expect }) => [title, ...commands, expect]),
        ];
        for (const text of texts) {
          if (text !== "") assertEquals(checkManagedAdvice(text, { manager, certainty }), [], when);
        }
      }
    }
  });
}

Deno.test("derivePreflight() gives complete sentences for any view, and never 0 for unknown", () => {
  const verdicts = new Set<string>();
  fc.assert(
    fc.property(arbitraryView, (view) => {
      for (const { server } of view.servers) {
        const found = derivePreflight(view, server);
        verdicts.add(found.verdict);
        const texts = [
          found.headline,
          ...found.points.flatMap(({ text, advice }) => [text, advice]),
          ...found.followers.map(({ because }) => because),
          ...found.slots.map(({ because }) => because),
          ...found.steps.flatMap(({ title, where, commands, expect }) => [title, where, ...commands, expect]),
        ];
        for (const text of texts) assert(!/undefined|NaN|\[object|\bnull\b/.test(text), text);
        if (found.loss.receivedPosition === null) assertEquals(found.loss.bytes, null);
        if (found.loss.bytes !== null) assert(found.loss.bytes >= 0);
        if (found.loss.bytes === null) assertEquals(found.loss.seconds, null);
      }
    }),
    { numRuns: 300, seed: 7 },
  );
  assertEquals(verdicts.has("no_go"), true);
  assertEquals(verdicts.has("unknown"), true);
});
