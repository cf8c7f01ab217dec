/**
 * A publisher and its subscriber, two clusters of the lab.
 *
 * @module
 */
import { type ClusterOptions, startCluster } from "../../compose/lab/cluster.ts";
import type { Cluster, Server } from "./support.ts";

/** Both, and what the subscriber needs to connect. */
export interface LogicalPair extends AsyncDisposable {
  /** The publisher's cluster. */
  readonly publisher: Cluster;
  /** The subscriber; its `monitor` has the publisher's password. */
  readonly subscriber: Server;
  /** A connection string to a server of the publisher's cluster. */
  conninfo(server?: Server): string;
}

/**
 * Starts both, with a table `t` (`id int PRIMARY KEY`), and a publication `pb` of it.
 *
 * @param options Of the publisher's cluster; the subscriber has no standbys.
 */
export async function startLogicalPair(options: ClusterOptions): Promise<LogicalPair> {
  await using stack = new AsyncDisposableStack();
  const settings = { ...options.settings, wal_level: "logical" };
  const publisher = stack.use(await startCluster({ ...options, settings }));
  const other = stack.use(
    await startCluster({ ...options, settings: { wal_level: "logical" }, standbys: 0 }),
  );
  const subscriber = other.primary;
  await subscriber.sql(`ALTER ROLE monitor PASSWORD '${publisher.passwords.monitor}'`);
  for (const each of [publisher.primary, subscriber]) await each.sql("CREATE TABLE t (id int PRIMARY KEY)");
  await publisher.primary.sql("CREATE PUBLICATION pb FOR TABLE t");
  const owned = stack.move();
  return {
    publisher,
    subscriber,
    conninfo: (server = publisher.primary) =>
      `host=127.0.0.1 port=${server.port} dbname=postgres user=postgres password=${publisher.passwords.postgres}`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
