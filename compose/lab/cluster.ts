/** Starts a real cluster on loopback: {@linkcode startCluster}. */
import { isMajor, type Major, MAJORS, prepareBinaries } from "./binaries.ts";
import { appendSettings, copyDataDir, initialise, makePasswords } from "./provision.ts";
import { cleanDeadRuns, Run } from "./records.ts";
import type { Passwords, Server } from "./server.ts";
import { chooseParent, chooseServiceUser } from "./service_user.ts";
import { createSlot } from "./slots.ts";
import { Cluster, type TopologyOptions } from "./topology.ts";

/** The cluster to start. */
export interface ClusterOptions extends TopologyOptions {
  /** Major version of PostgreSQL, from npm; 18 when absent. */
  readonly major?: number;
  /** Directory of installed binaries to use instead of npm's. */
  readonly binaries?: string | undefined;
  /** Number of standbys; 1 when absent. Their names are standby, standby2, standby3, ... */
  readonly standbys?: number;
  /** The last standby follows the first one instead of the primary. */
  readonly cascade?: boolean;
  /** Value of `synchronous_standby_names`, with the names of the standbys. */
  readonly synchronous?: string;
  /** Rows per second to insert into `test_data`; 0 (no load) when absent. */
  readonly load?: number;
  /** Name in the record; "cluster" when absent. */
  readonly name?: string;
  /** Aborts the start and cleans up. */
  readonly signal?: AbortSignal;
  /** Called with each step, as a short sentence. */
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
    cluster = new Cluster({ run, binaries, user, passwords: makePasswords() }, options);
    await build(cluster, count, options, signal);
    return cluster;
  } catch (error) {
    await (cluster ?? run)[Symbol.asyncDispose]().catch(() => {});
    throw error;
  }
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
  progress(`Initialising PostgreSQL ${cluster.binaries.version} for the primary`);
  await initialise(primary.dataDir, {
    ...context,
    password: cluster.passwords.postgres,
    settings: cluster.settings,
  });
  const standbys = Array.from(
    { length: count },
    (_, index) => cluster.addServer(index === 0 ? "standby" : `standby${index + 1}`),
  );
  // A newly initialised directory is a base backup: it ends with a shutdown checkpoint.
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
    await standby.start({ signal });
  };
  if (options.directLinks) {
    await startPrimary(); // a direct link needs the upstream's port
    for (const [index, standby] of standbys.entries()) await startStandby(standby, index);
  } else {
    await allOrFirstError([startPrimary(), ...standbys.map(startStandby)]);
  }
  for (const standby of standbys) await createSlot(cluster.upstreamOf(standby), standby.slot);
  progress("Waiting until the standbys stream");
  await cluster.untilStreaming(undefined, { signal });
  if (options.synchronous !== undefined) await primary.set("synchronous_standby_names", options.synchronous);
  await cluster.untilCaughtUp(undefined, { signal });
  await cluster.setLoad(options.load ?? 0);
}

/** Waits for all, so that nothing is still starting when the first error is thrown. */
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
