import { assertEquals } from "@std/assert";
import {
  deriveServerList,
  renderServerList,
  renderServerTsv,
  renderSubscriptionList,
} from "../../src/report/server_list.ts";
import { goldenReport } from "./golden_views.ts";
import { DISABLED, SUBSCRIPTION } from "./subscription_views.ts";

const PLAIN = { color: false };

/** The entry of a server that was never reached. */
function neverReached() {
  return deriveServerList(goldenReport("never_reached")).filter(({ timeline }) => timeline === null);
}

Deno.test("deriveServerList() has every server once, the primary of each cluster first", () => {
  for (const name of ["one_standby_well", "cascade", "split_brain", "primary_down", "standby_cut"] as const) {
    const report = goldenReport(name);
    const entries = deriveServerList(report);
    const names = report.clusters.flatMap(({ servers, standbys }) => [...servers, ...standbys])
      .concat(report.unassigned_servers).map((each) => each.name);
    assertEquals(entries.map((entry) => entry.name).sort(), [...new Set(names)].sort(), name);
    assertEquals(entries[0]?.name, report.clusters[0]?.primary?.name, name);
    for (const { role, lag_seconds } of entries) if (role === "primary") assertEquals(lag_seconds, null);
  }
});

Deno.test("deriveServerList() says why, and never takes unknown for 0", () => {
  const [primary] = deriveServerList(goldenReport("primary_down"));
  assertEquals([primary?.role, primary?.state, primary?.lag_seconds], ["primary", "unreachable", null]);
  assertEquals((primary?.reason ?? "") !== "", true);
  const [never] = neverReached();
  assertEquals([never?.role, never?.timeline, never?.lag_seconds], [null, null, null]);
});

Deno.test("deriveServerList() names the server of an alias", () => {
  const report = goldenReport("one_standby_well");
  const aliased = {
    ...report,
    clusters: report.clusters.map((cluster) => ({
      ...cluster,
      servers: cluster.servers.map((server) =>
        server.name === "standby" ? { ...server, name: "vip", alias_of: "standby" } : server
      ),
    })),
  };
  const entry = deriveServerList(aliased).find(({ name }) => name === "vip");
  assertEquals([entry?.state, entry?.reason], [
    report.clusters[0]?.standbys[0]?.reason,
    'The same server as "standby"',
  ]);
});

Deno.test("renderServerList() prints one line per server, with ? for unknown", () => {
  const entries = deriveServerList(goldenReport("one_standby_well"));
  const lines = renderServerList(entries, PLAIN).trimEnd().split("\n");
  assertEquals(lines.length, entries.length + 1);
  assertEquals(lines[0]?.split(/\s+/), ["NAME", "ROLE", "STATE", "TIMELINE", "LAG", "REASON"]);
  const unknown = renderServerList(neverReached(), PLAIN);
  assertEquals(unknown.split("\n")[1]?.split(/\s+/).slice(1, 5), ["?", "unreachable", "?", "?"]);
  const named = entries.map((entry) => ({ ...entry, name: "a\nb", cluster: "shop" }));
  assertEquals(renderServerList(named, PLAIN).split("\n").length, entries.length + 2);
  assertEquals(renderServerList(named, PLAIN).startsWith("CLUSTER"), true);
});

Deno.test("renderServerTsv() has a cell per title in every line, empty when unknown", () => {
  const [first] = neverReached();
  const lines = renderServerTsv(first === undefined ? [] : [{ ...first, name: "a\tb", reason: "x\ny" }]);
  assertEquals(
    lines,
    "name\trole\tstate\ttimeline\tlag_seconds\tlag_bytes\treason\tcluster\tstatus\n" +
      `a b\t\tunreachable\t\t\t\tx y\t\t${first?.status}\n`,
  );
});

Deno.test("renderSubscriptionList() has a line for each subscription, and nothing without any", () => {
  assertEquals(renderSubscriptionList([], PLAIN), "");
  assertEquals(
    renderSubscriptionList([SUBSCRIPTION, {
      ...DISABLED,
      publisher: null,
      total_tables: null,
      lag_seconds: null,
    }], PLAIN),
    `
SUBSCRIPTION  ON   FROM  STATE      LAG    TABLES  REASON
orders        sub  pub   streaming  0.4 s  4 of 4
prices        sub  ?     disabled   ?      ?       It is disabled (ALTER SUBSCRIPTION ... DISABLE)
`,
  );
});
