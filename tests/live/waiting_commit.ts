/**
 * A commit that waits for a synchronous standby.
 *
 * @module
 */
import type { SqlClient } from "../../compose/lab/sql_client.ts";
import type { Server } from "../../compose/lab/server.ts";
import { until } from "../../compose/lab/until.ts";

/**
 * Makes one session write until its commit waits. Each process of a server reads the setting by itself, and commits wait
 * only after the checkpointer has read it: an earlier commit succeeds and is repeated.
 *
 * @param primary The primary, whose `synchronous_standby_names` cannot be satisfied.
 * @param writer The session, not used for anything else.
 * @param sql What it writes.
 * @returns `ended` settles when the commit has ended.
 */
export async function commitThatWaits(
  primary: Server,
  writer: SqlClient,
  sql = "INSERT INTO test_data (data) VALUES ('waits')",
): Promise<{ readonly ended: Promise<void> }> {
  const pid = await writer.text("SELECT pg_backend_pid()");
  const waits = `SELECT count(*) FROM pg_stat_activity WHERE pid = ${pid} AND wait_event = 'SyncRep'`;
  let ended: Promise<void> | null = null;
  await until("a commit to wait for a synchronous standby", async () => {
    ended ??= writer.query(sql, 120).then(() => {
      ended = null;
    }, () => {});
    return await primary.text(waits) === "1";
  });
  return { ended: ended ?? Promise.resolve() };
}
