import { assertEquals } from "@std/assert";
import { MAJORS } from "../../compose/lab/binaries.ts";
import { startCluster } from "../../compose/lab/cluster.ts";
import type { Server } from "../../compose/lab/server.ts";
import { DEFAULT_CONSISTENCY } from "../../src/config/consistency.ts";
import { reasonToSkip, untilHolds } from "./support.ts";
import { valueOf, watchCluster, type Watching } from "./watching.ts";

const ignore = reasonToSkip() !== null;

/** Hostile values of settings that are a text, or for which the extremes are harmless. */
const VALUES: Readonly<Record<string, string>> = {
  client_encoding: "LATIN1",
  DateStyle: "SQL, DMY",
  TimeZone: "Pacific/Chatham",
  search_path: "hostile, pg_catalog",
  lc_messages: "C",
  default_transaction_isolation: "serializable",
  extra_float_digits: "-15",
  idle_session_timeout: "300ms",
  idle_in_transaction_session_timeout: "1ms",
  statement_timeout: "1ms",
  lock_timeout: "1ms",
  // As long as no statement and no login of ours takes on a busy machine.
  transaction_timeout: "500ms",
};

/** Reset by every transaction; a role cannot have them. */
const OF_A_TRANSACTION = new Set([
  "transaction_deferrable",
  "transaction_isolation",
  "transaction_read_only",
]);

/**
 * What a role's default may change, each with another value than now: the other of two, the last of several, the lowest
 * or highest number.
 */
async function hostileSettings(
  server: Server,
  end: "min_val" | "max_val",
): Promise<readonly (readonly [string, string])[]> {
  const rows = await server.sql(
    `SELECT name, setting, vartype, ${end} AS extreme, enumvals[1] AS first, enumvals[array_length(enumvals, 1)] AS last
     FROM pg_settings WHERE context IN ('user', 'superuser') ORDER BY name`,
  );
  return rows.flatMap(({ name, setting, vartype, extreme, first, last }) => {
    const own = VALUES[String(name)];
    if (own !== undefined) return [[String(name), own] as const];
    if (OF_A_TRANSACTION.has(String(name)) || vartype === "string") return [];
    if (vartype === "bool") return [[String(name), setting === "on" ? "off" : "on"] as const];
    if (vartype === "enum") return [[String(name), String(setting === last ? first : last)] as const];
    return [[String(name), String(extreme)] as const];
  });
}

/** Sets each as a default of the role; the server rejects some extremes. */
async function setForRole(server: Server, settings: readonly (readonly [string, string])[]): Promise<number> {
  let count = 0;
  for (const [name, value] of settings) {
    const list = name === "search_path" ? value : `'${value}'`;
    const isSet = await server.sql(`ALTER ROLE monitor SET ${name} = ${list}`).then(() => true, () => false);
    if (isSet) count += 1;
    else if (name in VALUES) throw new Error(`Cannot set ${name} = ${value}`);
  }
  return count;
}

function failedIn({ service }: Watching): readonly string[] {
  return (service.view()?.servers ?? []).flatMap(({ server, trouble, runs }) =>
    trouble === null
      ? runs.flatMap(({ collector, outcome, reason }) =>
        outcome === "failed" ? [`${server} ${collector}: ${reason}`] : []
      )
      : [trouble.message]
  );
}

async function checkAll(watching: Watching): Promise<void> {
  const start = performance.now();
  await untilHolds("all to be known on one connection", async () => {
    const families = await watching.service.scrape();
    assertEquals(failedIn(watching), []);
    assertEquals(valueOf(families, "pg_replication_lag_seconds", { instance: "standby" }), 0);
    const view = watching.service.view();
    assertEquals(view?.findings.filter(({ severity }) => severity !== "info"), []);
    assertEquals(view?.consistency.map(({ conclusive }) => conclusive?.verdict), ["equal"]);
    // Longer than an idle session lives by the role's default.
    assertEquals(performance.now() - start > 2500, true);
  });
  const families = await watching.service.scrape();
  for (const instance of ["primary", "standby"]) {
    assertEquals(valueOf(families, "pgrepl_connects_total", { instance }), 1, instance);
  }
}

for (const major of MAJORS) {
  Deno.test({ name: `no default of a login matters, PostgreSQL ${major}`, ignore }, async (t) => {
    await using cluster = await startCluster({ major, standbys: 1, settings: { fsync: "on" } });
    const { primary } = cluster;
    await primary.sql(
      `CREATE SCHEMA hostile;
       CREATE FUNCTION hostile.wrong(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT NULL::boolean';
       CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.wrong);
       CREATE OPERATOR hostile.<> (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.wrong);
       GRANT USAGE ON SCHEMA hostile TO PUBLIC;
       INSERT INTO test_data (data) SELECT 'row ' || n FROM generate_series(1, 100) AS n`,
    );
    for (const end of ["min_val", "max_val"] as const) {
      await t.step(end, async () => {
        const hostile = await hostileSettings(primary, end);
        const count = await setForRole(primary, hostile);
        assertEquals(count > 100, true, `only ${count} could be set`);
        await cluster.untilCaughtUp();
        await using watching = watchCluster(cluster, {
          collect: { intervalSeconds: 0.5, maxAgeSeconds: 0 },
          consistency: {
            ...DEFAULT_CONSISTENCY,
            isDefaultTable: false,
            intervalSeconds: 1,
            statementTimeoutSeconds: 20,
          },
        });
        await checkAll(watching);
      });
    }
  });
}
