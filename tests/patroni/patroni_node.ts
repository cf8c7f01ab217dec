/** One node of a Patroni cluster: a Patroni and its PostgreSQL. */
import { findFreePort } from "../../compose/lab/ports.ts";
import {
  endTree,
  killAll,
  processesIn,
  type ProcessMark,
  sendSignal,
  treeOf,
} from "../../compose/lab/processes.ts";
import { type Row, SqlClient } from "../../compose/lab/sql_client.ts";
import type { PatroniCluster } from "./patroni_cluster.ts";

const PATRONI = "/usr/bin/patroni";

/** Roles of the cluster. */
export type PatroniRole = "postgres" | "replicator" | "monitor" | "rewind";

/** One node: a Patroni and its PostgreSQL. */
export class PatroniNode {
  /** Its name. */
  readonly name: string;
  /** Port of PostgreSQL on 127.0.0.1. */
  readonly port = findFreePort();
  /** Port of Patroni's REST API on 127.0.0.1. */
  readonly apiPort = findFreePort();
  /** Its data directory. */
  readonly dataDir: string;
  /** Its Patroni's configuration. */
  readonly configFile: string;
  readonly #cluster: PatroniCluster;
  #sql: SqlClient | null = null;
  #agent: ProcessMark | null = null;

  /** Use {@linkcode PatroniCluster.start}. */
  constructor(name: string, cluster: PatroniCluster) {
    this.name = name;
    this.#cluster = cluster;
    this.dataDir = `${cluster.directory}/${name}`;
    this.configFile = `${cluster.directory}/${name}.yml`;
  }

  /** A connection string, as URI. */
  dsn(user: PatroniRole = "monitor"): string {
    return `postgresql://${user}:${this.#cluster.passwords[user]}@127.0.0.1:${this.port}/postgres`;
  }

  /** A new connection; the caller closes it. */
  connect(user: PatroniRole): SqlClient {
    return new SqlClient({ port: this.port, user, password: this.#cluster.passwords[user] });
  }

  /** Runs one statement as superuser. */
  async sql(text: string, timeoutSeconds?: number): Promise<readonly Row[]> {
    this.#sql ??= this.connect("postgres");
    return await this.#sql.query(text, timeoutSeconds);
  }

  /** First column of the first row as text, asked as superuser; null for NULL or no row. */
  async text(text: string): Promise<string | null> {
    const [row] = await this.sql(text);
    const value = Object.values(row ?? {})[0];
    return value === undefined || value === null ? null : String(value);
  }

  /** Closes the superuser's connection. */
  async closeSql(): Promise<void> {
    await this.#sql?.close();
    this.#sql = null;
  }

  /** Whether its Patroni was started and not ended by a call of this class. */
  get hasAgent(): boolean {
    return this.#agent !== null;
  }

  /** Starts its Patroni, which starts PostgreSQL. */
  async startAgent(): Promise<void> {
    this.#agent = await this.#cluster.spawn(PATRONI, [this.configFile], `${this.name}.patroni.log`);
  }

  /** Stops its Patroni cleanly: it stops PostgreSQL and gives the leader key back. */
  async stopAgent(): Promise<void> {
    await this.closeSql();
    if (this.#agent !== null) await endTree(this.#agent, { signal: "SIGTERM", graceSeconds: 60 });
    this.#agent = null;
  }

  /** Kills its Patroni and leaves PostgreSQL running. */
  async killAgent(): Promise<void> {
    if (this.#agent !== null) await killAll([this.#agent]);
    this.#agent = null;
  }

  /** Kills its Patroni and PostgreSQL at one moment, as the end of the machine would. */
  async kill(): Promise<void> {
    await this.killAgent();
    await this.killPostgres();
  }

  /** Kills PostgreSQL; a running Patroni decides what follows. */
  async killPostgres(): Promise<void> {
    const pid = await this.postmasterPid();
    if (pid !== null) await killAll(await treeOf(pid));
    await this.closeSql();
  }

  /** Freezes (SIGSTOP) Patroni and PostgreSQL, as a machine that hangs. */
  async freeze(): Promise<void> {
    for (const pid of await this.#pids()) sendSignal(pid, "SIGSTOP");
  }

  /** Thaws what was frozen. */
  async thaw(): Promise<void> {
    for (const pid of await this.#pids()) sendSignal(pid, "SIGCONT");
  }

  /** Process id of its postmaster; null when none runs. */
  async postmasterPid(): Promise<number | null> {
    const text = await Deno.readTextFile(`${this.dataDir}/postmaster.pid`).catch(() => "");
    const pid = Number(text.split("\n")[0]);
    if (!(pid > 0)) return null;
    return (await processesIn(this.dataDir)).some((each) => each.pid === pid) ? pid : null;
  }

  /** Last lines of its Patroni's log. */
  async readLogTail(lines = 30): Promise<string> {
    const text = await Deno.readTextFile(`${this.#cluster.directory}/${this.name}.patroni.log`)
      .catch(() => "(no log)");
    return text.trimEnd().split("\n").slice(-lines).join("\n");
  }

  async #pids(): Promise<readonly number[]> {
    const postmaster = await this.postmasterPid();
    const roots = [this.#agent?.pid, postmaster].filter((pid) => typeof pid === "number");
    return (await Promise.all(roots.map(treeOf))).flat().map(({ pid }) => pid);
  }
}
