import { assertEquals, assertStringIncludes } from "@std/assert";
import { deriveFollowers } from "../../../src/cluster/preflight/followers.ts";
import { deriveSync, tellSync } from "../../../src/cluster/preflight/sync.ts";
import { settings, sync } from "../fixtures.ts";
import { contextAround, type Trio, trio } from "./scenes.ts";

function outlook(names: string | null, changes: Trio = {}) {
  const own = names === null ? {} : { settings: [settings({ synchronousStandbyNames: names })] };
  const view = trio({ ...changes, standby: { ...changes.standby, ...own } });
  const [primary, candidate, other] = view.servers;
  const { settings: _, ...withoutSettings } = candidate?.facts ?? {};
  const servers = [
    primary,
    names === null && candidate ? { ...candidate, facts: withoutSettings } : candidate,
    other,
  ];
  const context = contextAround({ ...view, servers: servers.filter((each) => each !== undefined) });
  const found = deriveSync(context, deriveFollowers(context));
  const [point] = tellSync(context, found);
  return { found, weight: point?.weight, told: `${point?.text} ${point?.advice}` };
}

Deno.test("without names commits wait for nobody", () => {
  assertEquals(outlook("").weight, "fine");
});

Deno.test("names that the other standbys can serve are told, case aside", () => {
  const { found, weight } = outlook("ANY 1 (STANDBY2, ghost)");
  assertEquals([found.required, found.present, weight], [1, 1, "info"]);
  assertEquals(outlook("*").weight, "info");
});

Deno.test("names that nobody serves would make every commit wait", () => {
  const { found, weight, told } = outlook("FIRST 2 (standby2, ghost)");
  assertEquals([found.required, found.present, weight], [2, 1, "warning"]);
  assertStringIncludes(told, "2 must confirm, 1 can");
  assertStringIncludes(told, "ALTER SYSTEM SET synchronous_standby_names = ''");
  // One that must be rebuilt first cannot confirm.
  assertEquals(outlook("standby2", { standbys: { standby2: { reason: "lost" } } }).weight, "warning");
});

Deno.test("a standby below another one does not confirm, one below the candidate does", () => {
  assertEquals(outlook("standby2", { standbys: { standby2: { upstream: "standby" } } }).found.present, 1);
  const view = trio({ standby: { settings: [settings({ synchronousStandbyNames: "far" })] } });
  const below = view.standbys.slice(1).map((each) => ({
    ...each,
    name: "far",
    configured: false,
    upstream: "standby2",
  }));
  const context = contextAround({ ...view, standbys: [...view.standbys, ...below] });
  const followers = deriveFollowers(context);
  assertEquals(followers.map(({ name, action }) => `${name} ${action}`), ["standby2 repoint", "far stays"]);
  assertEquals(deriveSync(context, followers).present, 0);
});

Deno.test("a primary that commits synchronously, and a candidate that would not", () => {
  const { weight, told } = outlook("", { primary: { sync: [sync({ standbyNames: "standby" })] } });
  assertEquals(weight, "warning");
  assertStringIncludes(told, `"primary" commits synchronously ('standby')`);
});

Deno.test("names that were not read are not taken for none", () => {
  const { found, weight } = outlook(null);
  assertEquals([found.names, weight], [null, "warning"]);
});
