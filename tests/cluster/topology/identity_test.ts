import { assertEquals } from "@std/assert";
import { groupByCluster } from "../../../src/cluster/topology/identity.ts";
import { neverReached, reached, server } from "../fixtures.ts";

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
