import { assertEquals } from "@std/assert";
import { groupByCluster } from "../../src/cluster/identity.ts";
import { joinSenders } from "../../src/cluster/join_senders.ts";
import type { Facts, SenderFact } from "../../src/domain/facts.ts";
import { lost, neverReached, reached, receiver, recovery, sender, server } from "./fixtures.ts";

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

Deno.test("joinSenders() takes no row of a server that is not reached", () => {
  const join = joinSenders([lost(primary([sender({ applicationName: "standby" })])), standby("standby")]);
  assertEquals([join.joined.size, join.others.length], [0, 0]);
});

Deno.test("groupByCluster() counts a server never reached to the only cluster of its name", () => {
  const one = reached("a", {
    readAt: 0,
    cluster: "one",
    facts: { server: [server({ systemIdentifier: "1" })] },
  });
  const two = reached("b", {
    readAt: 0,
    cluster: "two",
    facts: { server: [server({ systemIdentifier: "2" })] },
  });
  const other = reached("c", {
    readAt: 0,
    cluster: "two",
    facts: { server: [server({ systemIdentifier: "3" })] },
  });
  const names = (...more: Parameters<typeof groupByCluster>[0]) =>
    [...groupByCluster([one, two, ...more])].map(([identifier, group]) => [
      identifier,
      ...group.map((each) => each.server),
    ]);
  assertEquals(names(neverReached("s", "two")), [["1", "a"], ["2", "b", "s"]]);
  assertEquals(names(neverReached("s")), [["1", "a"], ["2", "b"]]);
  assertEquals(names(other, neverReached("s", "two")), [["1", "a"], ["2", "b"], ["3", "c"]]);
});
