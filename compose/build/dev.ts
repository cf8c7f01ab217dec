/**
 * `deno task dev`: the exporter from source against a cluster of the lab, restarted when a source file changes.
 *
 * @module
 */
import { StopSignals } from "../lab/command_line.ts";
import { askStatus, findLabs } from "../lab/control.ts";
import { startCluster } from "../lab/cluster.ts";
import { runtimePermissions } from "./permissions.ts";

/** Directory of the repository. */
const ROOT = new URL("../../", import.meta.url).pathname;

async function say(text: string): Promise<void> {
  await Deno.stderr.write(new TextEncoder().encode(`${text}\n`));
}

/** A server to watch. */
interface Watched {
  readonly name: string;
  readonly dsn: string;
}

/** The servers of a lab that runs already; null when none does. */
async function findServers(): Promise<readonly Watched[] | null> {
  const [lab] = await findLabs();
  if (lab === undefined) return null;
  await say(`Watching the lab "${lab.record.name}"; its faults: deno task lab fault`);
  const { servers } = await askStatus(lab);
  return servers.map(({ name, dsns }) => ({ name, dsn: dsns.monitor }));
}

/** Runs the exporter until it is told to stop. */
async function watch(servers: readonly Watched[], signal: AbortSignal): Promise<number> {
  const exporter = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--watch",
      "--no-clear-screen",
      ...runtimePermissions(),
      `${ROOT}main.ts`,
      "serve",
      ...servers.map(({ name, dsn }) => `--server=${name}=${dsn}`),
      ...Deno.args,
    ],
    stdin: "null",
  }).spawn();
  // `--watch` outlives a program that ends by itself and waits for the next change: only this ends it.
  signal.addEventListener("abort", () => exporter.kill("SIGKILL"), { once: true });
  const { code } = await exporter.status;
  return signal.aborted ? 0 : code;
}

async function main(): Promise<number> {
  using stop = new StopSignals();
  const servers = await findServers();
  if (servers !== null) return await watch(servers, stop.signal);
  await using cluster = await startCluster({
    name: "dev",
    standbys: 2,
    cascade: true,
    load: 10,
    signal: stop.signal,
    onProgress: say,
  });
  for (const server of cluster.servers) await say(`psql '${server.dsn({ user: "postgres" })}'`);
  return await watch(
    cluster.servers.map((server) => ({ name: server.name, dsn: server.dsn() })),
    stop.signal,
  );
}

try {
  Deno.exit(await main());
} catch (error) {
  await say(error instanceof Error ? error.message : String(error));
  Deno.exit(1);
}
