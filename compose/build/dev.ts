/**
 * `deno task dev`: the exporter from source against a cluster of the lab, restarted when a source file changes.
 *
 * @module
 */
import { startCluster } from "../lab/cluster.ts";
import { runtimePermissions } from "./permissions.ts";

/** Directory of the repository. */
const ROOT = new URL("../../", import.meta.url).pathname;

async function say(text: string): Promise<void> {
  await Deno.stderr.write(new TextEncoder().encode(`${text}\n`));
}

async function main(): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => stop.abort(new Error("Stopped"));
  Deno.addSignalListener("SIGINT", onSignal);
  Deno.addSignalListener("SIGTERM", onSignal);
  await using cluster = await startCluster({
    name: "dev",
    standbys: 2,
    cascade: true,
    load: 10,
    signal: stop.signal,
    onProgress: say,
  });
  for (const server of cluster.servers) await say(`psql '${server.dsn({ user: "postgres" })}'`);
  const exporter = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--watch",
      "--no-clear-screen",
      ...runtimePermissions(),
      `${ROOT}main.ts`,
      "serve",
      ...cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`),
      ...Deno.args,
    ],
    stdin: "null",
  }).spawn();
  // `--watch` outlives a program that ends by itself and waits for the next change: only this ends it.
  stop.signal.addEventListener("abort", () => exporter.kill("SIGKILL"), { once: true });
  const { code } = await exporter.status;
  return stop.signal.aborted ? 0 : code;
}

try {
  Deno.exit(await main());
} catch (error) {
  await say(error instanceof Error ? error.message : String(error));
  Deno.exit(1);
}
