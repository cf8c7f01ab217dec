/** Holds a recovery conflict: replay on a standby waits for a query that still needs removed rows. */
import type { Server } from "./server.ts";
import type { Cluster } from "./topology.ts";
import { until } from "./until.ts";

/**
 * Makes replay on the standby wait for a query's snapshot.
 *
 * @param cluster The cluster; the primary deletes and vacuums rows of a table of the lab.
 * @param options The standby, and after how many seconds PostgreSQL cancels the query (which is what
 *   `pg_stat_database_conflicts` counts); null: never.
 * @returns Dispose it to end the query, so that replay resumes
 */
export async function holdConflict(
  cluster: Cluster,
  options: { readonly standby: Server; readonly cancelAfterSeconds: number | null },
): Promise<AsyncDisposable> {
  const { standby, cancelAfterSeconds } = options;
  const { primary } = cluster;
  const patience = cancelAfterSeconds === null ? "-1" : `${cancelAfterSeconds}s`;
  await standby.set("max_standby_streaming_delay", patience);
  await primary.sql("CREATE TABLE IF NOT EXISTS lab_conflict (id int)");
  await primary.sql("INSERT INTO lab_conflict SELECT generate_series(1, 100)");
  await cluster.untilCaughtUp(standby);
  await until(`${standby.name} to take over the setting`, async () => {
    return await standby.text(
      "SELECT setting FROM pg_settings WHERE name = 'max_standby_streaming_delay'",
    ) ===
      (cancelAfterSeconds === null ? "-1" : String(cancelAfterSeconds * 1000));
  });
  const reader = standby.connect("postgres");
  const release = {
    async [Symbol.asyncDispose]() {
      await reader.close();
      if (standby.pid !== null) await standby.set("max_standby_streaming_delay", null).catch(() => {});
    },
  };
  try {
    await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    await reader.query("SELECT count(*) FROM lab_conflict");
    await primary.sql("DELETE FROM lab_conflict");
    await primary.sql("VACUUM lab_conflict");
    const vacuumed = await primary.text("SELECT pg_current_wal_lsn()");
    await until(`${standby.name} to have received the conflicting WAL`, async () => {
      return await standby.text(`SELECT pg_last_wal_receive_lsn() >= '${vacuumed}'`) === "true";
    });
    return release;
  } catch (error) {
    await release[Symbol.asyncDispose]();
    throw error;
  }
}
