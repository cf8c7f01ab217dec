import { assertEquals } from "@std/assert";
import { ClusterMemory } from "../../../src/cluster/memory/cluster_memory.ts";
import type { ServerFact } from "../../../src/domain/facts.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";
import { CLUSTER, lost, reached, sender, server } from "../fixtures.ts";

const at = (readAt: number, fact: Partial<ServerFact>) =>
  reached("a", { readAt, facts: { server: [server(fact)], senders: [] } });

Deno.test("ClusterMemory begins the history of a promoted server where its recovery was last seen", () => {
  const memory = new ClusterMemory(new FakeClock());
  memory.observe([at(10, { inRecovery: true, receivePosition: 100n, replayPosition: 90n })]);
  memory.observe([at(20, { timeline: 2, writePosition: 300n })]);
  const [track] = memory.lagClock.tracks;
  assertEquals([track?.server, track?.timeline], ["a", 2]);
  assertEquals(track?.samples, [{ at: 10, position: 100n }, { at: 20, position: 300n }]);
});

Deno.test("ClusterMemory takes a server that lost WAL at its promotion for one whose history begins then", () => {
  const memory = new ClusterMemory(new FakeClock());
  memory.observe([at(10, { inRecovery: true, receivePosition: 500n, replayPosition: 90n })]);
  memory.observe([at(20, { timeline: 2, writePosition: 300n })]);
  assertEquals(memory.lagClock.tracks[0]?.samples, [{ at: 20, position: 300n }]);
});

Deno.test("ClusterMemory takes ticks between collections", () => {
  const memory = new ClusterMemory(new FakeClock());
  memory.sample("a", { systemIdentifier: CLUSTER, timeline: 1, position: 7n, at: 1 });
  assertEquals(memory.lagClock.newestOf(CLUSTER, 1), { at: 1, position: 7n });
});

Deno.test("ClusterMemory tells what happened, once, and keeps it", () => {
  const memory = new ClusterMemory(new FakeClock(), ["a"]);
  const row = (name: string) => sender({ applicationName: name, replayPosition: 1n });
  const primary = (...names: readonly string[]) =>
    reached("a", { readAt: 1, facts: { server: [server({ writePosition: 1n })], senders: names.map(row) } });
  const kinds = (snapshot: ReturnType<typeof primary>) =>
    memory.observe([snapshot]).map(({ kind, server }) => `${kind} ${server}`);
  assertEquals(kinds(primary()), []);
  assertEquals(kinds(primary("x")), ["attached x"]);
  assertEquals(kinds(primary("x")), []);
  assertEquals(kinds(lost(primary())), ["unreachable a"]);
  assertEquals(kinds(primary()), ["reachable a", "detached x"]);
  assertEquals(memory.events.latest.length, 4);
});

Deno.test("ClusterMemory takes one server's collection for news of its own cluster alone", () => {
  const memory = new ClusterMemory(new FakeClock());
  const other = "7300000000000000002";
  const read = (name: string, systemIdentifier: string) => {
    const senders = [sender({ applicationName: `${name}1`, replayPosition: 1n })];
    return reached(name, { readAt: 1, facts: { server: [server({ systemIdentifier })], senders } });
  };
  memory.observe([read("a", CLUSTER), read("b", other)]);
  const joined: string[] = [];
  const { joinSenders } = memory;
  memory.joinSenders = (group) => {
    joined.push(...group.map((each) => each.server));
    return joinSenders.call(memory, group);
  };
  memory.observe([read("a", CLUSTER)]);
  assertEquals(joined, ["a"]);
  // A server that turns out to belong to another cluster is news of both.
  memory.observe([read("b", CLUSTER)]);
  assertEquals(joined, ["a", "a", "b"]);
  memory.observe([read("b", other)]);
  assertEquals(joined, ["a", "a", "b", "a", "b"]);
});
