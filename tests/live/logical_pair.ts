/**
 * A publisher and a subscriber of the lab with one small table in the database that everything connects to.
 *
 * @module
 */
import type { ClusterOptions } from "../../compose/lab/cluster.ts";
import { type LogicalCluster, type LogicalOptions, startLogicalCluster } from "../../compose/lab/logical.ts";

/**
 * Starts both, with a table `t` (`id int PRIMARY KEY`), and a publication `pb` of it, which nothing subscribes to yet.
 *
 * @param options Of the publisher's cluster; the subscriber has no standbys.
 */
export async function startLogicalPair(options: ClusterOptions & LogicalOptions): Promise<LogicalCluster> {
  await using stack = new AsyncDisposableStack();
  const pair = stack.use(await startLogicalCluster({ ...options, subscription: false, cdc: false }));
  const { primary } = pair.publisher;
  for (const each of [primary, pair.subscriber]) {
    await each.sql("CREATE TABLE t (id int PRIMARY KEY)");
    await each.sql("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO replicator");
    await each.sql("GRANT SELECT ON t TO replicator");
  }
  await primary.sql("CREATE PUBLICATION pb FOR TABLE t");
  stack.move();
  return pair;
}
