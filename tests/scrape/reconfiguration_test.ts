import { assertEquals } from "@std/assert";
import { resolveConfig } from "../../src/config/resolve.ts";
import { Secret } from "../../src/config/secret.ts";
import {
  discoversIn,
  isStillReached,
  planServers,
  trackerSettings,
} from "../../src/scrape/reconfiguration.ts";
import { sourcesOf } from "../config/sources.ts";
import { server, target } from "../fixtures/targets.ts";

const configured = (name: string) => ({ config: server(name), isDiscovered: false });

Deno.test("planServers() leaves alone what is the same", () => {
  const entries = [configured("a"), configured("b"), { config: server("c"), isDiscovered: true }];
  const b = server("b");
  const changed = { ...b, target: { ...b.target, password: new Secret("another") } };
  const servers = [server("c"), changed, server("d")];
  assertEquals(planServers(entries, { servers, reopensAll: false }), {
    fresh: servers,
    added: ["c", "d"],
    changed: ["b"],
    removed: ["a"],
  });
  const same = planServers(entries, { servers: [server("a"), server("b")], reopensAll: false });
  assertEquals([same.fresh, same.removed], [[], []]);
  assertEquals(planServers(entries, { servers: [server("a")], reopensAll: true }).changed, ["a"]);
});

Deno.test("isStillReached() goes by everything but host and port", () => {
  const upstream = { ...server("a"), target: target({ host: "db1", user: "monitor" }) };
  const found = { ...upstream, name: "b", target: { ...upstream.target, host: "192.0.2.7" } };
  assertEquals(isStillReached(found, [server("x"), upstream]), true);
  assertEquals(isStillReached(found, [server("x", { user: "other" })]), false);
  assertEquals(isStillReached(found, [{ ...upstream, cluster: "c" }]), false);
  const renewed = { ...upstream, target: { ...upstream.target, password: new Secret("new") } };
  assertEquals(isStillReached(found, [renewed]), false);
});

Deno.test("discoversIn() goes by the cluster when clusters are named, else by the setting", () => {
  const wanted = (discovery: Parameters<typeof discoversIn>[0]["discovery"] | null) =>
    ["", "a", "b"].map((cluster) => discoversIn({ discovery: discovery ?? null }, cluster));
  assertEquals(wanted(null), [false, false, false]);
  assertEquals(wanted({}), [true, true, true]);
  assertEquals(wanted({ clusters: new Set(["a"]) }), [false, true, false]);
});

Deno.test("trackerSettings() expects of a named cluster as many as it says; null where it does not", async () => {
  const { config } = await resolveConfig(sourcesOf({ flags: { server: ["a=host=a user=u"] } }));
  const { clusters, expectedStandbys } = trackerSettings({
    ...config,
    clusters: [
      { name: "a", expectedStandbys: null, discoverStandbys: true },
      { name: "b", expectedStandbys: 4, discoverStandbys: false },
    ],
  });
  assertEquals([expectedStandbys, clusters], [null, new Map([["a", null], ["b", 4]])]);
});
