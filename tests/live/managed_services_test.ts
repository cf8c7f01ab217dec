/**
 * Privileges as managed services restrict them, emulated on PostgreSQL 15.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Proxy } from "../../compose/lab/proxy.ts";
import { advices, carryOut, HEALTHY, OFTEN, otherwise, startWatched, untilWell } from "./privileges.ts";
import { reasonToSkip, until, untilHolds } from "./support.ts";
import { watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null;

/** The rights of a login where each service takes more away than its documentation says. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  "Amazon RDS, Cloud SQL: no files, no control file": [
    "REVOKE EXECUTE ON FUNCTION pg_ls_waldir(), pg_ls_archive_statusdir() FROM pg_monitor",
    "REVOKE EXECUTE ON FUNCTION pg_control_system(), pg_control_recovery() FROM PUBLIC",
  ],
  "Azure: pg_read_all_stats and pg_read_all_settings in place of pg_monitor": [
    "REVOKE pg_monitor FROM monitor",
    "GRANT pg_read_all_stats, pg_read_all_settings TO monitor",
    "REVOKE SELECT ON pg_database, pg_db_role_setting FROM PUBLIC",
  ],
};

for (const [service, statements] of Object.entries(SERVICES)) {
  Deno.test({ name: `a login as on ${service}`, ignore }, async () => {
    await using cluster = await startWatched(15);
    for (const each of statements) await cluster.primary.sql(each);
    await using watching = watchCluster(cluster, OFTEN);
    await untilHolds("everything else to be known", () => {
      assertEquals<unknown>(otherwise(watching), HEALTHY);
      assertEquals(watching.service.view()?.servers[1]?.lag?.unknownReason, null);
      assertEquals(advices(watching).length, 2);
    });
    // One after the other, while it runs.
    await cluster.primary.sql("REVOKE EXECUTE ON FUNCTION pg_get_replication_slots() FROM PUBLIC");
    await untilHolds("the further function", () => {
      assert(
        advices(watching).every((each) => each.includes("pg_get_replication_slots()")),
        advices(watching).join(),
      );
      assertEquals<unknown>(otherwise(watching), HEALTHY);
    });
    await carryOut(cluster, advices(watching));
    await untilWell(watching);
  });
}

Deno.test({
  name: "functions that Amazon Aurora does not support hide positions and lag, and take no server down",
  ignore,
}, async () => {
  await using cluster = await startWatched(15);
  const { primary } = cluster;
  const replace = (call: string, sqlstate: string) =>
    primary.sql(
      `SET allow_system_table_mods = on; ALTER FUNCTION pg_catalog.${call}() RENAME TO original_${call};
       CREATE FUNCTION pg_catalog.${call}() RETURNS ${
        call.endsWith("timestamp") ? "timestamptz" : "pg_lsn"
      } LANGUAGE plpgsql
       AS $$ BEGIN RAISE EXCEPTION 'Function ${call}() is currently not supported for Aurora' USING ERRCODE = '${sqlstate}'; END $$`,
    );
  for (const each of ["pg_last_wal_receive_lsn", "pg_last_wal_replay_lsn", "pg_last_xact_replay_timestamp"]) {
    await replace(each, "0A000");
  }
  // With wal_level below logical.
  for (const each of ["pg_current_wal_lsn", "pg_current_wal_insert_lsn", "pg_current_wal_flush_lsn"]) {
    await replace(each, "55000");
  }
  await using watching = watchCluster(cluster, OFTEN);
  await untilHolds("both servers to be up", () => {
    const { servers, primary, routes } = otherwise(watching);
    assertEquals<unknown>({ servers, primary, routes }, {
      servers: HEALTHY.servers,
      primary: HEALTHY.primary,
      routes: HEALTHY.routes,
    });
    assertEquals(watching.service.view()?.servers[1]?.lag?.seconds, null);
    assertEquals(advices(watching), [], "no GRANT helps");
    const reasons = watching.service.view()?.servers.flatMap(({ runs }) => runs.map(({ reason }) => reason))
      .join();
    assertMatch(reasons ?? "", /the server does not support .*pg_current_wal_lsn\(\)/);
  });
  // One that is far away is up within the deadline: what it supports takes few round trips, each 0.2 s here.
  await using far = new Proxy(() => primary.port);
  far.delay(0.1);
  await using remote = watchCluster(cluster, { only: ["primary"], ports: { primary: far.port } });
  await until("the far one to be up", () => remote.service.view()?.servers[0]?.up === true);
  const [{ roundTrips } = { roundTrips: Infinity }] = far.connections;
  assert(roundTrips <= 15, `${roundTrips} round trips`);
});
