/** Uses up a server's connections. */
import type { Server } from "./server.ts";
import { type SqlClient, sqlStateOf } from "./sql_client.ts";

const TOO_MANY_CONNECTIONS = "53300";

/**
 * Opens connections as the role `plain` until the server refuses more. The superuser can still connect.
 *
 * @returns Dispose it to close them
 */
export async function exhaustConnections(server: Server): Promise<AsyncDisposable> {
  const open: SqlClient[] = [];
  const release = {
    async [Symbol.asyncDispose]() {
      await Promise.all(open.splice(0).map((client) => client.close()));
    },
  };
  try {
    // Sessions that were just closed may still free their slots, so every connection must fail twice in a row.
    for (let refusals = 0; refusals < 2;) {
      const batch = Array.from({ length: 8 }, () => server.connect("plain"));
      open.push(...batch);
      const results = await Promise.allSettled(batch.map((client) => client.query("SELECT 1")));
      const failures = results.filter((result) => result.status === "rejected").map((result) =>
        result.reason
      );
      const other = failures.find((failure) => sqlStateOf(failure) !== TOO_MANY_CONNECTIONS);
      if (other !== undefined) throw other;
      refusals = failures.length === batch.length ? refusals + 1 : 0;
    }
    return release;
  } catch (error) {
    await release[Symbol.asyncDispose]();
    throw error;
  }
}
