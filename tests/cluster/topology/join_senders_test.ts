import { assertEquals } from "@std/assert";
import { joinSenders, type UpstreamRow } from "../../../src/cluster/topology/join_senders.ts";
import type { Facts, ReceiverFact, SenderFact } from "../../../src/domain/facts.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { lost, neverReached, reached, receiver, recovery, sender, server } from "../fixtures.ts";

function primary(senders: readonly SenderFact[]) {
  return reached("primary", { readAt: 0, facts: { server: [server()], senders } });
}

function standby(
  name: string,
  { clusterName = "", ...facts }: Facts & { readonly clusterName?: string } = {},
) {
  return reached(name, {
    readAt: 0,
    facts: { server: [server({ inRecovery: true, clusterName })], ...facts },
  });
}

const joins = [
  {
    title: "by the slot its receiver uses, whatever the application name",
    rows: [sender({ slot: "slot_a", applicationName: "walreceiver" }), sender({ slot: "b" })],
    standbys: [standby("standby", { receiver: [receiver({ slot: "slot_a" })] })],
    expected: { standby: "walreceiver slot_a" },
    others: 1,
  },
  {
    title: "by its setting primary_slot_name when no receiver runs",
    rows: [sender({ slot: "slot_a" })],
    standbys: [standby("standby", { receiver: [], recovery: [recovery({ primarySlotName: "slot_a" })] })],
    expected: { standby: "walreceiver slot_a" },
    others: 0,
  },
  {
    title: "by a slot named like the server, hyphens aside",
    rows: [sender({ slot: "node_2" })],
    standbys: [neverReached("node-2")],
    expected: { "node-2": "walreceiver node_2" },
    others: 0,
  },
  {
    title: "by application name: the server's name or its cluster_name",
    rows: [sender({ applicationName: "Standby" }), sender({ applicationName: "reports" })],
    standbys: [standby("standby"), standby("standby2", { clusterName: "reports" })],
    expected: { standby: "Standby ", standby2: "reports " },
    others: 0,
  },
  {
    title: "never by a name that two rows carry",
    rows: [sender({ applicationName: "standby" }), sender({ applicationName: "standby", pid: 2 })],
    standbys: [standby("standby")],
    expected: {},
    others: 2,
  },
  {
    title: "never by a name that two servers carry",
    rows: [sender({ applicationName: "main" })],
    standbys: [standby("s1", { clusterName: "main" }), standby("s2", { clusterName: "main" })],
    expected: {},
    others: 1,
  },
  {
    title: "never to what is no standby",
    rows: [sender({ applicationName: "standby", kind: "receivewal" })],
    standbys: [standby("standby")],
    expected: {},
    others: 0,
  },
];

for (const { title, rows, standbys, expected, others } of joins) {
  Deno.test(`joinSenders() joins a row ${title}`, () => {
    const join = joinSenders([primary(rows), ...standbys]);
    const joined = [...join.joined].map((
      [name, { sender }],
    ) => [name, `${sender.applicationName} ${sender.slot}`]);
    assertEquals(Object.fromEntries(joined), expected);
    assertEquals(join.others.length, others);
  });
}

Deno.test("joinSenders() takes no row of an unreachable server", () => {
  const join = joinSenders([lost(primary([sender({ applicationName: "standby" })])), standby("standby")]);
  assertEquals([join.joined.size, join.others.length], [0, 0]);
});

const nameless = sender({ applicationName: "walreceiver" });
const streamingStandby = (name: string) => standby(name, { receiver: [receiver()] });

Deno.test("joinSenders() counts nameless rows to standbys that stream, and leaves the rest over", () => {
  const group = [
    primary([1, 2, 3].map((pid) => ({ ...nameless, pid }))),
    streamingStandby("standby"),
    standby("standby2", { receiver: [] }),
  ];
  const { accounted, others } = joinSenders(group);
  assertEquals([accounted.length, others.length], [1, 2]);
});

Deno.test("joinSenders() counts to a standby the row that is nearest to what it has applied", () => {
  const rows = [100n, 200n, 300n].map((replayPosition, pid) => ({ ...nameless, pid, replayPosition }));
  const own = server({ inRecovery: true, replayPosition: 210n });
  const streaming = reached("standby", { readAt: 0, facts: { server: [own], receiver: [receiver()] } });
  const { accounted, others } = joinSenders([primary(rows), streaming]);
  assertEquals(accounted.map((row) => row.sender.replayPosition), [200n]);
  assertEquals(others.map((row) => row.sender.replayPosition), [100n, 300n]);
});

/** A server at an address of its own. */
function at(snapshot: ServerSnapshot, host: string): ServerSnapshot {
  return { ...snapshot, address: { host, hostAddress: "", port: 5432 } };
}

Deno.test("joinSenders() joins a nameless row by the address it comes from, only while the standby streams", () => {
  const rows = [
    sender({ pid: 1, clientAddress: "10.0.0.2" }),
    sender({ pid: 2, clientAddress: "10.0.0.3" }),
  ];
  const from = { receiver: [receiver({ senderHost: "primary.internal", senderPort: 5432 })] };
  const group = [at(primary(rows), "10.0.0.1"), at(standby("a", from), "10.0.0.2"), standby("b", from)];
  const { joined } = joinSenders(group);
  assertEquals([...joined].map(([name, { by, sender }]) => [name, by, sender.pid]), [["a", "address", 1]]);
  const silent = [...group.slice(0, 1), at(standby("a", { receiver: [] }), "10.0.0.2")];
  assertEquals(joinSenders(silent).joined.size, 0);
});

Deno.test("joinSenders() joins a nameless row by the upstream that the standby's receiver names", () => {
  const from = { receiver: [receiver({ senderHost: "10.0.0.1", senderPort: 5432 })] };
  const group = [at(primary([nameless]), "10.0.0.1"), at(standby("a", from), "10.0.0.2")];
  assertEquals([...joinSenders(group).joined].map(([name, { by }]) => [name, by]), [["a", "receiver"]]);
});

Deno.test("joinSenders() says whether the name was the server's or its cluster_name", () => {
  const rows = [sender({ applicationName: "a" }), sender({ applicationName: "reports", pid: 2 })];
  const join = joinSenders([primary(rows), standby("a"), standby("b", { clusterName: "reports" })]);
  assertEquals([...join.joined].map(([name, { by }]) => [name, by]), [
    ["a", "application_name"],
    ["b", "cluster_name"],
  ]);
});

Deno.test("joinSenders() never joins a row that the standby contradicts", () => {
  const own = sender({ applicationName: "a" });
  const elsewhere = receiver({ senderHost: "10.0.0.9", senderPort: 5432 });
  const middle = at(
    reached("middle", { readAt: 0, facts: { server: [server({ inRecovery: true })] } }),
    "10.0.0.9",
  );
  const group = (fact: ReceiverFact) => [primary([own]), middle, standby("a", { receiver: [fact] })];
  assertEquals(joinSenders(group(elsewhere)).joined.size, 0);
  assertEquals(joinSenders(group(receiver({ slot: "another" }))).joined.size, 0);
  assertEquals(joinSenders(group(receiver())).joined.size, 1);
});

Deno.test("joinSenders() joins a standby's living row; one that its old upstream still has is accounted for", () => {
  const old = primary([sender({ applicationName: "a", replayPosition: 100n })]);
  const middle = reached("middle", {
    readAt: 0,
    facts: {
      server: [server({ inRecovery: true })],
      senders: [sender({ applicationName: "a", replayPosition: 200n })],
    },
  });
  const { joined, accounted, others } = joinSenders([old, middle, standby("a")]);
  assertEquals(joined.get("a")?.upstream.server, "middle");
  assertEquals([accounted.map((row) => row.upstream.server), others], [["primary"], []]);
});

Deno.test("joinSenders() keeps a nameless connection that was known from before to its standby", () => {
  const group = [primary([nameless, { ...nameless, pid: 2 }]), lost(standby("a"))];
  const known = {
    ownerOf: (row: UpstreamRow) => row.sender.pid === 2 ? { server: "a", by: "receiver" as const } : null,
    wasAccounted: () => false,
  };
  const { joined, others } = joinSenders(group, known);
  assertEquals([joined.get("a")?.sender.pid, joined.get("a")?.by], [2, "receiver"]);
  assertEquals(others.map((row) => row.sender.pid), [4711]);
});
