/**
 * `deno task dev`: the exporter from source against a cluster of the lab, restarted when a source file changes.
 *
 * @module
 */
import { StopSignals } from "../lab/command_line.ts";
import { askStatus, findFreeName, findLabs, settleName, takeCommands } from "../lab/control.ts";
import { startCluster } from "../lab/cluster.ts";
import { runtimeFlags } from "./runtime_flags.ts";

/** Directory of the repository. */
const ROOT = new URL("../../", import.meta.url).pathname;

async function say(text: string): Promise<void> {
  await Deno.stderr.write(new TextEncoder().encode(`${text}\n`));
}

/** Servers to watch, and the password of role `monitor`, which stays out of the process list. */
interface Watched {
  readonly servers: readonly { readonly name: string; readonly dsn: string }[];
  readonly password: string;
}

/** The servers of a running lab; null when none is running. */
async function findServers(): Promise<Watched | null> {
  const [lab] = await findLabs();
  if (lab === undefined) return null;
  await say(`Watching the lab "${lab.record.name}"; its faults: deno task lab fault`);
  const { servers } = await askStatus(lab);
  const urls = servers.map(({ name, dsns }) => ({ name, url: new URL(dsns.monitor) }));
  const password = urls[0]?.url.password ?? "";
  for (const { url } of urls) url.password = "";
  return { servers: urls.map(({ name, url }) => ({ name, dsn: url.href })), password };
}

/** Runs the exporter until the signal aborts. */
async function watch({ servers, password }: Watched, signal: AbortSignal): Promise<number> {
  const exporter = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--watch",
      "--no-clear-screen",
      ...runtimeFlags(),
      `${ROOT}main.ts`,
      "serve",
      ...servers.map(({ name, dsn }) => `--server=${name}=${dsn}`),
      ...Deno.args,
    ],
    env: { POSTGRES_PASSWORD: password },
    stdin: "null",
  }).spawn();
  // With `--watch` Deno keeps running after the program has ended, so only a signal ends it.
  signal.addEventListener("abort", () => exporter.kill("SIGKILL"), { once: true });
  const { code } = await exporter.status;
  return signal.aborted ? 0 : code;
}

async function main(): Promise<number> {
  using stop = new StopSignals();
  const servers = await findServers();
  if (servers !== null) return await watch(servers, stop.signal);
  const found = await findFreeName("dev");
  await using cluster = await startCluster({
    name: found,
    standbys: 2,
    cascade: true,
    load: 10,
    signal: stop.signal,
    onProgress: say,
  });
  const name = await settleName(cluster.run.directory, found);
  await using _control = await takeCommands(cluster, { name, onDown: () => stop.stop() });
  for (const server of cluster.servers) await say(`psql '${server.dsn({ user: "postgres" })}'`);
  return await watch({
    servers: cluster.servers.map((server) => ({
      name: server.name,
      dsn: server.dsn({ withoutPassword: true }),
    })),
    password: cluster.passwords.monitor,
  }, stop.signal);
}

try {
  Deno.exit(await main());
} catch (error) {
  await say(error instanceof Error ? error.message : String(error));
  Deno.exit(1);
}
