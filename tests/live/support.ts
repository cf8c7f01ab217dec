/**
 * What live tests share: a real cluster, waiting with a deadline, and an honest way to skip.
 *
 * @module
 */
import { type ClusterOptions, startCluster } from "../../compose/lab/cluster.ts";
import type { Cluster } from "../../compose/lab/topology.ts";

export { until } from "../../compose/lab/until.ts";
export type { Cluster } from "../../compose/lab/topology.ts";
export type { Server } from "../../compose/lab/server.ts";

/** Where Debian puts PostgreSQL 15; tests that want an installed one use it when it is there. */
export const DEBIAN_15 = "/usr/lib/postgresql/15/bin";

/** Whether a directory of installed binaries is there. */
export function isInstalled(directory: string): boolean {
  try {
    return Deno.statSync(`${directory}/postgres`).isFile && Deno.statSync(`${directory}/initdb`).isFile;
  } catch {
    return false;
  }
}

/** Why live tests cannot run here; null when they can. For `ignore` and for saying so once. */
export function reasonToSkip(): string | null {
  const { os, arch } = Deno.build;
  if (os !== "linux" && os !== "darwin") return `the lab knows no PostgreSQL for ${os}`;
  if (arch !== "x86_64" && arch !== "aarch64") return `the lab knows no PostgreSQL for ${arch}`;
  return null;
}

/**
 * Runs a test body on a cluster of its own, which is stopped and removed whatever happens.
 *
 * @param options What cluster; see {@linkcode ClusterOptions}.
 * @param body The test.
 */
export async function withCluster(
  options: ClusterOptions,
  body: (cluster: Cluster) => Promise<void>,
): Promise<void> {
  await using cluster = await startCluster(options);
  await body(cluster);
}
