/**
 * Debian's repmgr on a cluster of the lab. Its switchover reaches the other host by SSH: all hosts are this one, so an
 * `ssh` of our own runs the command here.
 *
 * @module
 */
import { startCluster } from "../../compose/lab/cluster.ts";
import { endTree, markOf, type ProcessMark, sendSignal } from "../../compose/lab/processes.ts";
import { asUser, chooseServiceUser, giveTo, type ServiceUser } from "../../compose/lab/service_user.ts";
import { type Cluster, DEBIAN_15, isInstalled, reasonToSkip } from "../live/support.ts";

const REPMGRD = "/usr/bin/repmgrd";

const SSH = `#!/bin/sh
while [ $# -gt 0 ]; do
  case "$1" in -o) shift 2 ;; -*) shift ;; *) break ;; esac
done
shift
exec sh -c "$*"
`;

/** Why tests with repmgr cannot run here, as the end of a test's name; empty when they can. */
export function repmgrMissing(): string {
  if (reasonToSkip() !== null || !isInstalled(DEBIAN_15)) return " (skipped: no PostgreSQL 15)";
  try {
    return Deno.statSync(REPMGRD).isFile ? "" : ` (skipped: no ${REPMGRD})`;
  } catch {
    return ` (skipped: no ${REPMGRD})`;
  }
}

/** A cluster with repmgr and a daemon per node; disposing it ends them and the servers. */
export class RepmgrCluster implements AsyncDisposable {
  readonly #daemons: ProcessMark[] = [];
  readonly #directory: string;

  private constructor(readonly cluster: Cluster, readonly user: ServiceUser) {
    this.#directory = cluster.primary.dataDir.replace(/\/[^/]*$/, "");
  }

  /** Starts the cluster, registers its nodes and starts the daemons. */
  static async start(): Promise<RepmgrCluster> {
    const settings = {
      shared_preload_libraries: "repmgr",
      fsync: "on",
      wal_log_hints: "on",
      max_connections: "100", // as on the lab's standbys
    };
    const cluster = await startCluster({ major: 15, binaries: DEBIAN_15, standbys: 2, settings });
    const repmgr = new RepmgrCluster(cluster, await chooseServiceUser());
    try {
      await repmgr.#prepare();
      return repmgr;
    } catch (error) {
      await repmgr[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs `repmgr` on a node. */
  async run(
    node: string,
    ...args: readonly string[]
  ): Promise<{ readonly code: number; readonly output: string }> {
    const { code, stdout, stderr } = await this.#command("/usr/bin/repmgr", node, args).output();
    const decoder = new TextDecoder();
    return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
  }

  /** Kills a server as the end of its machine would. */
  async kill(node: string): Promise<void> {
    const [pid] = (await Deno.readTextFile(`${this.cluster.server(node).dataDir}/postmaster.pid`)).split(
      "\n",
    );
    sendSignal(Number(pid), "SIGQUIT");
  }

  /** Ends daemons and servers. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const mark of this.#daemons) await endTree(mark, { signal: "SIGTERM", graceSeconds: 3 });
    await this.cluster[Symbol.asyncDispose]();
  }

  #command(program: string, node: string, args: readonly string[]): Deno.Command {
    return new Deno.Command(program, {
      args: ["-f", `${this.#directory}/${node}.repmgr.conf`, ...args],
      cwd: this.#directory,
      clearEnv: true,
      env: {
        PATH: `${this.#directory}/bin:${DEBIAN_15}:/usr/bin:/bin`,
        HOME: this.#directory,
        LC_ALL: "C",
        PGPASSWORD: this.cluster.passwords.postgres,
      },
      stdin: "null",
      stdout: program === REPMGRD ? "null" : "piped",
      stderr: program === REPMGRD ? "null" : "piped",
      ...asUser(this.user),
    });
  }

  async #prepare(): Promise<void> {
    const { cluster } = this;
    await Deno.mkdir(`${this.#directory}/bin`);
    await Deno.writeTextFile(`${this.#directory}/bin/ssh`, SSH);
    for (const path of ["bin", "bin/ssh"]) await Deno.chmod(`${this.#directory}/${path}`, 0o755);
    await cluster.primary.sql(
      `CREATE ROLE repmgr SUPERUSER LOGIN PASSWORD '${cluster.passwords.postgres}'`,
    );
    await cluster.primary.sql("CREATE DATABASE repmgr OWNER repmgr");
    for (const [index, server] of cluster.servers.entries()) {
      await this.#configure(server.name, index + 1);
      await server.sql("SELECT pg_reload_conf()");
    }
    for (const { name } of cluster.servers) {
      const role = name === cluster.primary.name ? "primary" : "standby";
      const { code, output } = await this.run(name, role, "register");
      if (code !== 0) throw new Error(`repmgr ${role} register on ${name}: ${output}`);
    }
    for (const { name } of cluster.servers) {
      const child = this.#command(REPMGRD, name, ["--daemonize=false"]).spawn();
      child.status.catch(() => {});
      child.unref();
      const mark = await markOf(child.pid);
      if (mark !== null) this.#daemons.push(mark);
    }
  }

  async #configure(name: string, id: number): Promise<void> {
    const { dataDir, port } = this.cluster.server(name);
    const file = `${this.#directory}/${name}.repmgr.conf`;
    const settings = {
      node_id: id,
      node_name: name,
      conninfo: `host=127.0.0.1 port=${port} user=repmgr dbname=repmgr ` +
        `password=${this.cluster.passwords.postgres} connect_timeout=2`,
      data_directory: dataDir,
      pg_bindir: DEBIAN_15,
      use_replication_slots: "yes",
      // Not in postgresql.conf, which a rewind replaces by that of the other server of this host.
      service_start_command:
        `${DEBIAN_15}/pg_ctl -w -D ${dataDir} -o "-p ${port}" -l ${dataDir}/repmgr.log start`,
      failover: "automatic",
      reconnect_attempts: 2,
      reconnect_interval: 1,
      monitor_interval_secs: 1,
      repmgrd_pid_file: `${dataDir}/repmgrd.pid`,
      promote_command: `/usr/bin/repmgr standby promote -f ${file}`,
      follow_command: `/usr/bin/repmgr standby follow -f ${file} --upstream-node-id=%n`,
    };
    const lines = Object.entries(settings).map(([key, value]) => `${key}='${value}'\n`);
    await Deno.writeTextFile(file, lines.join(""), { mode: 0o600 });
    await giveTo(this.user, file);
    await Deno.writeTextFile(
      `${dataDir}/pg_hba.conf`,
      "host replication repmgr 127.0.0.1/32 scram-sha-256\n",
      { append: true },
    );
  }
}
