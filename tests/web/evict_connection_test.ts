import { assertEquals } from "@std/assert";
import { connectionToEvict, type OpenConnection } from "../../src/web/evict_connection.ts";

/** Connections as `client` or `client!` when something is answered on it, the one that has waited longest first. */
function connectionsAs(text: string): ReadonlyMap<number, OpenConnection> {
  const connections = text.split(" ").filter((each) => each !== "");
  return new Map(
    connections.map((
      each,
      index,
    ) => [index, { client: each.replace("!", ""), answers: each.endsWith("!") ? 1 : 0 }]),
  );
}

for (
  const [held, expected, why] of [
    ["", null, "there is none"],
    ["a", 0, "it is the only one"],
    ["a! a a", 1, "of one client the one that waits"],
    ["a a b", 0, "the greediest has one that waits"],
    ["b a a", 1, "the one that has waited longest is not of the greediest"],
    ["b a! a!", 1, "one client answers on more than half"],
    ["b c a! a!", 0, "one client answers on half, which is no more than half"],
    ["a! a! a!", 0, "all are answered on: the oldest"],
    ["b! a! a!", 1, "all are answered on: the oldest of the greediest"],
  ] as const
) {
  Deno.test(`connectionToEvict(${JSON.stringify(held)}) is ${expected}: ${why}`, () => {
    assertEquals(connectionToEvict(connectionsAs(held)), expected);
  });
}
