/**
 * HAProxy with the shipped configuration in front of a Patroni cluster, and a client that reads through it.
 *
 * @module
 */
import { findFreePort } from "../../compose/lab/ports.ts";
import { asUser, chooseServiceUser } from "../../compose/lab/service_user.ts";
import { SqlClient } from "../../compose/lab/sql_client.ts";
import { monotonic } from "../live/known_writer.ts";
import type { PatroniCluster } from "./patroni_cluster.ts";

const HAPROXY = "/usr/sbin/haproxy";

/** A running HAProxy. */
export interface Balancer extends AsyncDisposable {
  /** Port of writes. */
  readonly writes: number;
  /** Port of reads. */
  readonly reads: number;
}

/** Starts HAProxy with `compose/haproxy/haproxy.cfg`, its servers replaced by the cluster's nodes. */
export async function startBalancer(cluster: PatroniCluster, exporterPort: number): Promise<Balancer> {
  const shipped = await Deno.readTextFile(new URL("../../compose/haproxy/haproxy.cfg", import.meta.url));
  const [writes, reads] = [findFreePort(), findFreePort()];
  const servers = cluster.nodes
    .map(({ name, port }) => `    server ${name} 127.0.0.1:${port} check addr 127.0.0.1 port ${exporterPort}`)
    .join("\n");
  const text = shipped.replace(/(^ +server \S+ .*\n?)+/gm, `${servers}\n`)
    .replace("127.0.0.1:5000", `127.0.0.1:${writes}`).replace("127.0.0.1:5001", `127.0.0.1:${reads}`);
  const path = `${cluster.directory}/haproxy.cfg`;
  await Deno.writeTextFile(path, text, { mode: 0o644 });
  const child = new Deno.Command(HAPROXY, {
    args: ["-db", "-f", path],
    stdin: "null",
    stdout: "null",
    stderr: "null",
    ...asUser(await chooseServiceUser()),
  }).spawn();
  return {
    writes,
    reads,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** Reads ten times a second through one connection, and opens another after every failure. */
export class Reader implements AsyncDisposable {
  readonly #client: SqlClient;
  readonly #reads: { readonly at: number; readonly isGood: boolean }[] = [];
  readonly #ended: Promise<void>;
  #isStopped = false;

  /** Reads from now on. */
  constructor(cluster: PatroniCluster, port: number) {
    this.#client = new SqlClient({ port, user: "monitor", password: cluster.passwords.monitor });
    this.#ended = this.#run();
  }

  /** Good and failed reads, and the longest time without a good one, seconds, since a moment. */
  since(at: number): { readonly good: number; readonly failed: number; readonly gap: number } {
    const reads = this.#reads.filter((read) => read.at >= at);
    const good = [at, ...reads.filter(({ isGood }) => isGood).map((read) => read.at), monotonic()];
    return {
      good: reads.filter(({ isGood }) => isGood).length,
      failed: reads.filter(({ isGood }) => !isGood).length,
      gap: Math.max(...good.slice(1).map((each, index) => each - (good[index] ?? each))),
    };
  }

  /** Stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await this.#ended;
    await this.#client.close();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const isGood = await this.#client.query("SELECT count(*) FROM test_data", 2).then(
        () => true,
        () => false,
      );
      this.#reads.push({ at: monotonic(), isGood });
      if (!isGood) await this.#client.close();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
