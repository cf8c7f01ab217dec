import { assertEquals } from "@std/assert";
import {
  hostsOf,
  isLocal,
  knownReceiver,
  normalizeName,
  receivedPosition,
  receiverOf,
  saysItReceivesNothing,
  slotNamesOf,
  walEndOf,
} from "../../../src/cluster/topology/receiver_facts.ts";
import type { Facts, ServerFact } from "../../../src/domain/facts.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { lost, neverReached, reached, receiver, recovery, server } from "../fixtures.ts";

function standby(facts: Facts, host = "10.0.0.2"): ServerSnapshot {
  const snapshot = reached("standby", {
    readAt: 0,
    facts: { server: [server({ inRecovery: true })], ...facts },
  });
  return { ...snapshot, address: { host, hostAddress: "", port: 5432 } };
}

function upstreamAt(host: string, { port = 5432, hostAddress = "" } = {}): ServerSnapshot {
  const snapshot = reached(`${host}:${port}`, { readAt: 0, facts: { server: [server()] } });
  return { ...snapshot, address: { host, hostAddress, port } };
}

Deno.test("slotNamesOf() are those of the receiver and the setting, else the server's own name", () => {
  assertEquals(slotNamesOf(standby({ receiver: [receiver({ slot: "a" })] })), ["a"]);
  assertEquals(slotNamesOf(standby({ receiver: [], recovery: [recovery({ primarySlotName: "b" })] })), ["b"]);
  assertEquals(slotNamesOf(neverReached("Node-2")), ["node_2"]);
  assertEquals(normalizeName("Node-2"), "node_2");
});

const words: readonly (readonly [string, ServerSnapshot, boolean, string | null])[] = [
  ["streams", standby({ receiver: [receiver()] }), false, "streaming"],
  ["waits", standby({ receiver: [receiver({ status: "waiting" })] }), true, "waiting"],
  ["has none", standby({ receiver: [] }), true, null],
  ["may not tell", standby({ receiver: [receiver({ status: null })] }), false, null],
  ["is not known", standby({}), false, null],
  ["is not reached", lost(standby({ receiver: [] })), false, null],
];

for (const [title, snapshot, nothing, status] of words) {
  Deno.test(`saysItReceivesNothing() is ${nothing}: its receiver ${title}`, () => {
    assertEquals(saysItReceivesNothing(snapshot), nothing);
    assertEquals(receiverOf(snapshot)?.status ?? null, status);
  });
}

Deno.test("knownReceiver() distinguishes no receiver from one that is hidden", () => {
  const known = words.map(([title, snapshot]) => {
    const its = knownReceiver(snapshot.up ? snapshot : null);
    return [title, its === undefined ? "unknown" : its?.status ?? null];
  });
  assertEquals(known, [
    ["streams", "streaming"],
    ["waits", "waiting"],
    ["has none", null],
    ["may not tell", "unknown"],
    ["is not known", "unknown"],
    ["is not reached", "unknown"],
  ]);
});

function at(positions: Partial<ServerFact>, facts: Facts = {}): ServerSnapshot {
  return standby({ server: [server({ inRecovery: true, ...positions })], ...facts });
}

Deno.test("receivedPosition() is the furthest of written, received and replayed", () => {
  const all = { receivePosition: 100n, replayPosition: 100n };
  assertEquals(receivedPosition(null), null);
  assertEquals(receivedPosition(upstreamAt("a")), null);
  assertEquals(receivedPosition(at(all, { receiver: [receiver({ writtenPosition: 101n })] })), 101n);
  // E6: after a restart without a link the received position falls back behind the replayed one.
  assertEquals(receivedPosition(at({ receivePosition: 1n, replayPosition: 100n }, { receiver: [] })), 100n);
  assertEquals(receivedPosition(at({}, { receiver: [] })), null);
  assertEquals(receivedPosition(lost(at(all))), 100n, "as last read");
});

Deno.test("walEndOf() is what a primary wrote or a standby received", () => {
  assertEquals(walEndOf(neverReached("a")), null);
  assertEquals(walEndOf(standby({ server: [server({ writePosition: 100n })] })), 100n);
  assertEquals(walEndOf(at({ receivePosition: 101n, replayPosition: 100n })), 101n);
});

Deno.test("isLocal() knows loopback and sockets", () => {
  const local = ["", "/var/run/postgresql", "localhost", "127.0.0.1", "127.0.1.1", "::1"];
  assertEquals(local.map(isLocal), local.map(() => true));
  assertEquals(["10.0.0.1", "db1", "localhost.example"].map(isLocal), [false, false, false]);
});

Deno.test("hostsOf() is empty for a server without a configured address", () => {
  assertEquals(hostsOf(neverReached("a")), []);
  assertEquals(hostsOf(upstreamAt("DB1", { hostAddress: "10.0.0.1" })), ["db1", "10.0.0.1"]);
});
