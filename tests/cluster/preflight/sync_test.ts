import { assertEquals, assertStringIncludes } from "@std/assert";
import { deriveFollowers } from "../../../src/cluster/preflight/followers.ts";
import { deriveSync, syncPoints } from "../../../src/cluster/preflight/sync.ts";
import { settings, sync } from "../fixtures.ts";
import { contextAround, GONE, NEVER, type Trio, trio } from "./scenes.ts";

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
  const [point] = syncPoints(context, found);
  return { found, weight: point?.weight, text: `${point?.text} ${point?.advice}` };
}

Deno.test("commits wait for no standby when synchronous_standby_names is empty", () => {
  assertEquals(outlook("").weight, "fine");
});

Deno.test("named standbys that can confirm give an info, regardless of case", () => {
  const { found, weight } = outlook("ANY 1 (STANDBY2, ghost)");
  assertEquals([found.required, found.present, weight], [1, 1, "info"]);
  assertEquals(outlook("*").weight, "info");
});

Deno.test("too few named standbys give a warning that every commit waits", () => {
  const { found, weight, text } = outlook("FIRST 2 (standby2, ghost)");
  assertEquals([found.required, found.present, weight], [2, 1, "warning"]);
  assertStringIncludes(text, "2 must confirm, 1 can");
  assertStringIncludes(text, "turns it off until its standbys stream");
  // One that must be rebuilt first cannot confirm.
  assertEquals(outlook("standby2", { standbys: { standby2: { reason: "lost" } } }).weight, "warning");
});

Deno.test("a standby of the candidate confirms commits, a cascading standby does not", () => {
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

Deno.test("a candidate without the primary's synchronous commit gives a warning", () => {
  const { weight, text } = outlook("", { primary: { sync: [sync({ standbyNames: "standby" })] } });
  assertEquals(weight, "warning");
  assertStringIncludes(text, `"primary" commits synchronously ('standby')`);
});

Deno.test("an unread synchronous_standby_names gives a warning", () => {
  const { found, weight } = outlook(null);
  assertEquals([found.names, weight], [null, "warning"]);
});

Deno.test("synchronous commit of a primary that was never read is unknown, not fine", () => {
  const { weight, text } = outlook("", { snapshots: { primary: NEVER } });
  assertEquals(weight, "warning");
  assertStringIncludes(text, "was never read: whether it committed synchronously is unknown");
  assertEquals(outlook("", { snapshots: { primary: GONE } }).weight, "fine", "as last read");
});

Deno.test("a synchronous_standby_names that cannot be read gives a warning", () => {
  assertEquals(outlook("ANY (").weight, "warning");
});
