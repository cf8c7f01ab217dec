import { assertEquals } from "@std/assert";
import { managerOf } from "../../../src/cluster/topology/manager.ts";
import type { ManagerFact } from "../../../src/domain/facts.ts";
import { reached, server, slot, traces } from "../fixtures.ts";

interface Shown extends Partial<ManagerFact> {
  readonly clusterName?: string;
  readonly slots?: readonly string[];
}

function found(...servers: readonly Shown[]) {
  const snapshots = servers.map(({ clusterName = "", slots = [], ...fact }, index) =>
    reached(`n${index + 1}`, {
      readAt: 0,
      facts: {
        server: [server({ clusterName })],
        slots: slots.map((name) => slot({ slot: name })),
        manager: [traces(fact)],
      },
    })
  );
  const manager = managerOf(snapshots);
  return manager === null ? null : [manager.manager, manager.certainty, manager.by.join("; ")];
}

const COMMAND_LINE = ["cluster_name", "hot_standby", "track_commit_timestamp", "wal_log_hints"];

Deno.test("managerOf() without a sign is nobody", () => {
  assertEquals(found({}, {}), null);
  assertEquals(found({ commandLine: ["cluster_name"] }), null, "anybody may give that");
  assertEquals(found({ roles: ["_crunchyrepl"] }), null, "an operator that runs Patroni shows Patroni, too");
  assertEquals(managerOf([]), null);
});

for (
  const [what, servers, expected] of [
    ["Patroni", [{ sessions: ["Patroni"], commandLine: COMMAND_LINE }], [
      "patroni",
      "certain",
      `sessions named "Patroni"; ${COMMAND_LINE.join(", ")} given on the command line`,
    ]],
    ["a session that anybody could name so", [{ sessions: ["Patroni"] }, {}], [
      "patroni",
      "likely",
      'sessions named "Patroni" on n1',
    ]],
    ["Patroni that has ended", [{ commandLine: COMMAND_LINE }], [
      "patroni",
      "likely",
      `${COMMAND_LINE.join(", ")} given on the command line`,
    ]],
    ["Patroni under an operator", [{
      sessions: ["Patroni heartbeat"],
      commandLine: COMMAND_LINE,
      roles: ["_crunchyrepl"],
    }], [
      "crunchy_pgo",
      "certain",
      `the role _crunchyrepl; sessions named "Patroni heartbeat"; ${
        COMMAND_LINE.join(", ")
      } given on the command line`,
    ]],
    ["repmgr, its daemon on one server", [
      { sessions: ["repmgr"], preloaded: ["repmgr"], roles: ["repmgr"], slots: ["repmgr_slot_2"] },
      { preloaded: ["repmgr"], roles: ["repmgr"] },
    ], [
      "repmgr",
      "certain",
      'sessions named "repmgr" on n1; slots named repmgr_slot_* on n1; the role repmgr; repmgr in shared_preload_libraries',
    ]],
    ["a role named repmgr", [{ roles: ["repmgr"] }], ["repmgr", "likely", "the role repmgr"]],
    ["pg_auto_failover", [{
      sessions: ["pgautofailover_standby_2"],
      roles: ["pgautofailover_replicator"],
      slots: ["pgautofailover_standby_2"],
    }], [
      "pg_auto_failover",
      "certain",
      'sessions named "pgautofailover_standby_2"; slots named pgautofailover_standby_*; the role pgautofailover_replicator',
    ]],
    ["CloudNativePG", [{
      sessions: ["cnpg-instance-manager"],
      roles: ["streaming_replica"],
      slots: ["_cnpg_main_2"],
    }], [
      "cloudnative_pg",
      "certain",
      'sessions named "cnpg-instance-manager"; slots named _cnpg_*; the role streaming_replica',
    ]],
    ["Stolon", [{ sessions: ["stolon_0a1b2c3d"], slots: ["stolon_0a1b2c3d"] }], [
      "stolon",
      "certain",
      'sessions named "stolon_0a1b2c3d"; slots named stolon_*',
    ]],
    ["RDS", [{ roles: ["rdsadmin", "rds_superuser"] }], [
      "rds",
      "certain",
      "the role rdsadmin; the role rds_superuser",
    ]],
    ["Patroni and what repmgr left behind", [{
      sessions: ["Patroni", "repmgr"],
      commandLine: COMMAND_LINE,
      roles: ["repmgr"],
    }], [
      "patroni",
      "likely",
      `sessions named "Patroni"; ${
        COMMAND_LINE.join(", ")
      } given on the command line; sessions named "repmgr"; the role repmgr`,
    ]],
  ] as const satisfies readonly (readonly [string, readonly Shown[], readonly string[]])[]
) {
  Deno.test(`managerOf() recognizes ${what}`, () => assertEquals(found(...servers), [...expected]));
}

Deno.test("managerOf() keeps what a server showed that is down now, and names the cluster where all agree", () => {
  const one = reached("n1", {
    readAt: 0,
    facts: {
      server: [server({ clusterName: "shop" })],
      manager: [traces({ sessions: ["Patroni"], commandLine: COMMAND_LINE })],
    },
  });
  const down = { ...one, up: false };
  assertEquals(managerOf([down])?.certainty, "certain");
  assertEquals(managerOf([down])?.clusterName, "shop");
  const other = reached("n2", { readAt: 0, facts: { server: [server({ clusterName: "n2" })] } });
  assertEquals(managerOf([one, other])?.clusterName, "");
});
