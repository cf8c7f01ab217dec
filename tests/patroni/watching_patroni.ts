/**
 * The exporter as a process on a Patroni cluster, and what it says from moment to moment.
 *
 * @module
 */
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { monotonic } from "../live/known_writer.ts";
import type { PatroniCluster } from "./patroni_cluster.ts";

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
      const at = monotonic();
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
