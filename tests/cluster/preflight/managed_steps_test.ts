import { assertEquals, assertMatch } from "@std/assert";
import { derivePreflight } from "../../../src/cluster/preflight/derive_preflight.ts";
import { postgresClusterOf } from "../../../src/cluster/managers/patroni.ts";
import { deriveManagedSteps } from "../../../src/cluster/preflight/managed_steps.ts";
import type { ClusterManager } from "../../../src/domain/manager.ts";
import { underManager } from "../findings/managed.ts";
import { contextAround, GONE, ORPHANS, type Trio, trio } from "./scenes.ts";

function commands(manager: ClusterManager["manager"], changes: Trio = {}): readonly string[] {
  const view = underManager(trio(changes), { manager, certainty: "certain" });
  return derivePreflight(view, "standby").steps.flatMap(({ where, commands }) =>
    commands.map((command) => `${where.replace(/ \(.*/, "")} | ${command}`)
  ).slice(0, -1);
}

const DEAD = { ...ORPHANS, snapshots: { primary: GONE } };

Deno.test("a switchover and a failover under Patroni", () => {
  assertEquals(commands("patroni"), [
    "any member's host | patronictl list main",
    " | patronictl switchover main --candidate standby",
    " | patronictl list main",
  ]);
  assertEquals(
    commands("patroni", DEAD)[1],
    " | patronictl failover main --candidate standby",
    "without a sender its slot has its name",
  );
});

Deno.test("repmgr works on the host of the candidate", () => {
  assertEquals(commands("repmgr"), [
    " | repmgr cluster show",
    "standby | repmgr standby switchover --siblings-follow --dry-run",
    "standby | repmgr standby switchover --siblings-follow",
    " | repmgr cluster show",
  ]);
  assertEquals(commands("repmgr", DEAD).slice(1, 4), [
    "standby | repmgr standby promote --siblings-follow",
    "standby | psql -c CHECKPOINT",
    "primary | repmgr node rejoin -d 'host=db1.example port=5432 user=repmgr dbname=repmgr' --force-rewind",
  ]);
});

for (
  const [manager, pattern] of [
    ["cloudnative_pg", /^ \| kubectl cnpg promote main standby$/],
    ["crunchy_pgo", /"targetInstance":"standby"/],
    ["zalando_operator", /patronictl switchover --candidate standby$/],
    ["pg_auto_failover", /^standby \| pg_autoctl perform promotion$/],
    ["stolon", /stolonctl failkeeper/],
  ] as const
) {
  Deno.test(`a switchover under ${manager}`, () => assertMatch(commands(manager)[1] ?? "", pattern));
}

Deno.test("deriveManagedSteps() is null where nobody is in charge, so that it is done by hand", () => {
  const context = contextAround(trio());
  const { loss } = derivePreflight(trio(), "standby");
  const sync = { names: "", primaryNames: "", required: 0, present: 0 };
  assertEquals(deriveManagedSteps({ context, loss, followers: [], slots: [], consumers: [], sync }), null);
});

for (
  const [manager, promotion] of [["rds", "promote-read-replica"], ["cloud_sql", "promote-replica"]] as const
) {
  Deno.test(`under ${manager} the promotion of a read replica is no switchover: the primary goes on`, () => {
    const view = underManager(trio({}), { manager, certainty: "certain" });
    const { verdict, points, steps } = derivePreflight(view, "standby");
    assertEquals(verdict, "go_with_warnings");
    const texts = points.map(({ text }) => text).join("\n");
    assertMatch(texts, /the promotion of a read replica does not, and then both accept writes/);
    assertMatch(
      texts,
      /"standby2" follows "standby" after a failover .*, not after the promotion of a read replica/,
    );
    const step = steps.find(({ title }) => title.includes(promotion));
    assertMatch(step?.risk?.because ?? "", /the primary is not stopped/);
    assertMatch(step?.risk?.check ?? "", /kept from the primary.* wait standby --caught-up/);
  });
}

Deno.test("Crunchy: the PostgresCluster without Patroni's suffix, and a failover while the primary is down", () => {
  const planned = commands("crunchy_pgo").join("\n");
  assertMatch(planned, /patch postgrescluster main .*"enabled":true,"targetInstance"/);
  assertMatch(commands("crunchy_pgo", DEAD).join("\n"), /"type":"Failover","targetInstance"/);
  assertEquals([postgresClusterOf("hippo-ha"), postgresClusterOf("hippo")], ["hippo", "hippo"]);
});
