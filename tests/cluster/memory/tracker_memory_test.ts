import { assertEquals } from "@std/assert";
import { TrackerMemory } from "../../../src/cluster/memory/tracker_memory.ts";
import type { ServerFact } from "../../../src/domain/facts.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";
import { CLUSTER, lost, reached, sender, server } from "../fixtures.ts";

const at = (readAt: number, fact: Partial<ServerFact>) =>
  reached("a", { readAt, facts: { server: [server(fact)], senders: [] } });

Deno.test("TrackerMemory begins the history of a promoted server where its recovery was last seen", () => {
  const memory = new TrackerMemory({ clock: new FakeClock() });
  memory.observe([at(10, { inRecovery: true, receivePosition: 100n, replayPosition: 90n })]);
  memory.observe([at(20, { timeline: 2, writePosition: 300n })]);
  const [track] = memory.history;
  assertEquals([track?.server, track?.timeline], ["a", 2]);
  assertEquals(track?.samples, [{ at: 10, position: 100n }, { at: 20, position: 300n }]);
});

Deno.test("TrackerMemory takes a server that lost WAL at its promotion for one whose history begins then", () => {
  const memory = new TrackerMemory({ clock: new FakeClock() });
  memory.observe([at(10, { inRecovery: true, receivePosition: 500n, replayPosition: 90n })]);
  memory.observe([at(20, { timeline: 2, writePosition: 300n })]);
  assertEquals(memory.history[0]?.samples, [{ at: 20, position: 300n }]);
});

Deno.test("TrackerMemory keeps all that it knows of a cluster whose identifier becomes readable", () => {
  const memory = new TrackerMemory({ clock: new FakeClock(), servers: ["a"] });
  const senders = [sender({ applicationName: "x", replayPosition: 1n })];
  const read = (systemIdentifier: string | null, writePosition: bigint) =>
    reached("a", {
      readAt: Number(writePosition),
      facts: { server: [server({ systemIdentifier, writePosition })], senders },
    });
  memory.observe([read(null, 1n)]);
  assertEquals(memory.history.map((each) => each.systemIdentifier), ["unknown"]);
  assertEquals(memory.observe([read(CLUSTER, 2n)]), []);
  assertEquals(memory.history.map((each) => [each.systemIdentifier, each.samples.length]), [[CLUSTER, 2]]);
  // Another cluster of the same name begins anew.
  memory.observe([{ ...read("42", 3n), server: "b" }]);
  assertEquals(memory.history.map((each) => each.systemIdentifier), [CLUSTER, "42"]);
});

Deno.test("TrackerMemory takes ticks between collections", () => {
  const memory = new TrackerMemory({ clock: new FakeClock() });
  memory.sample("a", { systemIdentifier: CLUSTER, timeline: 1, position: 7n, at: 1 });
  assertEquals(memory.history[0]?.samples, [{ at: 1, position: 7n }]);
});

Deno.test("TrackerMemory reports what happened once, and keeps it", () => {
  const memory = new TrackerMemory({ clock: new FakeClock(), servers: ["a"] });
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

Deno.test("TrackerMemory takes one server's collection for news of its own cluster alone", () => {
  const memory = new TrackerMemory({ clock: new FakeClock() });
  const other = "7300000000000000002";
  const read = (name: string, systemIdentifier: string) => {
    const senders = [sender({ applicationName: `${name}1`, replayPosition: 1n })];
    return reached(name, { readAt: 1, facts: { server: [server({ systemIdentifier })], senders } });
  };
  const memberOf = (key: string) => {
    const group = memory.groups([read("a", CLUSTER), read("b", other)]).find((each) => each.key === key);
    if (group === undefined) throw new Error(`No cluster ${key}`);
    return group.memory;
  };
  const observed: string[] = [];
  for (const key of [CLUSTER, other]) {
    const cluster = memberOf(key);
    const observe = cluster.observe.bind(cluster);
    cluster.observe = (context) => {
      observed.push(...context.servers.map((each) => each.server));
      return observe(context);
    };
  }
  memory.observe([read("a", CLUSTER), read("b", other)]);
  assertEquals(observed, ["a", "b"]);
  memory.observe([read("a", CLUSTER)]);
  assertEquals(observed.splice(0), ["a", "b", "a"]);
  // A server that turns out to belong to another cluster is news of both.
  memory.observe([read("b", CLUSTER)]);
  assertEquals(observed.splice(0), ["a", "b"]);
  memory.observe([read("b", other)]);
  assertEquals(observed, ["a", "b"]);
});

Deno.test("TrackerMemory keeps the lag clocks of clusters with different names apart, also over a restart", () => {
  const memory = new TrackerMemory({ clock: new FakeClock() });
  const read = (cluster: string, position: bigint) =>
    reached(cluster, { readAt: 1, cluster, facts: { server: [server({ writePosition: position })] } });
  memory.observe([read("prod", 100n), read("staging", 900n)]);
  const saved = memory.history.map(({ cluster, systemIdentifier, samples }) => [
    cluster,
    systemIdentifier,
    samples[0]?.position,
  ]);
  assertEquals(saved, [["prod", CLUSTER, 100n], ["staging", CLUSTER, 900n]]);
  const restarted = new TrackerMemory({ clock: new FakeClock() });
  restarted.restore(memory.history);
  assertEquals(restarted.history, memory.history);
});

Deno.test("TrackerMemory groups the servers of a cluster name anew when one of them was read, and no others", () => {
  const named = (name: string, cluster: string, readAt: number) => ({
    ...reached(name, {
      readAt,
      facts: { server: [server({ systemIdentifier: cluster, writePosition: 1n })] },
    }),
    cluster,
  });
  const names = ["one", "two", "three"];
  const memory = new TrackerMemory({ clock: new FakeClock(), servers: names });
  const first = names.map((name) => named(name, name, 1));
  memory.observe(first);
  const before = memory.groups(first);
  assertEquals(before.map(({ name }) => name), names);
  const read = named("two", "two", 2);
  memory.observe([read]);
  const after = memory.groups(first.map((each) => each.server === "two" ? read : each));
  assertEquals(after.map((group, index) => group === before[index]), [true, false, true]);
});
