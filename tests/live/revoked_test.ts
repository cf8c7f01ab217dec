import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { statementFor } from "../../src/collectors/collector.ts";
import { collectors } from "../../src/collectors/registry.ts";
import { POSITION_SQL } from "../../src/scrape/server_watch.ts";
import { reasonToSkip, untilHolds } from "./support.ts";
import { watchCluster, type Watching } from "./watching.ts";

const ignore = reasonToSkip() !== null;

/** Without them nobody can tell whether a server is a primary, or read a setting or a clock. */
const VITAL = ["pg_is_in_recovery", "current_setting", "clock_timestamp"];
/** The lag rests on them: positions, and the timeline that they are on. */
const LAG = ["pg_current_wal_lsn", "pg_last_wal_replay_lsn", "pg_walfile_name", "substr"];

/** Functions and views of all statements that are sent regularly, a new one among them; no types of casts. */
function namesInUse(versionNum: number): readonly string[] {
  const statements = [
    ...collectors.map((each) => statementFor(each.statements, versionNum) ?? ""),
    POSITION_SQL,
  ];
  const names = statements.flatMap((sql) =>
    [...sql.matchAll(/(?<!::)pg_catalog\.(\w+)/g)].map(([, name = ""]) => name)
  );
  return [...new Set(names)].sort();
}

/** What else there is to know: role, position, lag and what is wrong, apart from privileges. */
function otherwise({ service }: Watching) {
  const view = service.view();
  return {
    servers: view?.servers.map(({ server, up, role, lag }) => ({
      server,
      up,
      role,
      lag: lag?.seconds ?? null,
    })),
    primary: view?.clusters.map(({ primary, servers }) => [primary, ...servers]),
    findings: view?.findings.filter(({ severity, check }) =>
      severity !== "info" && check !== "missing_rights"
    )
      .map(({ check, evidence }) => `${check}: ${evidence}`),
  };
}

Deno.test(
  { name: "one revoked function or view hides what rests on it, and nothing else", ignore },
  async (t) => {
    await using cluster = await startCluster({
      standbys: 1,
      settings: { fsync: "on", archive_mode: "on", archive_command: "true" },
    });
    const { primary } = cluster;
    await using watching = watchCluster(cluster, { collect: { intervalSeconds: 0.4 }, sampleSeconds: 0.4 });
    const healthy = {
      servers: [
        { server: "primary", up: true, role: "primary", lag: null },
        { server: "standby", up: true, role: "standby", lag: 0 },
      ],
      primary: [["primary", "primary", "standby"]],
      findings: [],
    };
    const isWell = () =>
      untilHolds("all to be well", () => {
        assertEquals<unknown>(otherwise(watching), healthy);
        assertEquals(watching.service.view()?.findings.filter(({ check }) => check === "missing_rights"), []);
      });
    await isWell();
    const objects = await primary.sql(
      `SELECT proname AS name, 'FUNCTION pg_catalog.' || proname || '(' || oidvectortypes(proargtypes) || ')' AS object,
       'EXECUTE' AS privilege, EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 'pg_monitor'::regrole) AS monitors
     FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind <> 'a'
     UNION ALL SELECT relname, 'pg_catalog.' || relname, 'SELECT', false FROM pg_class
     WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('v', 'r')`,
    );
    for (const name of namesInUse(Number(await primary.text("SHOW server_version_num")))) {
      const its = objects.filter((each) => each.name === name);
      if (its.length === 0) continue;
      await t.step(name, async () => {
        const lists = its.map(({ privilege, object, monitors }) =>
          [`${privilege} ON ${object}`, monitors ? "pg_monitor" : "PUBLIC"] as const
        );
        for (const [what, whom] of lists) await primary.sql(`REVOKE ${what} FROM ${whom}`);
        try {
          await untilHolds(`the consequences of revoking ${name}`, () => {
            const view = watching.service.view();
            const told = VITAL.includes(name)
              ? view?.servers.map(({ trouble }) => trouble?.message ?? "")
              : view?.findings.filter(({ check }) => check === "missing_rights").map(({ advice }) => advice);
            const grants = lists.map(([what]) => `GRANT ${what} TO monitor`);
            assert(
              told?.some((each) => grants.some((grant) => each.includes(grant))),
              JSON.stringify([told, grants]),
            );
            if (VITAL.includes(name)) return;
            const { servers, ...rest } = otherwise(watching);
            const hidden = LAG.includes(name) ? { lag: null } : {};
            assertEquals<unknown>({ ...rest, servers: servers?.map((each) => ({ ...each, ...hidden })) }, {
              ...healthy,
              servers: healthy.servers.map((each) => ({ ...each, ...hidden })),
            });
          });
        } finally {
          for (const [what, whom] of lists) await primary.sql(`GRANT ${what} TO ${whom}`);
        }
        await isWell();
      });
    }
  },
);
