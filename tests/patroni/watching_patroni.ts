/**
 * The exporter as a process on a Patroni cluster, the truth beside it, and clients that read through HAProxy.
 *
 * @module
 */
import { SqlClient } from "../../compose/lab/sql_client.ts";
import { parseLsn } from "../../src/domain/lsn.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import type { PatroniCluster, PatroniNode } from "./patroni_cluster.ts";

/** One write: when it was sent and had ended, and where it ended in the WAL. */
interface Write {
  readonly node: string;
  readonly sentAt: number;
  readonly at: number;
  readonly position: bigint;
}

/** Now, in seconds of this process's monotonic clock. */
export function now(): number {
  return performance.now() / 1000;
}

/** Writes a row every tenth of a second to whatever node takes it, and knows when which position was written. */
export class Writer implements AsyncDisposable {
  readonly #cluster: PatroniCluster;
  readonly #clients: ReadonlyMap<PatroniNode, SqlClient>;
  readonly #ended: Promise<void>;
  #isStopped = false;
  readonly #writes: Write[] = [];

  /** Writes from now on. */
  constructor(cluster: PatroniCluster) {
    this.#cluster = cluster;
    this.#clients = new Map(cluster.nodes.map((node) => [node, node.connect("postgres")]));
    this.#ended = this.#run();
  }

  /** Every write that was acknowledged. */
  get writes(): readonly Write[] {
    return this.#writes;
  }

  /** Longest time between two writes, seconds, since a moment. */
  gapSince(since: number): number {
    const times = [since, ...this.#writes.map(({ at }) => at).filter((at) => at > since), now()];
    return Math.max(...times.slice(1).map((at, index) => at - times[index]!));
  }

  /** Seconds since the first write that ended beyond a position; 0 when none did. */
  lagOf(position: bigint, at: number): number {
    const missing = this.#writes.find((write) => write.position > position && write.at <= at);
    return missing === undefined ? 0 : at - missing.at;
  }

  /** Seconds since the first write to another node after the last one to this node: what a dead primary lacks. */
  lagOfDead(node: string, at: number): number {
    const last = this.#writes.findLastIndex((write) => write.node === node);
    const missing = this.#writes[last + 1];
    return missing === undefined || missing.at > at ? 0 : at - missing.at;
  }

  /** Stops writing. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await this.#ended;
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  async #run(): Promise<void> {
    let current = this.#cluster.nodes[0]!;
    while (!this.#isStopped) {
      const sentAt = now();
      try {
        const rows = await this.#clients.get(current)!.query(
          "WITH written AS (INSERT INTO test_data (data) VALUES (repeat('x', 100)) RETURNING id) " +
            "SELECT pg_current_wal_insert_lsn()::text AS position FROM written",
          2,
        );
        const position = parseLsn(String(rows[0]?.["position"]));
        this.#writes.push({ node: current.name, sentAt, at: now(), position });
      } catch {
        const index = this.#cluster.nodes.indexOf(current);
        current = this.#cluster.nodes[(index + 1) % this.#cluster.nodes.length]!;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Starts the exporter on the nodes of a cluster. */
export async function watchPatroni(
  cluster: PatroniCluster,
  args: readonly string[] = [],
): Promise<ServeProcess> {
  return await ServeProcess.start(FROM_SOURCE, {
    args: [...cluster.nodes.map((node) => `--server=${node.name}=${node.dsn()}`), ...args],
  });
}

/** What the exporter said of a moment. */
export interface Moment {
  /** Seconds of this process's monotonic clock. */
  readonly at: number;
  /** Values of the metrics that matter here, by their series without the cluster's labels. */
  readonly values: Readonly<Record<string, number>>;
  /** Status of the routing checks asked for, by path. */
  readonly routes: Readonly<Record<string, number>>;
  /** Checks of the current findings, with the server. */
  readonly findings: readonly string[];
}

const FAMILIES = [
  "pgrepl_up",
  "pgrepl_standby_lag_seconds",
  "pgrepl_cluster_primaries",
  "pgrepl_cluster_split_brain",
  "pgrepl_server_stranded",
  "pgrepl_standby_connected",
  "pgrepl_role",
  "pgrepl_timeline",
];

/** Asks the exporter for everything that matters, several times a second, until disposed. */
export class Observer implements AsyncDisposable {
  readonly moments: Moment[] = [];
  readonly #exporter: ServeProcess;
  readonly #paths: readonly string[];
  readonly #ended: Promise<void>;
  #isStopped = false;

  /** Observes from now on. */
  constructor(exporter: ServeProcess, paths: readonly string[]) {
    this.#exporter = exporter;
    this.#paths = paths;
    this.#ended = this.#run();
  }

  /** Moments since one. */
  since(at: number): readonly Moment[] {
    return this.moments.filter((moment) => moment.at >= at);
  }

  /** Stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const at = now();
      const values: Record<string, number> = {};
      const findings: string[] = [];
      for (const line of (await this.#exporter.scrape()).split("\n")) {
        const [, family = "", labels = "", value = ""] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
        const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
        if (family === "pgrepl_finding") {
          findings.push(`${label("check")} ${label("instance")} ${label("severity")}`);
        }
        if (!FAMILIES.includes(family)) continue;
        const role = label("role");
        values[`${family} ${label("instance")}${role === "" ? "" : ` ${role}`}`] = Number(value);
      }
      const routes: Record<string, number> = {};
      for (const path of this.#paths) {
        const response = await this.#exporter.fetch(path);
        await response.body?.cancel();
        routes[path] = response.status;
      }
      this.moments.push({ at, values, routes, findings });
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }
}
