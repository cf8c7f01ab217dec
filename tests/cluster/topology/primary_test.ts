import { assertEquals } from "@std/assert";
import { joinSenders } from "../../../src/cluster/topology/join_senders.ts";
import { choosePrimary, doubtfulPrimaries, livePrimaries } from "../../../src/cluster/topology/primary.ts";
import type { Facts, ServerFact } from "../../../src/domain/facts.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { lost, neverReached, reached, sender, server } from "../fixtures.ts";

function primary(name: string, fact: Partial<ServerFact> = {}, facts: Facts = {}): ServerSnapshot {
  return reached(name, { readAt: 0, facts: { server: [server(fact)], senders: [], ...facts } });
}

function standby(name: string): ServerSnapshot {
  return reached(name, { readAt: 0, facts: { server: [server({ inRecovery: true })] } });
}

function chosen(...servers: readonly ServerSnapshot[]): string | null {
  return choosePrimary(servers, joinSenders(servers))?.server ?? null;
}

const feeding = (name: string) => ({ senders: [sender({ applicationName: name })] });

const cases: readonly (readonly [title: string, servers: readonly ServerSnapshot[], name: string | null])[] =
  [
    ["the only one", [standby("s"), primary("p")], "p"],
    ["of two, the one promoted last", [primary("old"), primary("new", { timeline: 2 })], "new"],
    [
      "of two on one timeline, the one that standbys receive from",
      [primary("a"), primary("b", {}, feeding("s")), standby("s")],
      "b",
    ],
    ["of two alike, the first configured", [primary("a"), primary("b")], "a"],
    [
      "one on a later timeline, although it is unreachable: the live one is stranded",
      [primary("live", { timeline: 2 }), lost(primary("later", { timeline: 3 }))],
      "later",
    ],
    ["of two on one timeline, the live one", [lost(primary("gone")), primary("live")], "live"],
    ["with none up, the one last seen as a primary", [standby("s"), lost(primary("p"))], "p"],
    [
      "with none up, of several the one on the highest timeline",
      [lost(primary("old")), lost(primary("new", { timeline: 2 }))],
      "new",
    ],
    ["one whose timeline is unknown comes last", [primary("a", { timeline: null }), primary("b")], "b"],
    ["with none ever seen, the only server never reached", [standby("s"), neverReached("n")], "n"],
    ["not one of two that were never reached", [neverReached("n"), neverReached("m")], null],
    ["none among standbys", [standby("s"), standby("t")], null],
    ["none of nothing", [], null],
  ];

for (const [title, servers, name] of cases) {
  Deno.test(`choosePrimary(): ${title}`, () => assertEquals(chosen(...servers), name));
}

Deno.test("livePrimaries() are up and not in recovery", () => {
  const servers = [primary("a"), lost(primary("b")), standby("s"), neverReached("n"), primary("c")];
  assertEquals(livePrimaries(servers).map((each) => each.server), ["a", "c"]);
});

Deno.test("livePrimaries() were heard since the latest of them was first read as a primary", () => {
  const old = { ...primary("old"), heardAt: 9.9 };
  const promoted = { ...primary("new", { timeline: 2 }), primarySince: 10, heardAt: 10 };
  assertEquals(livePrimaries([old, promoted]).map((each) => each.server), ["new"]);
  assertEquals(doubtfulPrimaries([old, promoted, standby("s")]), [old]);
  const heard = { ...old, heardAt: 10.5 };
  assertEquals(livePrimaries([heard, promoted]).map((each) => each.server), ["old", "new"]);
  assertEquals(doubtfulPrimaries([heard, promoted]), []);
});
