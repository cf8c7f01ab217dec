import { assertEquals } from "@std/assert";
import { groupServers } from "../../../src/cluster/topology/identity.ts";
import { Kinship } from "../../../src/cluster/topology/kinship.ts";
import type { Facts } from "../../../src/domain/facts.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { CLUSTER, lost, reached, receiver, sender, server } from "../fixtures.ts";

function primary(name: string, timeline: number, facts: Facts = {}, cluster = ""): ServerSnapshot {
  return reached(name, {
    readAt: 0,
    cluster,
    facts: { server: [server({ timeline })], senders: [], ...facts },
  });
}

function standby(name: string, timeline = 1, facts: Facts = {}): ServerSnapshot {
  return reached(name, { readAt: 0, facts: { server: [server({ inRecovery: true, timeline })], ...facts } });
}

const feeding = (...names: readonly string[]): Facts => ({
  senders: names.map((applicationName, pid) => sender({ applicationName, pid })),
});

const distinctGroups = (servers: readonly ServerSnapshot[]) =>
  groupServers(servers).map((group) => ({ ...group, aliases: new Map(), aliasSnapshots: [] }));

/** Clusters as key and servers, after these collections; the last one is separated. */
function separated(kinship: Kinship, ...collections: readonly (readonly ServerSnapshot[])[]) {
  for (const group of collections.flatMap(distinctGroups)) kinship.observe(group);
  return distinctGroups(collections.at(-1) ?? []).flatMap((group) => kinship.separate(group))
    .map(({ key, servers }) => [key, servers.map((each) => each.server)]);
}

Deno.test("Kinship: a restored copy that was promoted is another cluster, and the original keeps the plain key", () => {
  const servers = [primary("copy", 2), primary("a", 1, feeding("s")), standby("s")];
  assertEquals(separated(new Kinship(), servers), [
    [`${CLUSTER} of copy`, ["copy"]],
    [CLUSTER, ["a", "s"]],
  ]);
});

Deno.test("Kinship: of two primaries alone the one on the lower timeline is the original", () => {
  assertEquals(separated(new Kinship(), [primary("copy", 2), primary("a", 1)]), [
    [`${CLUSTER} of copy`, ["copy"]],
    [CLUSTER, ["a"]],
  ]);
});

Deno.test("Kinship: a server that was seen as the standby of the other is a split brain of one cluster", () => {
  const before = [primary("a", 1, feeding("b")), standby("b")];
  assertEquals(separated(new Kinship(), before, [primary("a", 1), primary("b", 2)]), [[CLUSTER, ["a", "b"]]]);
});

Deno.test("Kinship: a standby that follows, or followed, both makes them one cluster", () => {
  const before = [primary("a", 1, feeding("s")), primary("b", 2), standby("s")];
  assertEquals(separated(new Kinship(), before).length, 2);
  const after = [primary("a", 1), primary("b", 2, feeding("s")), standby("s", 2)];
  assertEquals(separated(new Kinship(), before, after), [[CLUSTER, ["a", "b", "s"]]]);
});

Deno.test("Kinship: a receiver that names its upstream counts as a sender row does", () => {
  const address = { host: "db1", hostAddress: "", port: 5432 };
  const { senders: _, ...facts } = primary("a", 1).facts;
  const upstream = { ...primary("a", 1), facts, address };
  const receiving = standby("b", 1, { receiver: [receiver({ senderHost: "db1", senderPort: 5432 })] });
  assertEquals(separated(new Kinship(), [upstream, receiving], [upstream, primary("b", 2)]), [
    [CLUSTER, ["a", "b"]],
  ]);
});

Deno.test("Kinship: two primaries on one timeline are one cluster: a data directory that was started twice", () => {
  assertEquals(separated(new Kinship(), [primary("a", 1), primary("b", 1)]), [[CLUSTER, ["a", "b"]]]);
});

Deno.test("Kinship: a cluster name is the border, and needs no evidence", () => {
  const named = [primary("a", 1, {}, "shop"), primary("b", 2, {}, "shop")];
  assertEquals(separated(new Kinship(), named), [[`shop ${CLUSTER}`, ["a", "b"]]]);
});

Deno.test("Kinship: a standby that follows none counts to the primary on its timeline, else to the first", () => {
  const servers = [primary("a", 1), primary("b", 2), standby("s", 2), standby("t", 3)];
  assertEquals(separated(new Kinship(), servers), [
    [CLUSTER, ["a", "t"]],
    [`${CLUSTER} of b`, ["b", "s"]],
  ]);
});

Deno.test("Kinship: keys stay while primaries go and come, and are known by server", () => {
  const kinship = new Kinship();
  const [a, b] = [primary("a", 1, feeding("s")), primary("b", 2)];
  separated(kinship, [a, b, standby("s")]);
  assertEquals(["a", "b", "s", "x"].map((name) => kinship.keyOf(name)), [
    CLUSTER,
    `${CLUSTER} of b`,
    CLUSTER,
    null,
  ]);
  // Unreachable, both are still known as primaries; the copy grows larger than the original, which keeps its key.
  const grown = [
    lost(a),
    { ...b, facts: { ...b.facts, ...feeding("x", "y") } },
    standby("x", 2),
    standby("y", 2),
  ];
  assertEquals(separated(kinship, grown), [[CLUSTER, ["a"]], [`${CLUSTER} of b`, ["b", "x", "y"]]]);
  kinship.forget("b");
  assertEquals(kinship.keyOf("b"), null);
});

function hidden(name: string, systemIdentifier: string | null = null): ServerSnapshot {
  const fact = server({ systemIdentifier, timeline: 1, inRecovery: false });
  return { ...reached(name, { readAt: 0, facts: { server: [fact] } }), role: "primary" };
}

/** Clusters as identifier and servers. */
function separate(servers: readonly ServerSnapshot[], isOneByIdentifier = false) {
  const kinship = new Kinship(isOneByIdentifier);
  return distinctGroups(servers).flatMap((group) => kinship.separate(group))
    .map((group) => [group.systemIdentifier, ...group.servers.map((each) => each.server)]);
}

Deno.test("separate() takes primaries without an identifier for clusters of their own, whatever their timelines", () => {
  assertEquals(separate([hidden("a"), hidden("b")]), [["unknown", "a"], ["unknown of b", "b"]]);
  assertEquals(separate([hidden("a", "1"), hidden("b")]), [["1", "a"], ["unknown of b", "b"]]);
  // With one, they are two primaries of one cluster.
  assertEquals(separate([hidden("a", "1"), hidden("b", "1")]), [["1", "a", "b"]]);
});

Deno.test("Kinship: an identifier that another server hides does not divide those that show it", () => {
  const [a, b, c] = [hidden("a", "1"), hidden("b"), primary("c", 2)];
  const other = { ...c, facts: { server: [server({ systemIdentifier: "1", timeline: 2 })] } };
  assertEquals(separate([a, b, other], true), [["1", "a", "c"], ["unknown of b", "b"]]);
  assertEquals(separate([a, b, other], false), [["1", "a"], ["unknown of b", "b"], ["1", "c"]]);
  // A second name shows it.
  const kinship = new Kinship(true);
  const [group] = distinctGroups([hidden("a"), hidden("b", "1")]);
  const aliased = { aliases: new Map([["vip", "a"]]), aliasSnapshots: [hidden("vip", "1")] };
  assertEquals(group && kinship.separate({ ...group, ...aliased }).length, 1);
});

Deno.test("Kinship.mayDivide() asks for evidence where identifiers do not settle it", () => {
  assertEquals([true, false].map((isGuessed) => new Kinship(true).mayDivide({ isGuessed })), [true, false]);
  assertEquals(new Kinship().mayDivide({}), true);
});
