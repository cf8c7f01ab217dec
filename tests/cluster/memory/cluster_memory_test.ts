import { assertEquals } from "@std/assert";
import { clusterContextOf } from "../../../src/cluster/cluster_context.ts";
import { ClusterMemory } from "../../../src/cluster/memory/cluster_memory.ts";
import { ServerMemories } from "../../../src/cluster/memory/server_memory.ts";
import type { Facts, SenderFact } from "../../../src/domain/facts.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { CLUSTER, lost, neverReached, reached, receiver, sender, server, slot } from "../fixtures.ts";

const row = (name: string, fact: Partial<SenderFact> = {}) =>
  sender({ applicationName: name, replayPosition: 90n, ...fact });

function primary(readAt: number, facts: Facts): ServerSnapshot {
  return reached("primary", {
    readAt,
    facts: { server: [server({ writePosition: 100n })], senders: [], ...facts },
  });
}

function standby(readAt: number, facts: Facts = {}): ServerSnapshot {
  const its = server({ inRecovery: true, receivePosition: 80n, replayPosition: 80n });
  return reached("standby", { readAt, facts: { server: [its], receiver: [receiver()], ...facts } });
}

/** A memory that observes collections, and what it says of each. */
function observer() {
  const memory = new ClusterMemory({
    cluster: "shop",
    systemIdentifier: CLUSTER,
    isTaken: (name) => name === "primary" || name === "standby",
  });
  const memories = new ServerMemories();
  const observe = (at: number, ...servers: readonly ServerSnapshot[]) => {
    for (const each of servers) memories.of(each.server).observe(each);
    const group = {
      key: `shop ${CLUSTER}`,
      name: "shop",
      systemIdentifier: CLUSTER,
      servers,
      aliases: new Map(),
      aliasSnapshots: [],
    };
    return memory.observe(clusterContextOf({ ...group, memory, memories }, at));
  };
  return { memory, memories, observe };
}

Deno.test("ClusterMemory reports when standbys attach and detach, and from which server, but not those present at first", () => {
  const { memory, observe } = observer();
  assertEquals(observe(10, primary(10, { senders: [row("standby")] }), standby(10)), []);
  assertEquals(memory.connections.of("standby")?.upstream, "primary");
  const cut = standby(20, { receiver: [] });
  assertEquals(observe(20, primary(20, {}), cut), [{
    kind: "detached",
    server: "standby",
    message: 'Standby "standby" no longer streams from "primary"',
  }]);
  assertEquals(observe(30, primary(30, { senders: [row("reports")] }), cut), [{
    kind: "attached",
    server: "reports",
    message: 'Standby "reports" streams from "primary"',
  }]);
  assertEquals(memory.unconfigured.all.map(({ name }) => name), ["reports"]);
  const again = observe(40, primary(40, { senders: [row("standby")] }), standby(40));
  assertEquals(again.map(({ kind, server }) => `${kind} ${server}`), [
    "attached standby",
    "detached reports",
  ]);
});

Deno.test("ClusterMemory takes the position of an unreachable standby from its row, else from its slot", () => {
  const { memories, observe } = observer();
  const slots = [slot({ slot: "standby", restartPosition: 70n })];
  observe(10, primary(10, { slots }), neverReached("standby"));
  assertEquals(memories.of("standby").applied, { position: 70n, at: 10, timeline: null });
  observe(20, primary(20, { slots, senders: [row("standby")] }), neverReached("standby"));
  assertEquals(memories.of("standby").applied, { position: 90n, at: 20, timeline: 1 });
  observe(30, primary(30, { senders: [row("standby", { replayPosition: 95n })] }), standby(30));
  assertEquals(memories.of("standby").applied?.position, 80n, "it reports for itself");
});

Deno.test("ClusterMemory observes every standby over time, and forgets those that are gone", () => {
  const { memory, observe } = observer();
  observe(10, primary(10, { senders: [row("standby"), row("reports", { pid: 2 })] }), standby(10));
  observe(25, primary(25, { senders: [row("standby"), row("reports", { pid: 2 })] }), standby(25));
  assertEquals(memory.observations.of("standby").replayStillSeconds, 15);
  assertEquals(memory.observations.of("reports").received, 90n);
  observe(40, primary(40, { senders: [row("reports", { pid: 2 })] }));
  assertEquals(memory.observations.of("standby").received, null);
});

Deno.test("ClusterMemory remembers the slot that a standby was last seen to use", () => {
  const { memory, observe } = observer();
  const using = (name: string) => [row("standby", { slot: name })];
  const own = (name: string) => standby(10, { receiver: [receiver({ slot: name })] });
  observe(10, primary(10, { senders: using("s1") }), own("s1"));
  assertEquals(memory.slotNames.get("standby"), "s1");
  observe(20, primary(20, {}), lost(own("s1")));
  assertEquals(memory.slotNames.get("standby"), "s1");
  observe(30, primary(30, { senders: using("") }), own(""));
  assertEquals(memory.slotNames.get("standby"), null);
  observe(40, primary(40, {}));
  assertEquals(memory.slotNames.has("standby"), false);
});

Deno.test("ClusterMemory counts failovers and keeps whose connection each was", () => {
  const { memory, observe } = observer();
  observe(10, primary(10, { senders: [row("standby")] }), standby(10));
  assertEquals(
    memory.owners.ownerOf({ upstream: primary(10, {}), sender: row("standby") })?.server,
    "standby",
  );
  const promoted = reached("standby", {
    readAt: 20,
    facts: { server: [server({ timeline: 2, writePosition: 100n })], senders: [] },
  });
  const happenings = observe(20, lost(primary(20, {})), promoted);
  memory.changes.observeServer(promoted, standby(10));
  assertEquals([memory.changes.failovers, happenings.map(({ kind }) => kind)], [1, []]);
});
