/**
 * A real Patroni cluster on loopback: one etcd and one Patroni per node, from Debian's packages.
 *
 * Everything runs as the lab's unprivileged user, in one directory and on ports of this run. All processes are in the
 * run's record, so that they are ended by pid also after a failure, Ctrl-C or a crash of the test (`compose/lab`).
 *
 * @module
 */
import { findFreePort } from "../../compose/lab/ports.ts";
import { makePassword } from "../../compose/lab/provision.ts";
import { markOf, type ProcessMark } from "../../compose/lab/processes.ts";
import { cleanDeadRuns, Run } from "../../compose/lab/records.ts";
import {
  asUser,
  chooseParent,
  chooseServiceUser,
  giveTo,
  type ServiceUser,
} from "../../compose/lab/service_user.ts";
import { until } from "../../compose/lab/until.ts";
import { DEBIAN_15, isInstalled, reasonToSkip } from "../live/support.ts";
import { PatroniNode, type PatroniRole } from "./patroni_node.ts";

const PATRONI = "/usr/bin/patroni";
const PATRONICTL = "/usr/bin/patronictl";
const ETCD = "/usr/bin/etcd";
const SCOPE = "lab";

const SETTINGS = {
  fsync: "off",
  dynamic_shared_memory_type: "mmap", // nothing left in /dev/shm after a crash
  max_connections: 40,
  shared_buffers: "16MB",
};

/** Why tests with Patroni cannot run here, as the end of a test's name; empty when they can. */
export function patroniMissing(): string {
  if (reasonToSkip() !== null || !isInstalled(DEBIAN_15)) return " (skipped: no PostgreSQL 15)";
  const missing = [PATRONI, ETCD].filter((path) => {
    try {
      return !Deno.statSync(path).isFile;
    } catch {
      return true;
    }
  });
  return missing.length === 0 ? "" : ` (skipped: no ${missing.join(", ")})`;
}

/** What Patroni cluster to start. */
export interface PatroniOptions {
  /** Names of the nodes; n1, n2 and n3 when absent. The first one bootstraps and leads. */
  readonly names?: readonly string[];
  /** Patroni's `ttl`, seconds; 20 when absent. */
  readonly ttlSeconds?: number;
  /** Patroni's `loop_wait`, seconds; 2 when absent. */
  readonly loopWaitSeconds?: number;
  /** Further keys of Patroni's dynamic configuration, e.g. `{ synchronous_mode: true }`. */
  readonly dynamic?: Readonly<Record<string, unknown>>;
  /** PostgreSQL's settings, over the harness's own. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/** A member as `patronictl list -f json` prints it. */
export interface PatroniMember {
  /** Its name. */
  readonly name: string;
  /** Leader, Replica, Sync Standby or Standby Leader. */
  readonly role: string;
  /** running, streaming, stopped, starting, ... */
  readonly state: string;
  /** Its timeline; absent while it does not run. */
  readonly timeline: number | null;
}

/** How a command ended. */
export interface CommandResult {
  /** Exit code. */
  readonly code: number;
  /** Both of its outputs. */
  readonly output: string;
}

/** A running Patroni cluster; disposing it ends every process and removes its directory. */
export class PatroniCluster implements AsyncDisposable {
  /** Its nodes, the first leader first. */
  readonly nodes: readonly PatroniNode[];
  /** Passwords of its roles, random per run. */
  readonly passwords: Readonly<Record<PatroniRole, string>> = {
    postgres: makePassword(),
    replicator: makePassword(),
    monitor: makePassword(),
    rewind: makePassword(),
  };
  /** Directory of the run. */
  readonly directory: string;
  readonly #run: Run;
  readonly #user: ServiceUser;
  readonly #etcdPort = findFreePort();

  private constructor(run: Run, user: ServiceUser, names: readonly string[]) {
    this.#run = run;
    this.#user = user;
    this.directory = `${run.directory}/nodes`;
    this.nodes = names.map((name) => new PatroniNode(name, this));
  }

  /**
   * Starts etcd and all nodes, and waits until every standby streams. Takes 10 to 20 seconds.
   *
   * @throws {Error} When a step fails, after everything that was started has been ended and removed
   */
  static async start(options: PatroniOptions = {}): Promise<PatroniCluster> {
    await cleanDeadRuns();
    const user = await chooseServiceUser();
    const run = await Run.create("patroni", await chooseParent(user));
    const cluster = new PatroniCluster(run, user, options.names ?? ["n1", "n2", "n3"]);
    try {
      await Deno.mkdir(cluster.directory);
      await giveTo(user, cluster.directory);
      await cluster.#build(options);
      return cluster;
    } catch (error) {
      const logs = await Promise.all(cluster.nodes.map((node) => node.readLogTail()));
      await cluster[Symbol.asyncDispose]();
      throw new Error(`Patroni did not start: ${String(error)}\n${logs.join("\n")}`, { cause: error });
    }
  }

  /** A node by name. */
  node(name: string): PatroniNode {
    const found = this.nodes.find((node) => node.name === name);
    if (found === undefined) throw new RangeError(`No node "${name}"`);
    return found;
  }

  /**
   * Runs `patronictl`; the name of the cluster is given where a command takes one first.
   *
   * @param args Command and arguments, e.g. `["switchover", "lab", "--force"]`.
   */
  async ctl(...args: readonly string[]): Promise<CommandResult> {
    const command = new Deno.Command(PATRONICTL, {
      args: ["-c", `${this.directory}/ctl.yml`, ...args],
      cwd: this.directory,
      env: { LC_ALL: "C.UTF-8", HOME: this.directory },
      stdin: "null",
      ...asUser(this.#user),
    });
    const { code, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
  }

  /** Name of the cluster, as `patronictl` wants it. */
  get scope(): string {
    return SCOPE;
  }

  /** Members, as `patronictl list` sees them. */
  async list(): Promise<readonly PatroniMember[]> {
    const { output } = await this.ctl("list", SCOPE, "-f", "json");
    const rows: unknown = JSON.parse(output);
    if (!Array.isArray(rows)) throw new TypeError(`patronictl list printed no list: ${output}`);
    return rows.map((row) => ({
      name: String(row["Member"]),
      role: String(row["Role"]),
      state: String(row["State"]),
      timeline: typeof row["TL"] === "number" ? row["TL"] : null,
    }));
  }

  /** The leader, as `patronictl list` sees it; null without one. */
  async leader(): Promise<PatroniNode | null> {
    const found = (await this.list()).find(({ role, state }) => role === "Leader" && state === "running");
    return found === undefined ? null : this.node(found.name);
  }

  /** The node that writes now, asked of PostgreSQL itself; null while there is none. */
  async primary(): Promise<PatroniNode | null> {
    for (const node of this.nodes) {
      await using client = node.connect("postgres");
      const rows = await client.query("SELECT 1 WHERE NOT pg_catalog.pg_is_in_recovery()", 2).catch(() => []);
      if (rows.length > 0) return node;
    }
    return null;
  }

  /** Waits until one node leads and all others that run stream from it, in Patroni's view and PostgreSQL's. */
  async untilStreaming(standbys = this.nodes.length - 1): Promise<PatroniNode> {
    let found: PatroniNode | null = null;
    await until(`${standbys} standbys to stream from a leader`, async () => {
      const members = await this.list();
      const leader = members.find(({ role, state }) => role === "Leader" && state === "running");
      found = leader === undefined ? null : this.node(leader.name);
      const following = members.filter(({ state, timeline }) =>
        ["running", "streaming"].includes(state) && timeline === leader?.timeline
      );
      // The name tells a standby's receiver from that of a base backup.
      const streaming = await found?.text(
        "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' " +
          `AND application_name IN (${this.nodes.map(({ name }) => `'${name}'`).join(", ")})`,
      );
      return following.length === standbys + 1 && streaming === String(standbys);
    }, { seconds: 90 });
    return found ?? this.nodes[0]!;
  }

  /** Starts a process as the servers' user; it is in the run's record from then on. */
  async spawn(program: string, args: readonly string[], log: string): Promise<ProcessMark> {
    const file = `${this.directory}/${log}`;
    const child = new Deno.Command("/bin/sh", {
      args: ["-c", 'log=$1; shift; exec "$@" >>"$log" 2>&1', "sh", file, program, ...args],
      cwd: this.directory,
      clearEnv: true,
      env: { LC_ALL: "C.UTF-8", TZ: "UTC", PATH: `${DEBIAN_15}:/usr/bin:/bin`, HOME: this.directory },
      stdin: "null",
      stdout: "null",
      stderr: "null",
      ...asUser(this.#user),
    }).spawn();
    child.status.catch(() => {});
    child.unref();
    await this.#run.addProcess(child.pid);
    return await markOf(child.pid) ?? { pid: child.pid, started: "ended" };
  }

  /** Ends every process and removes the directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.closeSql()));
    await this.#run[Symbol.asyncDispose]();
  }

  async #build(options: PatroniOptions): Promise<void> {
    const peerPort = findFreePort();
    const url = `http://127.0.0.1:${this.#etcdPort}`;
    await this.spawn(ETCD, [
      ...["--name=lab", `--data-dir=${this.directory}/etcd`, "--unsafe-no-fsync"],
      ...[`--listen-client-urls=${url}`, `--advertise-client-urls=${url}`],
      ...[
        `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
        `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
      ],
      `--initial-cluster=lab=http://127.0.0.1:${peerPort}`,
    ], "etcd.log");
    await until("etcd to be healthy", async () => {
      const response = await fetch(`${url}/health`);
      return (await response.text()).includes("true");
    });
    for (const node of this.nodes) await this.#write(node.configFile, this.#configOf(node, options));
    const ctl = { scope: SCOPE, etcd3: { host: `127.0.0.1:${this.#etcdPort}` } };
    await this.#write(`${this.directory}/ctl.yml`, ctl);
    const [first, ...others] = this.nodes;
    await first!.startAgent();
    await until("the first node to lead", async () => await this.primary() === first, { seconds: 90 });
    await first!.sql(`
      CREATE ROLE monitor LOGIN PASSWORD '${this.passwords.monitor}' IN ROLE pg_monitor;
      CREATE TABLE test_data (id serial PRIMARY KEY, data text, created_at timestamptz DEFAULT now());
      GRANT SELECT ON test_data TO monitor;
    `);
    await Promise.all(others.map((node) => node.startAgent()));
    await this.untilStreaming();
  }

  /** JSON is YAML. */
  async #write(path: string, value: unknown): Promise<void> {
    await Deno.writeTextFile(path, JSON.stringify(value, null, 2), { mode: 0o600 });
    await giveTo(this.#user, path);
  }

  #configOf(node: PatroniNode, options: PatroniOptions): unknown {
    const loopWait = options.loopWaitSeconds ?? 2;
    return {
      scope: SCOPE,
      name: node.name,
      restapi: { listen: `127.0.0.1:${node.apiPort}`, connect_address: `127.0.0.1:${node.apiPort}` },
      etcd3: { host: `127.0.0.1:${this.#etcdPort}` },
      bootstrap: {
        dcs: {
          ttl: options.ttlSeconds ?? 20,
          loop_wait: loopWait,
          retry_timeout: 5,
          maximum_lag_on_failover: 1_048_576,
          ...options.dynamic,
          postgresql: {
            use_pg_rewind: true,
            use_slots: true,
            parameters: { ...SETTINGS, ...options.settings },
          },
        },
        initdb: [{ encoding: "UTF8" }, { locale: "C" }, "data-checksums"],
        pg_hba: [
          "host replication replicator 127.0.0.1/32 scram-sha-256",
          "host all all 127.0.0.1/32 scram-sha-256",
        ],
      },
      postgresql: {
        listen: `127.0.0.1:${node.port}`,
        connect_address: `127.0.0.1:${node.port}`,
        data_dir: node.dataDir,
        bin_dir: DEBIAN_15,
        pgpass: `${this.directory}/${node.name}.pgpass`,
        authentication: {
          superuser: { username: "postgres", password: this.passwords.postgres },
          replication: { username: "replicator", password: this.passwords.replicator },
          rewind: { username: "rewind", password: this.passwords.rewind },
        },
        parameters: { unix_socket_directories: "" },
      },
    };
  }
}
