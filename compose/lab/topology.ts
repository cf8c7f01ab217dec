/** A running cluster: its servers, their upstreams and their links. */
import type { Binaries } from "./binaries.ts";
import { Faults } from "./faults.ts";
import { WriteLoad } from "./load.ts";
import type { LogicalCluster } from "./logical.ts";
import { type LinkState, Proxy } from "./proxy.ts";
import { DEFAULT_SETTINGS, type ProvisionContext, writeStandbyFiles } from "./provision.ts";
import type { Run } from "./records.ts";
import { type Passwords, Server, type ServerContext } from "./server.ts";
import type { ServiceUser } from "./service_user.ts";
import { until, type WaitOptions } from "./until.ts";

/** Options that a running cluster needs. */
export interface TopologyOptions {
  /** Settings for every server's postgresql.conf, over the lab's own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Standbys connect directly to their upstream; their links cannot be cut or stalled. */
  readonly directLinks?: boolean;
  /** Standbys keep logical slots of the primary in sync (17 and later): the settings that this takes. */
  readonly slotSync?: boolean;
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
  /** Its faults. */
  readonly faults: Faults;
  readonly #user: ServiceUser;
  readonly #options: TopologyOptions;
  readonly #servers: Server[] = [];
  readonly #links = new Map<Server, Link>();
  readonly #proxies: Proxy[] = [];
  #primary: Server;
  #keeps = false;
  #load: WriteLoad | null = null;
  #logical: LogicalCluster | null = null;

  /** Use `startCluster`. */
  constructor(context: ServerContext, options: TopologyOptions) {
    this.binaries = context.binaries;
    this.run = context.run;
    this.passwords = context.passwords;
    this.#user = context.user;
    this.#options = options;
    this.faults = new Faults(this, context.passwords.monitor);
    this.#primary = this.addServer("primary");
  }

  /** Every server, the first primary first. */
  get servers(): readonly Server[] {
    return this.#servers;
  }

  /** The primary, as far as the lab performed the promotions. */
  get primary(): Server {
    return this.#primary;
  }

  /** Servers that follow another. */
  get standbys(): readonly Server[] {
    return this.#servers.filter((server) => this.#links.has(server));
  }

  /** Its subscriber and what belongs to that; null when it does not publish. */
  get logical(): LogicalCluster | null {
    return this.#logical;
  }

  /** The write load; null when there is none. */
  get load(): WriteLoad | null {
    return this.#load;
  }

  /** Settings all servers started with. */
  get settings(): Readonly<Record<string, string>> {
    return { ...DEFAULT_SETTINGS, ...this.#options.settings };
  }

  /** Whether standbys keep logical slots of the primary in sync. */
  get slotSync(): boolean {
    return this.#options.slotSync === true;
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

  /** The proxy through which a standby connects to its upstream, or the subscriber to its publisher. */
  link(ref: ServerRef): Proxy {
    if (this.#logical !== null && this.server(ref) === this.#logical.subscriber) return this.#logical.link;
    const { proxy } = this.#linkOf(ref);
    if (proxy === null) {
      throw new Error(`The link of ${this.server(ref).name} is direct: it cannot be changed`);
    }
    return proxy;
  }

  /** State of the link of a standby or the subscriber; null for a direct one. */
  linkState(ref: ServerRef): LinkState | null {
    if (this.#logical !== null && this.server(ref) === this.#logical.subscriber) {
      return this.#logical.link.state;
    }
    return this.#linkOf(ref).proxy?.state ?? null;
  }

  /** Opens a proxy to a server; it lives as long as the cluster. */
  proxyTo(ref: ServerRef): Proxy {
    const server = this.server(ref);
    return this.openProxy(() => server.port);
  }

  /** Opens a proxy to the port that `target` names; it lives as long as the cluster. */
  openProxy(target: () => number): Proxy {
    const proxy = new Proxy(target);
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
        const { upstream, proxy } = this.#linkOf(standby);
        const rows = await upstream.sql(
          `SELECT client_port FROM pg_stat_replication WHERE application_name = '${standby.name}' AND state = 'streaming'`,
        );
        // After a reset the row of the old connection may still exist: the connection must be open.
        const open = proxy?.connections.filter((connection) => connection.open);
        return rows.some((row) => open?.some((each) => each.clientPort === row["client_port"]) ?? true);
      }, options)
    ));
  }

  /** Waits until a standby (all, when none is named) has replayed everything written so far on the primary. */
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
    else if (rowsPerSecond > 0) this.#load = new WriteLoad(this.primary, rowsPerSecond, this.#logical?.load);
    if (rowsPerSecond === 0) {
      await this.#load?.[Symbol.asyncDispose]();
      this.#load = null;
    }
  }

  /** Adds a server that is neither initialized nor started. */
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

  /** Records the subscriber, which stops with the cluster. */
  publish(logical: LogicalCluster): void {
    this.#logical = logical;
  }

  /** Context for steps on data directories. */
  provisionContext(signal = new AbortController().signal): ProvisionContext {
    return { binaries: this.binaries, user: this.#user, directory: this.run.directory, signal };
  }

  /** Makes a copied data directory follow `upstream`, through a new link. */
  async follow(standby: Server, upstream: Server): Promise<void> {
    const proxy = this.#options.directLinks ? null : new Proxy(() => this.upstreamOf(standby).port);
    await this.#links.get(standby)?.proxy?.[Symbol.asyncDispose]();
    this.#links.set(standby, { upstream, proxy });
    await writeStandbyFiles(standby.dataDir, {
      user: this.#user,
      settings: {
        cluster_name: standby.name,
        // A standby does not start with fewer connections than its primary had, and initdb sets 100.
        max_connections: String(Math.max(100, Number(this.settings.max_connections))),
        primary_conninfo: this.#conninfo(standby, proxy?.port ?? upstream.port),
        primary_slot_name: standby.slot,
        // The slots of a standby cannot be synchronized, as those of the primary can.
        ...this.slotSync && !this.#links.has(upstream)
          ? { sync_replication_slots: "on", hot_standby_feedback: "on" }
          : {},
      },
    });
  }

  /** Records that a server has no upstream any longer; `asPrimary`: it is now the primary. */
  async unfollow(server: Server, options: { readonly asPrimary: boolean }): Promise<void> {
    const link = this.#links.get(server);
    this.#links.delete(server);
    await link?.proxy?.[Symbol.asyncDispose]();
    if (!options.asPrimary) return;
    this.#primary = server;
    await this.#load?.moveTo(server);
  }

  /** Makes a running standby follow another server, through a healed link; its slot there must exist. */
  async setUpstream(standby: Server, upstream: Server): Promise<void> {
    const link = this.#linkOf(standby);
    link.upstream = upstream;
    if (link.proxy === null) await standby.set("primary_conninfo", this.#conninfo(standby, upstream.port));
    else {
      link.proxy.reset();
      await link.proxy.heal();
    }
  }

  /** Leaves the data directories when the cluster is disposed. */
  keepFiles(): void {
    this.#keeps = true;
  }

  /** Stops everything and removes the directory, unless {@linkcode Cluster.keepFiles} was called. */
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
    await attempt(this.faults.releaseAll());
    await attempt(this.#logical?.release());
    // A clean shutdown is only worth it if the directory is kept.
    const mode = this.#keeps ? "fast" : "immediate";
    await Promise.all(this.#servers.map((server) => attempt(server.stop(mode))));
    const proxies = [...this.#proxies, ...[...this.#links.values()].map((link) => link.proxy)];
    await Promise.all(proxies.map((proxy) => attempt(proxy?.[Symbol.asyncDispose]())));
    await attempt(this.#keeps ? this.run.release() : this.run[Symbol.asyncDispose]());
    if (failures.length > 0) throw new AggregateError(failures, "The cluster was not stopped cleanly");
  }

  #conninfo(standby: Server, port: number): string {
    // The synchronization of slots logs in to a database.
    const database = this.slotSync ? "dbname=postgres " : "";
    const login = `${database}user=replicator password=${this.passwords.replicator}`;
    return `host=127.0.0.1 port=${port} ${login} application_name=${standby.name} connect_timeout=10`;
  }

  #linkOf(ref: ServerRef): Link {
    const server = this.server(ref);
    const link = this.#links.get(server);
    if (link === undefined) throw new Error(`${server.name} is not a standby: it has no upstream`);
    return link;
  }
}
