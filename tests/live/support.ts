/**
 * What live tests share: a real cluster, waiting with a deadline, and an honest way to skip.
 *
 * @module
 */
import { type ClusterOptions, startCluster } from "../../compose/lab/cluster.ts";
import type { Cluster } from "../../compose/lab/topology.ts";
import { until } from "../../compose/lab/until.ts";

export { until };
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

/**
 * Waits until assertions hold together. What changes by itself, or with how busy the machine is, must be asserted of the
 * same reading that it was waited for in.
 *
 * @param what What is waited for, as in "Gave up waiting for ...".
 * @param assertions Read everything anew, and throw what does not hold yet.
 */
export async function untilHolds(what: string, assertions: () => Promise<void> | void): Promise<void> {
  await until(what, async () => {
    await assertions();
    return true;
  }, { seconds: 60 });
}

/**
 * What a promise gives, with an end to the wait that is the machine's: for what must come while a test's clock stands.
 *
 * @param what What is waited for.
 * @param promise The promise.
 */
export async function inTime<T>(what: string, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Gave up waiting for ${what} after 60 s`)), 60_000);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
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
