import { assertEquals } from "@std/assert";
import { groupServers } from "../../../src/cluster/topology/identity.ts";
import { neverReached, reached, server } from "../fixtures.ts";

Deno.test("groupServers() counts a server never reached to the only cluster of its name", () => {
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
  const names = (...more: Parameters<typeof groupServers>[0]) =>
    groupServers([one, two, ...more]).map(({ systemIdentifier, servers }) => [
      systemIdentifier,
      ...servers.map((each) => each.server),
    ]);
  assertEquals(names(neverReached("s", "two")), [["1", "a"], ["2", "b", "s"]]);
  assertEquals(names(neverReached("s")), [["1", "a"], ["2", "b"]]);
  assertEquals(names(other, neverReached("s", "two")), [["1", "a"], ["2", "b"], ["3", "c"]]);
});

Deno.test("groupServers() knows a server that was not reached since the start by what it wrote as before", () => {
  const publisher = reached("pub", { readAt: 0, facts: { server: [server({ systemIdentifier: "1" })] } });
  const before = new Map([["sub", "2"], ["old", "1"]]);
  const groups = groupServers(
    [publisher, neverReached("sub"), neverReached("old"), neverReached("standby")],
    (name) => before.get(name) ?? null,
  );
  assertEquals(
    groups.map(({ systemIdentifier, servers }) => [systemIdentifier, servers.map((each) => each.server)]),
    [
      ["1", ["pub", "old", "standby"]],
      ["2", ["sub"]],
    ],
  );
});

Deno.test("groupServers() lets no cluster cross the border that a name draws", () => {
  const read = (name: string, cluster: string) =>
    reached(name, { readAt: 0, cluster, facts: { server: [server({ systemIdentifier: "1" })] } });
  const groups = groupServers([read("p1", "prod"), read("s1", "staging"), read("p2", "prod"), read("x", "")]);
  assertEquals(groups.map(({ key, name, servers }) => [key, name, servers.map(({ server }) => server)]), [
    ["prod 1", "prod", ["p1", "p2"]],
    ["staging 1", "staging", ["s1"]],
    ["1", "", ["x"]],
  ]);
});

Deno.test("groupServers() counts a server whose identifier is hidden to the servers of its name", () => {
  const read = (name: string, cluster: string, systemIdentifier: string | null) =>
    reached(name, { readAt: 0, cluster, facts: { server: [server({ systemIdentifier })] } });
  const groupsOf = (...servers: Parameters<typeof groupServers>[0]) =>
    groupServers(servers).map(({ systemIdentifier, servers, isGuessed = false }) => [
      systemIdentifier,
      isGuessed,
      ...servers.map((each) => each.server),
    ]);
  assertEquals(groupsOf(read("a", "", null), read("b", "", null), neverReached("c")), [[
    "unknown",
    true,
    "a",
    "b",
    "c",
  ]]);
  assertEquals(groupsOf(read("a", "x", "1"), read("b", "x", null)), [["1", true, "a", "b"]]);
  assertEquals(groupsOf(read("a", "x", "1"), read("b", "y", null)), [["1", false, "a"], [
    "unknown",
    true,
    "b",
  ]]);
  assertEquals(groupsOf(read("a", "", "1"), read("b", "", "2"), read("c", "", null)), [
    ["1", false, "a"],
    ["2", false, "b"],
  ]);
});
