/**
 * Shared by live tests: a real cluster, waits with a deadline, and reasons to skip.
 *
 * @module
 */
import { type ClusterOptions, startCluster } from "../../compose/lab/cluster.ts";
import type { Cluster } from "../../compose/lab/topology.ts";
import { until } from "../../compose/lab/until.ts";

export { until };
export type { Cluster } from "../../compose/lab/topology.ts";
export type { Server } from "../../compose/lab/server.ts";

/** Debian's directory of PostgreSQL 15, for tests with an installed PostgreSQL. */
export const DEBIAN_15 = "/usr/lib/postgresql/15/bin";

/** Whether PostgreSQL is installed in a directory. */
export function isInstalled(directory: string): boolean {
  try {
    return Deno.statSync(`${directory}/postgres`).isFile && Deno.statSync(`${directory}/initdb`).isFile;
  } catch {
    return false;
  }
}

/**
 * Waits until several assertions hold at once. A value that changes by itself or with the load of the machine must be
 * asserted on the same reading as the others.
 *
 * @param what The condition, as in "Gave up waiting for ...".
 * @param assertions Read everything again, and throw while something does not hold.
 */
export async function untilHolds(what: string, assertions: () => Promise<void> | void): Promise<void> {
  await until(what, async () => {
    await assertions();
    return true;
  }, { seconds: 60 });
}

/**
 * Awaits a promise with a timeout in real time, while the clock of the test stands still.
 *
 * @param what What is awaited, for the error.
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

/** Why live tests cannot run here; null when they can. For `ignore`, and to report it once. */
export function reasonToSkip(): string | null {
  const { os, arch } = Deno.build;
  if (os !== "linux" && os !== "darwin") return `the lab knows no PostgreSQL for ${os}`;
  if (arch !== "x86_64" && arch !== "aarch64") return `the lab knows no PostgreSQL for ${arch}`;
  return null;
}

/**
 * Runs a test body on its own cluster, which is always stopped and removed afterwards.
 *
 * @param options The cluster; see {@linkcode ClusterOptions}.
 * @param body The test.
 */
export async function withCluster(
  options: ClusterOptions,
  body: (cluster: Cluster) => Promise<void>,
): Promise<void> {
  await using cluster = await startCluster(options);
  await body(cluster);
}
