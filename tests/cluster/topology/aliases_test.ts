import { assertEquals } from "@std/assert";
import { Aliases, isSamePostmaster } from "../../../src/cluster/topology/aliases.ts";
import type { ServerFact } from "../../../src/domain/facts.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { lost, neverReached, reached, server } from "../fixtures.ts";

/** A name that leads to the postmaster which started then. */
function named(name: string, startUnixSeconds: number, fact: Partial<ServerFact> = {}, cluster = "") {
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
  assertEquals([found.servers, found.aliases], [["a", "b", "c", "d", "e", "f"], {}]);
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
  assertEquals(isSamePostmaster(named("a", 1), neverReached("b")), false);
});
