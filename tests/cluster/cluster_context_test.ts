import { assertEquals } from "@std/assert";
import { type ClusterContext, clusterContextOf } from "../../src/cluster/cluster_context.ts";
import type { ServerSnapshot } from "../../src/domain/view.ts";
import { build, NOW } from "./build_view.ts";
import { lost, reached, receiver, sender, server } from "./fixtures.ts";

const primaryOn = (timeline: number, name = "primary") =>
  reached(name, { readAt: 0, facts: { server: [server({ timeline, writePosition: 500n })], senders: [] } });
const standby = reached("standby", { readAt: 0, facts: { server: [server({ inRecovery: true })] } });

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
