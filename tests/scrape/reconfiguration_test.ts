import { assertEquals } from "@std/assert";
import { Secret } from "../../src/config/secret.ts";
import { isStillReached, planServers } from "../../src/scrape/reconfiguration.ts";
import { server, target } from "../fixtures/targets.ts";

const configured = (name: string) => ({ config: server(name), isDiscovered: false });

Deno.test("planServers() leaves alone what is the same", () => {
  const entries = [configured("a"), configured("b"), { config: server("c"), isDiscovered: true }];
  const b = server("b");
  const changed = { ...b, target: { ...b.target, password: new Secret("another") } };
  const servers = [server("c"), changed, server("d")];
  assertEquals(planServers(entries, { servers, isAnew: false }), {
    fresh: servers,
    added: ["c", "d"],
    changed: ["b"],
    removed: ["a"],
  });
  const same = planServers(entries, { servers: [server("a"), server("b")], isAnew: false });
  assertEquals([same.fresh, same.removed], [[], []]);
  assertEquals(planServers(entries, { servers: [server("a")], isAnew: true }).changed, ["a"]);
});

Deno.test("isStillReached() goes by everything but the host", () => {
  const upstream = { ...server("a"), target: target({ host: "db1", user: "monitor" }) };
  const found = { ...upstream, name: "b", target: { ...upstream.target, host: "192.0.2.7" } };
  assertEquals(isStillReached(found, [server("x"), upstream]), true);
  assertEquals(isStillReached(found, [server("x", { port: 1 })]), false);
  assertEquals(isStillReached(found, [{ ...upstream, cluster: "c" }]), false);
  const renewed = { ...upstream, target: { ...upstream.target, password: new Secret("new") } };
  assertEquals(isStillReached(found, [renewed]), false);
});
