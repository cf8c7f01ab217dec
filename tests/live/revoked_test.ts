/**
 * Functions and tables that the role may not use, on real servers.
 *
 * `PGREPL_TEST_MAJORS=13,18` tests those major versions; without it, Debian's 15 where it is installed.
 */
import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { Proxy } from "../../compose/lab/proxy.ts";
import type { Cluster } from "../../compose/lab/topology.ts";
import { statementFor } from "../../src/collectors/collector.ts";
import { collectors } from "../../src/collectors/registry.ts";
import { positionStatement } from "../../src/scrape/position_sample.ts";
import { advices, carryOut, HEALTHY, OFTEN, otherwise, startWatched, untilWell } from "./privileges.ts";
import { reasonToSkip, untilHolds } from "./support.ts";
import { watchCluster, type Watching } from "./watching.ts";

const ignore = reasonToSkip() !== null;
const majors = Deno.env.get("PGREPL_TEST_MAJORS")?.split(",").map(Number) ?? [15];

/** Nobody can tell without them whether a server is a primary, or read a setting or a clock: they are required. */
const REQUIRED = ["pg_is_in_recovery", "current_setting", "clock_timestamp"];

const SENDERS = [
  "pg_replication_connections",
  "pg_replication_sync_state",
  "pg_wal_senders",
  "pgrepl_sender_*",
];
const OF_ALL_STANDBYS = [
  "pg_replication_lag_*@primary",
  "pgrepl_cluster_edge*",
  "pgrepl_sync_standbys_*",
];
const RECEIVER = ["pg_wal_receivers", "pgrepl_receiver_*"];
const SLOTS = ["pg_replication_slots_*", "pgrepl_slot_*"];
const SYNC = ["pgrepl_sync_*", "pgrepl_synchronous_commit"];
const WAL_DIRECTORY = ["pgrepl_wal_directory_*"];
const SETTINGS = ["pgrepl_data_checksums", "pgrepl_fsync", "pgrepl_full_page_writes"];
/** The lag rests on the primary's position, and the timeline that it is on. */
const LAG = [
  "pg_replication_lag_*",
  "pgrepl_standby_catchup_seconds",
  "pgrepl_standby_falling_behind",
  "pgrepl_standby_lag_bytes",
  "pgrepl_standby_lag_seconds",
  "pgrepl_standby_lag_source",
  "pgrepl_standby_stage",
  "pgrepl_timeline@primary",
];
const POSITIONS = ["pgrepl_wal_position_bytes"];

/** What is unknown without each function and table that is read; a new one has to be listed here. */
const RESTS_ON: Readonly<Record<string, readonly string[]>> = {
  age: [],
  array_to_string: ["pgrepl_synchronous_commit"],
  bool_or: [],
  current_database: ["pgrepl_synchronous_commit"],
  has_function_privilege: [],
  has_table_privilege: ["pgrepl_synchronous_commit"],
  host: [...SENDERS, ...OF_ALL_STANDBYS],
  // The names and addresses of servers to discover.
  inet_server_addr: [],
  inet_server_port: [],
  length: WAL_DIRECTORY,
  pg_backend_pid: [],
  // Only a standby without a receiver needs it.
  pg_control_recovery: [],
  // It was read before, and a postmaster keeps it; hidden from the start: see below.
  pg_control_system: [],
  pg_current_wal_flush_lsn: POSITIONS,
  pg_current_wal_insert_lsn: POSITIONS,
  pg_current_wal_lsn: [...LAG, ...POSITIONS, "pgrepl_sender_lag_bytes", "pgrepl_slot_retained_bytes"],
  pg_database: ["pgrepl_synchronous_commit"],
  pg_db_role_setting: ["pgrepl_synchronous_commit"],
  // Senders stay; which slot each uses is unknown.
  pg_get_replication_slots: SLOTS,
  pg_get_userbyid: ["pgrepl_synchronous_commit"],
  pg_get_wal_replay_pause_state: ["pgrepl_replay_pause_state"],
  pg_has_role: [],
  pg_is_wal_replay_paused: ["pgrepl_replay_pause_state"],
  pg_last_wal_receive_lsn: POSITIONS,
  pg_last_wal_replay_lsn: POSITIONS,
  pg_last_xact_replay_timestamp: ["pgrepl_last_replayed_transaction_timestamp_seconds"],
  pg_ls_archive_statusdir: ["pgrepl_archive_ready_files"],
  pg_ls_waldir: WAL_DIRECTORY,
  pg_postmaster_start_time: ["pgrepl_server_start_timestamp_seconds"],
  // Whether a primary subscribes to another matters where it has no standbys.
  pg_replication_origin: [],
  // Who is in charge is unknown; here nobody is.
  pg_roles: [],
  pg_show_all_settings: [],
  pg_size_bytes: [
    ...SLOTS,
    ...SETTINGS,
    "pgrepl_slots_limit",
    "pgrepl_wal_keep_size_bytes",
    "pgrepl_wal_level",
    "pgrepl_wal_max_size_bytes",
    "pgrepl_wal_segment_size_bytes",
    "pgrepl_wal_senders_limit",
  ],
  pg_stat_archiver: ["pgrepl_archive_mode", "pgrepl_archiver_*"],
  pg_stat_database_conflicts: ["pgrepl_recovery_conflicts_total"],
  pg_stat_get_activity: [...SENDERS, ...OF_ALL_STANDBYS, ...SYNC],
  pg_stat_get_wal_receiver: RECEIVER,
  pg_stat_get_wal_senders: [...SENDERS, ...OF_ALL_STANDBYS],
  pg_stat_recovery_prefetch: ["pgrepl_prefetch_*"],
  pg_stat_wal_receiver: RECEIVER,
  pg_walfile_name: LAG,
  right: ["pgrepl_archive_ready_files"],
  strpos: [],
  substr: LAG,
  substring: [],
};

/** Collectors of which nothing is sent to the pair here: see revoked_logical_test.ts. */
const LOGICAL: readonly string[] = ["subscriptions", "origins", "decoding"];

/** Functions and tables of all statements that are sent regularly; no types of casts, and no aggregates. */
function namesInUse(versionNum: number): readonly string[] {
  const statements = [
    ...collectors.filter(({ name }) => !LOGICAL.includes(name))
      .map((each) => statementFor(each.statements, versionNum) ?? ""),
    positionStatement({}).sql,
  ];
  const names = statements.flatMap((sql) =>
    [...sql.matchAll(/(?<!::|')pg_catalog\.(\w+)/g)].map(([, name = ""]) => name)
  );
  return [...new Set(names)].filter((name) =>
    !["C", "bool_or", "count", "max", "min", "string_agg", "sum"].includes(name)
  ).sort();
}

Deno.test("every function and table that a statement reads is listed with what rests on it", () => {
  for (const versionNum of [130000, 140000, 150000, 160000, 170000, 180000]) {
    const missing = namesInUse(versionNum).filter((name) => !(name in RESTS_ON) && !REQUIRED.includes(name));
    assertEquals(missing, [], `in PostgreSQL ${versionNum / 10000}`);
  }
});

/** Families that are about the exporter, or appear and disappear by themselves. */
const OTHER =
  /^(pgrepl_(collect|exporter|finding|scrape|server_connect|server_errors|build|config)|process_)/;
const TRANSIENT = /^pgrepl_(sender_lag_seconds|oldest_snapshot_age_seconds|archiver_last_.*)$/;
/** States that do not change while nothing is written, and do not rest on a lag. */
const STATE =
  /^pgrepl_(up|role|server_info|cluster_\w+|standby_connected|sender_state|sender_sync_state|receiver_running)$/;

/** How many samples each family has of each instance, and the state of what does not change by itself. */
async function readSamples({ service }: Watching) {
  const counts = new Map<string, number>();
  const states = new Map<string, number>();
  for (const { name, samples } of await service.scrape()) {
    if (OTHER.test(name) || TRANSIENT.test(name)) continue;
    for (const { labels, value } of samples) {
      const key = `${name}@${labels.instance}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (STATE.test(name)) states.set(`${name}${JSON.stringify(labels)}`, value);
    }
  }
  return { counts, states };
}

type Samples = Awaited<ReturnType<typeof readSamples>>;

/** Asserts that exactly the families that match the patterns have lost samples, and no other state has changed. */
function assertLost(before: Samples, now: Samples, patterns: readonly string[]): void {
  const lost = [...before.counts].filter(([key, count]) => (now.counts.get(key) ?? 0) < count).map(([key]) =>
    key
  );
  const matches = (key: string, pattern: string) =>
    new RegExp(`^${pattern.replaceAll("*", ".*")}${pattern.includes("@") ? "" : "@.*"}$`).test(key);
  assertEquals(
    lost.filter((key) => !patterns.some((each) => matches(key, each))),
    [],
    "these rest on it too?",
  );
  const present = patterns.filter((each) => [...before.counts.keys()].some((key) => matches(key, each)));
  assertEquals(
    present.filter((each) => !lost.some((key) => matches(key, each))),
    [],
    "these are still there?",
  );
  for (const [key, value] of before.states) {
    const current = now.states.get(key);
    if (current !== undefined) assertEquals(current, value, key);
  }
}

/** Whether a standby is synchronous is known from its sender alone. */
function routesWithout(rests: readonly string[]): readonly (readonly string[])[] {
  const isHidden = rests.includes("pgrepl_sender_*");
  return HEALTHY.routes.map((routes) => routes.filter((route) => route !== "sync" || !isHidden));
}

/** Functions of a name, and relations, as GRANT and REVOKE name them, with who has the privilege. */
async function objectsOf(
  { primary }: Cluster,
): Promise<ReadonlyMap<unknown, readonly [what: string, whom: string][]>> {
  const rows = await primary.sql(
    `SELECT proname AS name, 'EXECUTE ON FUNCTION pg_catalog.' || proname || '(' || oidvectortypes(proargtypes) || ')' AS what,
       CASE WHEN EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 'pg_monitor'::regrole) THEN 'pg_monitor'
         ELSE 'PUBLIC' END AS whom
     FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind <> 'a'
     UNION ALL SELECT relname, 'SELECT ON pg_catalog.' || relname, 'PUBLIC' FROM pg_class
     WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind IN ('v', 'r')`,
  );
  const all = Map.groupBy(rows, ({ name }) => name);
  return new Map(
    [...all].map(([name, its]) => [name, its.map(({ what, whom }) => [String(what), String(whom)])]),
  );
}

for (const major of majors) {
  Deno.test(
    {
      name: `one revoked function or table hides what rests on it, and nothing else, on PostgreSQL ${major}`,
      ignore,
    },
    async (t) => {
      await using cluster = await startWatched(major);
      const { primary } = cluster;
      await using watching = watchCluster(cluster, OFTEN);
      await untilWell(watching);
      const objects = await objectsOf(cluster);
      let before = await readSamples(watching);
      await untilHolds("a first transaction to be replayed, and rates", async () => {
        before = await readSamples(watching);
        assert(before.counts.has("pgrepl_standby_catchup_seconds@standby"), "catch-up");
        assert(before.counts.has("pgrepl_last_replayed_transaction_timestamp_seconds@standby"), "replayed");
      });
      for (const name of namesInUse(Number(await primary.text("SHOW server_version_num")))) {
        const its = objects.get(name) ?? [];
        await t.step(name, async () => {
          assert(its.length > 0, "no such function or table");
          for (const [what, whom] of its) await primary.sql(`REVOKE ${what} FROM ${whom}`);
          const check = async () => {
            const advice = advices(watching).join("; ");
            // Of a function with many signatures at least one.
            const named = its.filter(([what]) => advice.includes(`GRANT ${what} TO monitor`));
            assert(named.length >= Math.min(its.length, 2), advice);
            assert(!advice.includes("GRANT pg_monitor"), advice);
            if (REQUIRED.includes(name)) return;
            const rests = RESTS_ON[name] ?? [];
            assertEquals<unknown>(otherwise(watching), { ...HEALTHY, routes: routesWithout(rests) });
            assertLost(before, await readSamples(watching), rests);
          };
          try {
            await untilHolds(`the consequences of revoking ${name}`, check);
            // They stay, collection after collection.
            const since = watching.service.view()?.at ?? 0;
            await untilHolds(
              "further collections",
              () => assert((watching.service.view()?.at ?? 0) > since + 1),
            );
            await untilHolds(`the consequences of revoking ${name} to stay`, check);
            await carryOut(cluster, advices(watching));
            await untilWell(watching);
            await untilHolds("every series to be back", async () => {
              assertLost(before, await readSamples(watching), []);
            });
          } finally {
            for (const [what, whom] of its) await primary.sql(`GRANT ${what} TO ${whom}`);
          }
        });
      }
    },
  );

  Deno.test(
    { name: `an identifier hidden from the start hides no cluster, on PostgreSQL ${major}`, ignore },
    async () => {
      await using cluster = await startWatched(major);
      const { primary } = cluster;
      await primary.sql("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC");
      await using watching = watchCluster(cluster, OFTEN);
      const keyOf = () => watching.service.view()?.clusters.map(({ systemIdentifier }) => systemIdentifier);
      await untilHolds("both servers to be one cluster", () => {
        assertEquals<unknown>(otherwise(watching), HEALTHY);
        assertEquals(keyOf(), ["unknown"]);
        assertEquals(watching.service.view()?.servers[1]?.lag?.source, "clock");
      });
      const events = watching.service.view()?.events.length;
      await carryOut(cluster, advices(watching));
      await untilWell(watching);
      assertEquals(keyOf(), [await primary.text("SELECT system_identifier::text FROM pg_control_system()")]);
      assertEquals(watching.service.view()?.events.length, events, "nothing has happened");
      assertEquals(watching.service.view()?.servers[1]?.lag?.source, "clock");
      // Read once, it is known as long as the postmaster runs.
      await primary.sql("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM monitor");
      await untilHolds("the finding", () => assertEquals(advices(watching).length, 2));
      assertEquals<unknown>(otherwise(watching), HEALTHY);
    },
  );
}

Deno.test({
  name: "an identifier is not kept of a postmaster that cannot be told apart from another",
  ignore,
}, async () => {
  await using original = await startCluster({ standbys: 0 });
  await using other = await startCluster({ standbys: 0 });
  const start = "EXECUTE ON FUNCTION pg_postmaster_start_time()";
  for (const { primary } of [original, other]) {
    await primary.sql(
      `REVOKE ${start} FROM PUBLIC; ALTER ROLE monitor PASSWORD '${original.passwords.monitor}'`,
    );
  }
  await other.primary.sql("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC");
  let { port } = original.primary;
  await using link = new Proxy(() => port);
  await using watching = watchCluster(original, { ...OFTEN, ports: { primary: link.port } });
  const known = () => {
    const { servers = [], clusters = [] } = watching.service.view() ?? {};
    return [servers.map(({ up }) => up), clusters.map(({ systemIdentifier }) => systemIdentifier)];
  };
  const own = await original.primary.text("SELECT system_identifier::text FROM pg_control_system()");
  await untilHolds("the identifier to be known", () => assertEquals(known(), [[true], [own]]));
  port = other.primary.port;
  await link.cut();
  await link.heal();
  await untilHolds("the other server to be up", () => assertEquals(known(), [[true], ["unknown"]]));
});
