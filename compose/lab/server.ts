/** One PostgreSQL server of a lab: its process, its files, its SQL. */
import type { Binaries } from "./binaries.ts";
import { findFreePort } from "./ports.ts";
import { endTree, killAll, markOf, type ProcessMark, sendSignal, treeOf } from "./processes.ts";
import type { Run } from "./records.ts";
import { asUser, type ServiceUser } from "./service_user.ts";
import { type Row, SqlClient } from "./sql_client.ts";

/** Passwords of the lab's roles, random per run. */
export interface Passwords {
  /** The superuser. */
  readonly postgres: string;
  /** The standbys' login. */
  readonly replicator: string;
  /** Member of `pg_monitor`; a fault may change it. */
  monitor: string;
  /** A login without privileges. */
  readonly plain: string;
}

/** A role of the lab. */
export type Role = keyof Passwords;

/** What every server of one cluster shares. */
export interface ServerContext {
  /** The run that owns directory and record. */
  readonly run: Run;
  /** The server binaries. */
  readonly binaries: Binaries;
  /** The user that runs them. */
  readonly user: ServiceUser;
  /** Passwords of the roles. */
  readonly passwords: Passwords;
}

/** How to write a connection string. */
export interface DsnOptions {
  /** Role; `monitor` when not given. */
  readonly user?: Role;
  /** Omit the password, for a process list. */
  readonly withoutPassword?: boolean;
  /** Another port, e.g. that of a proxy. */
  readonly port?: number;
  /** Database; `postgres` when not given. */
  readonly database?: string;
}

/** Shutdown modes of PostgreSQL: smart, fast, immediate. */
export type StopMode = "smart" | "fast" | "immediate";

const STOP_SIGNALS: Readonly<Record<StopMode, Deno.Signal>> = {
  smart: "SIGTERM",
  fast: "SIGINT",
  immediate: "SIGQUIT",
};

/** A server; between stop and start it has no process. */
export class Server {
  /** Its name; also its `cluster_name`, `application_name` and the name of its slot. */
  readonly name: string;
  /** Its data directory. */
  readonly dataDir: string;
  readonly #context: ServerContext;
  readonly #clients = new Map<string, SqlClient>();
  #port = 0;
  #process: { readonly mark: ProcessMark; readonly ended: Promise<number> } | null = null;

  /** Creates a server without starting it. */
  constructor(name: string, context: ServerContext) {
    this.name = name;
    this.dataDir = `${context.run.directory}/${name}`;
    this.#context = context;
  }

  /** Its port on 127.0.0.1; does not change on restart. */
  get port(): number {
    return this.#port;
  }

  /** Process id of its postmaster; null when it does not run. */
  get pid(): number | null {
    return this.#process?.mark.pid ?? null;
  }

  /** Path of its log. */
  get logFile(): string {
    return `${this.dataDir}.log`;
  }

  /** Name of the replication slot it uses when it is a standby. */
  get slot(): string {
    return this.name;
  }

  /** A connection string, as URI. */
  dsn(options: DsnOptions = {}): string {
    const user = options.user ?? "monitor";
    const password = options.withoutPassword ? "" : `:${this.#context.passwords[user]}`;
    return `postgresql://${user}${password}@127.0.0.1:${options.port ?? this.#port}/${
      options.database ?? "postgres"
    }`;
  }

  /** Runs one statement as superuser; see {@linkcode SqlClient.query}. */
  async sql(text: string, timeoutSeconds?: number): Promise<readonly Row[]> {
    return await this.client().query(text, timeoutSeconds);
  }

  /** First column of the first row as text, queried as superuser; null for NULL or no row. */
  async text(text: string): Promise<string | null> {
    return await this.client().text(text);
  }

  /** The superuser's connection to a database; it stays open until the server stops. */
  client(database = "postgres"): SqlClient {
    const client = this.#clients.get(database) ?? this.connect("postgres", database);
    this.#clients.set(database, client);
    return client;
  }

  /** A new connection as any role; the caller closes it. */
  connect(user: Role, database = "postgres"): SqlClient {
    return new SqlClient({ port: this.#port, user, password: this.#context.passwords[user], database });
  }

  /** Changes a setting with ALTER SYSTEM and reloads; null resets it. */
  async set(name: string, value: string | null): Promise<void> {
    const change = value === null ? `RESET ${name}` : `SET ${name} = '${value.replaceAll("'", "''")}'`;
    await this.sql(`ALTER SYSTEM ${change}`);
    await this.sql("SELECT pg_reload_conf()");
  }

  /**
   * Starts the server and waits until it accepts connections.
   *
   * @param options Seconds to wait, and a signal that aborts the wait.
   * @throws {Error} When it does not start, with the last lines of its log
   */
  async start(options: { readonly seconds?: number; readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.#process !== null) throw new Error(`Cannot start ${this.name}: it is already running`);
    if (this.#port === 0) this.#port = findFreePort();
    if (await this.#launch(options.seconds ?? 60, options.signal)) return;
    throw new Error(`PostgreSQL "${this.name}" did not start:\n${await this.readLogTail()}`);
  }

  /** Stops the server; nothing happens when it does not run. */
  async stop(mode: StopMode = "fast"): Promise<void> {
    await this.closeSql();
    if (this.#process === null) return;
    const { mark, ended } = this.#process;
    // Killed before it has written its last WAL, it would not have been shut down cleanly.
    await endTree(mark, { signal: STOP_SIGNALS[mode], graceSeconds: mode === "immediate" ? 10 : 60 });
    await ended;
  }

  /** Kills the server and all its processes with SIGKILL, as a crash would. */
  async kill(): Promise<void> {
    if (this.#process === null) return;
    const { mark, ended } = this.#process;
    await killAll(await treeOf(mark.pid));
    await ended;
    await this.closeSql();
  }

  /** Stops and starts the server; the port does not change. */
  async restart(mode: StopMode = "fast"): Promise<void> {
    await this.stop(mode);
    await this.start();
  }

  /** Freezes (SIGSTOP) every process of the server: connections stay open, but do not respond. */
  async freeze(): Promise<void> {
    await this.#signalTree("SIGSTOP");
  }

  /** Thaws (SIGCONT) the frozen processes. */
  async thaw(): Promise<void> {
    await this.#signalTree("SIGCONT");
  }

  /** The last lines of its log. */
  async readLogTail(lines = 12): Promise<string> {
    const text = await Deno.readTextFile(this.logFile).catch(() => "(it left no log)");
    return text.trimEnd().split("\n").slice(-lines).join("\n");
  }

  /** Closes the superuser's connections; the next query opens another. */
  async closeSql(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    await Promise.all(clients.map((client) => client.close()));
  }

  async #signalTree(signal: Deno.Signal): Promise<void> {
    if (this.#process === null) throw new Error(`Cannot send ${signal} to ${this.name}: it is not running`);
    for (const each of await treeOf(this.#process.mark.pid)) sendSignal(each.pid, signal);
  }

  /** Starts the process; true when it accepts connections, false when it exited. */
  async #launch(seconds: number, signal: AbortSignal | undefined): Promise<boolean> {
    const log = await Deno.open(this.logFile, { write: true, create: true, append: true });
    const args = ["-D", this.dataDir, "-p", String(this.#port)];
    const child = new Deno.Command(`${this.#context.binaries.directory}/postgres`, {
      args,
      cwd: this.dataDir,
      clearEnv: true,
      // LOCPATH: locales that only a test has.
      env: { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin", LOCPATH: Deno.env.get("LOCPATH") ?? "" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      ...asUser(this.#context.user),
    }).spawn();
    const logged = writeLog(child.stderr, log);
    let running = true;
    const ended = child.status.then(async ({ code }) => {
      running = false;
      await logged;
      if (this.#process?.mark.pid === child.pid) this.#process = null;
      return code;
    });
    const mark = await markOf(child.pid) ?? { pid: child.pid, started: "ended" };
    this.#process = { mark, ended };
    await this.#context.run.addProcess(child.pid);
    const deadline = performance.now() + seconds * 1000;
    while (running && !(await this.#isReady(child.pid))) {
      if (performance.now() > deadline || signal?.aborted) {
        await this.stop("immediate");
        signal?.throwIfAborted();
        throw new Error(
          `PostgreSQL "${this.name}" was not ready after ${seconds} s:\n${await this.readLogTail()}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    if (!running) await ended;
    return running;
  }

  /** Reads postmaster.pid like pg_ctl: line 1 is the process id, line 8 the status. */
  async #isReady(pid: number): Promise<boolean> {
    const text = await Deno.readTextFile(`${this.dataDir}/postmaster.pid`).catch(() => "");
    const lines = text.split("\n");
    return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
  }
}

/** Writes each line as it comes: `pipeTo` would hold them back until the server stops. */
async function writeLog(from: ReadableStream<Uint8Array<ArrayBuffer>>, log: Deno.FsFile): Promise<void> {
  using file = log;
  for await (const bytes of from) {
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
  }
}
