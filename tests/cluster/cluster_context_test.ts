import { assertEquals } from "@std/assert";
import { type ClusterContext, clusterContextOf, isStandby } from "../../src/cluster/cluster_context.ts";
import { livePrimaries } from "../../src/cluster/topology/primary.ts";
import type { ServerSnapshot } from "../../src/domain/view.ts";
import { build, NOW } from "./build_view.ts";
import { lost, neverReached, reached, receiver, sender, server } from "./fixtures.ts";

const primaryOn = (timeline: number, name = "primary") =>
  reached(name, { readAt: 0, facts: { server: [server({ timeline, writePosition: 500n })], senders: [] } });
const standby = reached("standby", { readAt: 0, facts: { server: [server({ inRecovery: true })] } });
const never = neverReached("never");

const standbys = [
  ["a server in recovery", standby, [standby], true],
  ["one that was, when it was last reached", lost(standby), [primaryOn(1)], true],
  ["a primary", primaryOn(1), [primaryOn(2, "new")], false],
  ["a primary that is gone", lost(primaryOn(1)), [standby], false],
  ["a primary that is gone and was replaced", lost(primaryOn(1)), [primaryOn(2, "new")], true],
  ["a primary that is gone, with another on its timeline", lost(primaryOn(1)), [primaryOn(1, "new")], false],
  ["one never reached, with a primary elsewhere", never, [primaryOn(1)], true],
  ["one never reached, with none", never, [standby], false],
] as const;

for (const [title, each, others, expected] of standbys) {
  Deno.test(`isStandby() is ${expected}: ${title}`, () => {
    const servers = [...others, each];
    assertEquals(isStandby(each, { servers, primaries: livePrimaries(servers) }), expected);
  });
}

function contextOf(...snapshots: readonly ServerSnapshot[]): ClusterContext {
  const [group] = build({ snapshots }).memory.groups(snapshots);
  if (group === undefined) throw new Error("No cluster");
  return clusterContextOf(group, NOW);
}

Deno.test("clusterContextOf() joins rows, follows edges and chooses the primary once", () => {
  const its = sender({ applicationName: "standby" });
  const primary = reached("primary", { readAt: 999, facts: { server: [server()], senders: [its] } });
  const streaming = reached("standby", {
    readAt: 999,
    facts: { server: [server({ inRecovery: true })], receiver: [receiver()] },
  });
  const context = contextOf(primary, streaming);
  assertEquals([context.at, context.primary, context.primaries], [NOW, primary, [primary]]);
  assertEquals(context.senders.joined.get("standby")?.sender, its);
  assertEquals([...context.edges], [
    ["standby", { upstream: "primary", downstream: "standby", by: "application_name" }],
  ]);
  assertEquals(context.index.named("standby"), streaming);
});

Deno.test("clusterContextOf() without a live primary has the last one", () => {
  const gone = lost(primaryOn(1));
  const context = contextOf(gone, standby);
  assertEquals([context.primary, context.primaries, context.edges.size], [gone, [], 0]);
  assertEquals(contextOf(standby).primary, null);
});
