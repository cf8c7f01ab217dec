import { assertEquals } from "@std/assert";
import { Aliases, isSamePostmaster } from "../../../src/cluster/topology/aliases.ts";
import type { ServerFact } from "../../../src/domain/facts.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { lost, neverReached, reached, server } from "../fixtures.ts";

/** A name that leads to the postmaster which started then: seconds after the clock that others were read at. */
function named(name: string, start: number, fact: Partial<ServerFact> = {}, cluster = "") {
  const startUnixSeconds = server().clockUnixSeconds + start;
  return reached(name, { readAt: 0, cluster, facts: { server: [server({ startUnixSeconds, ...fact })] } });
}

/** Observes the names one after the other, and resolves them. */
function resolved(aliases: Aliases, ...servers: readonly ServerSnapshot[]) {
  const moved = servers.filter((each) => aliases.observe(each)).map((each) => each.server);
  const distinct = aliases.resolve(servers);
  return {
    servers: distinct.servers.map((each) => each.server),
    aliases: Object.fromEntries(distinct.aliases),
    moved,
  };
}

Deno.test("Aliases: one identifier and one start of the postmaster are one server, the first name is its own", () => {
  const found = resolved(new Aliases(), named("a", 1), named("b", 2), named("vip", 1), named("dns", 1));
  assertEquals(found, { servers: ["a", "b"], aliases: { vip: "a", dns: "a" }, moved: [] });
});

Deno.test("Aliases: starts a microsecond apart, other identifiers and other cluster names are other servers", () => {
  const found = resolved(
    new Aliases(),
    named("a", 1.000001),
    named("b", 1.000002),
    named("c", 1.000001, { systemIdentifier: "42" }),
    named("d", 1.000001, {}, "shop"),
    named("e", 1.000001, { systemIdentifier: null }),
    named("f", 1.000001, { systemIdentifier: null }),
  );
  // Of the two identifiers read at that start it may be either.
  assertEquals([found.servers, found.aliases], [["a", "b", "c", "d", "e"], { f: "e" }]);
});

Deno.test("Aliases: an identifier that the login may not read, or no longer, is no other server", () => {
  const hidden = { systemIdentifier: null };
  for (const names of [[named("a", 1), named("vip", 1, hidden)], [named("a", 1, hidden), named("vip", 1)]]) {
    const aliases = new Aliases();
    const one = { servers: ["a"], aliases: { vip: "a" }, moved: [] };
    assertEquals(resolved(aliases, ...names), one);
    assertEquals(resolved(aliases, ...names.toReversed()).moved, []);
    for (const next of [hidden, {}, hidden]) {
      assertEquals(resolved(aliases, named("a", 1, next), named("vip", 1, next)), one);
    }
  }
});

Deno.test("Aliases: a name that has led to two servers is floating, and never the own name of one", () => {
  const aliases = new Aliases();
  assertEquals(resolved(aliases, named("vip", 1), named("a", 1), named("b", 2)).aliases, { a: "vip" });
  // The address moves to b.
  const after = resolved(aliases, named("vip", 2), named("a", 1), named("b", 2));
  assertEquals(after, { servers: ["a", "b"], aliases: { vip: "b" }, moved: ["vip"] });
  // And back: now the nodes keep their names.
  assertEquals(resolved(aliases, named("vip", 1), named("a", 1), named("b", 2)), {
    servers: ["a", "b"],
    aliases: { vip: "a" },
    moved: ["vip"],
  });
});

Deno.test("Aliases: a server that restarts has not moved", () => {
  const aliases = new Aliases();
  resolved(aliases, named("a", 1), named("b", 2));
  assertEquals(resolved(aliases, named("a", 3), named("b", 2)).moved, []);
  assertEquals(aliases.observe(named("a", 3)), false);
});

for (const first of ["a", "vip"]) {
  Deno.test(`Aliases: a restart that is read under "${first}" first is one server at every reading`, () => {
    const aliases = new Aliases();
    for (const [before, after] of [[1, 3], [5, 7]] as const) {
      const old = [named("a", before), named("vip", before), named("b", 2)] as const;
      assertEquals(resolved(aliases, ...old).servers, ["a", "b"]);
      const [a, vip, b] = old;
      const next = named(first, after);
      assertEquals(aliases.observe(next), false, "it has not moved");
      const mixed = [a, vip].map((each) => each.server === first ? next : each);
      assertEquals(aliases.resolve([...mixed, b]).servers.map(({ server }) => server), ["a", "b"]);
      assertEquals(resolved(aliases, named("a", after), named("vip", after), b), {
        servers: ["a", "b"],
        aliases: { vip: "a" },
        moved: [],
      });
    }
  });
}

Deno.test("Aliases: a name that is unreachable remains the alias that it was", () => {
  const aliases = new Aliases();
  const names = [named("a", 1), named("vip", 1)] as const;
  resolved(aliases, ...names);
  const [a, vip] = names;
  assertEquals(resolved(aliases, a, lost(vip)).aliases, { vip: "a" });
  // The server has restarted meanwhile, and the name still does not answer.
  assertEquals(resolved(aliases, named("a", 5), lost(vip)).aliases, { vip: "a" });
  assertEquals(resolved(aliases, named("a", 5), named("vip", 5)).aliases, { vip: "a" });
  // While the own name is unreachable, the other one stands for the server.
  assertEquals(resolved(aliases, lost(named("a", 5)), named("vip", 5)), {
    servers: ["vip"],
    aliases: { a: "vip" },
    moved: [],
  });
});

Deno.test("Aliases: a second name, or a standby's, that leads to a server which ran all the time has moved", () => {
  const aliases = new Aliases();
  resolved(aliases, named("a", 1), named("vip", 1));
  assertEquals(aliases.observe(named("vip", -100)), true, "no restart");
  const single = new Aliases();
  single.observe(named("vip", 1, { inRecovery: true }));
  assertEquals(single.observe(named("vip", -100)), true);
  single.observe(named("primary", 2));
  // A primary behind a primary may be a failover.
  assertEquals(single.observe(named("primary", -200)), false);
});

Deno.test("Aliases: a server that is lost under one name is not what another one showed before, once it is replaced", () => {
  const aliases = new Aliases();
  const [a, vip, b] = [named("a", 1), named("vip", 1), named("b", 2, { timeline: 2 })];
  resolved(aliases, a, vip, named("b", 2, { inRecovery: true }));
  aliases.observe(lost(a));
  assertEquals(aliases.resolve([lost(a), vip]).servers, [vip]);
  aliases.observe(b);
  assertEquals(aliases.resolve([lost(a), vip, b]).servers, [lost(a), b]);
  aliases.observe(vip);
  assertEquals(
    aliases.resolve([lost(a), vip, b]).servers,
    [vip, b],
    "it does write, also on the older timeline",
  );
  assertEquals(aliases.resolve([lost(a), lost(vip), b]).servers, [lost(vip), b], "the last that responded");
});

Deno.test("Aliases: a name never reached is a server of its own; one forgotten begins again", () => {
  const aliases = new Aliases();
  assertEquals(resolved(aliases, named("a", 1), neverReached("b")).servers, ["a", "b"]);
  resolved(aliases, named("a", 1), named("b", 1));
  aliases.forget("b");
  assertEquals(resolved(aliases, named("a", 1), lost(named("b", 1))).aliases, {});
});

Deno.test("isSamePostmaster() compares identifier and start, of servers that were read", () => {
  assertEquals(isSamePostmaster(named("a", 1), named("b", 1)), true);
  assertEquals(isSamePostmaster(named("a", 1, {}, "shop"), named("b", 1)), true);
  assertEquals(isSamePostmaster(named("a", 1), named("b", 2)), false);
  assertEquals(isSamePostmaster(named("a", 1), named("b", 1, { systemIdentifier: "42" })), false);
  assertEquals(isSamePostmaster(named("a", 1), named("b", 1, { systemIdentifier: null })), true);
  assertEquals(isSamePostmaster(named("a", 1), neverReached("b")), false);
});
