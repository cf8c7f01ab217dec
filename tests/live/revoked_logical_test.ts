/**
 * Functions and tables of logical replication that the role may not use, on a publisher and its subscriber.
 *
 * `PGREPL_TEST_MAJORS=13,18` tests those major versions; without it, Debian's 15 where it is installed.
 */
import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { statementFor } from "../../src/collectors/collector.ts";
import { collectors } from "../../src/collectors/registry.ts";
import { advices, OFTEN } from "./privileges.ts";
import { DEBIAN_15, reasonToSkip, untilHolds } from "./support.ts";
import { watchCluster, type Watching } from "./watching.ts";

const ignore = reasonToSkip() !== null;
const majors = Deno.env.get("PGREPL_TEST_MAJORS")?.split(",").map(Number) ?? [15];

const OF_A_SUBSCRIPTION = [
  "pgrepl_subscription_enabled",
  "pgrepl_subscription_errors_total",
  "pgrepl_subscription_message_age_seconds",
];

/** Without it, none of these families has a sample; the others are as they were. */
const RESTS_ON: Readonly<Record<string, readonly string[]>> = {
  pg_blocking_pids: [],
  pg_lock_status: [],
  pg_prepared_xact: [],
  pg_stat_get_replication_slot: ["pgrepl_slot_spilled_bytes_total"],
  pg_stat_get_subscription: OF_A_SUBSCRIPTION,
  pg_stat_get_subscription_stats: ["pgrepl_subscription_errors_total"],
  pg_stat_progress_copy: [],
  // It has the OIDs on 13, without which no worker is known.
  pg_stat_subscription: ["pgrepl_subscription_message_age_seconds"],
  pg_subscription: OF_A_SUBSCRIPTION,
  pg_subscription_rel: [],
};

const ALL = [...new Set(Object.values(RESTS_ON).flat())];

/** Functions and tables that only collectors of logical replication read. */
function namesInUse(versionNum: number): readonly string[] {
  const namesOf = (isLogical: boolean) =>
    new Set(
      collectors.filter(({ name }) => ["subscriptions", "origins", "decoding"].includes(name) === isLogical)
        .flatMap((each) => [
          ...(statementFor(each.statements, versionNum) ?? "").matchAll(/(?<!::|')pg_catalog\.(\w+)/g),
        ]).map(([, name = ""]) => name),
    );
  const others = namesOf(false);
  // Its privilege is asked for: it is granted or not used.
  return [...namesOf(true)].filter((name) =>
    !others.has(name) && !["pg_show_replication_origin_status", "clock_timestamp"].includes(name)
  ).sort();
}

Deno.test("every function and table that only logical replication reads is listed", () => {
  for (const versionNum of [130000, 140000, 150000, 160000, 170000, 180000]) {
    assertEquals(namesInUse(versionNum).filter((name) => !(name in RESTS_ON)), [], `${versionNum}`);
  }
});

/** Families of {@linkcode ALL} that have a sample. */
async function present({ service }: Watching): Promise<readonly string[]> {
  return (await service.scrape()).filter(({ name, samples }) => ALL.includes(name) && samples.length > 0)
    .map(({ name }) => name).toSorted();
}

for (const major of majors) {
  Deno.test({
    name: `one revoked function or table hides what rests on it of a subscription, on PostgreSQL ${major}`,
    ignore,
    fn: async (t) => {
      await using cluster = await startCluster({
        ...major === 15 ? { binaries: DEBIAN_15 } : { major },
        standbys: 0,
        logical: { cdc: false },
      });
      await using watching = watchCluster(cluster, OFTEN);
      const { subscriber } = cluster.logical ?? {};
      assert(subscriber !== undefined);
      let before: readonly string[] = [];
      await untilHolds("the subscription to be read", async () => {
        before = await present(watching);
        assert(before.includes("pgrepl_subscription_message_age_seconds"));
        assertEquals(advices(watching), []);
      });
      const reasonOf = () => watching.service.view()?.subscriptions[0]?.reason ?? "";
      for (const name of namesInUse(Number(await subscriber.text("SHOW server_version_num")))) {
        await t.step(name, async () => {
          const server = name === "pg_stat_get_replication_slot" ? cluster.primary : subscriber;
          const objects = await server.sql(
            `SELECT 'EXECUTE ON FUNCTION pg_catalog.' || proname || '(' || oidvectortypes(proargtypes) || ')' AS what
             FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = '${name}'
             UNION ALL SELECT 'SELECT ON pg_catalog.' || relname FROM pg_class
             WHERE relnamespace = 'pg_catalog'::regnamespace AND relname = '${name}'`,
          );
          const columns = name === "pg_subscription"
            ? await server.text(
              `SELECT 'SELECT (' || string_agg(attname, ', ') || ') ON pg_catalog.pg_subscription' FROM pg_attribute
               WHERE attrelid = 'pg_subscription'::regclass AND attnum > 0 AND attname <> 'subconninfo'
                 AND attacl IS NOT NULL`,
            )
            : null;
          const whats = columns === null ? objects.map(({ what }) => String(what)) : [columns];
          assert(whats.length > 0);
          for (const what of whats) await server.sql(`REVOKE ${what} FROM PUBLIC`);
          try {
            await untilHolds(`the consequences of revoking ${name}`, async () => {
              const advice = advices(watching).join("; ");
              assert(advice.includes(`pg_catalog.${name}`), advice);
              const rests = RESTS_ON[name] ?? [];
              assertEquals(await present(watching), before.filter((family) => !rests.includes(family)));
              if (!name.includes("subscription")) {
                assert(["streaming", "idle"].includes(reasonOf()), reasonOf());
              }
            });
          } finally {
            for (const what of whats) await server.sql(`GRANT ${what} TO PUBLIC`);
          }
          await untilHolds("all to be back", async () => assertEquals(await present(watching), before));
        });
      }
    },
  });
}
