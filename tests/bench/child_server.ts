/** An exporter as a separate process: {@linkcode ChildServer}. */
import { findFreePort } from "../../compose/lab/ports.ts";
import { HttpClient } from "./http_client.ts";

/** How to start one. */
export interface ChildServerOptions {
  /** Program and arguments for a listen address `host:port`. */
  readonly command: (address: string) => readonly string[];
  /** Additional environment variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Core to run on; any when absent. Needs `taskset`. */
  readonly cpu?: number;
  /** The start is complete when a scrape contains this text; null: when it accepts connections. */
  readonly isReady: ((text: string) => boolean) | null;
}

/** Variables with settings of PostgreSQL clients or of the exporters. */
const READ_BY_EXPORTERS = /^(PG|POSTGRES_|PRIMARY_|STANDBY_|EXPORTER_|DATA_SOURCE_)/;
const START_SECONDS = 20;

/** A running exporter; disposing it kills it. */
export class ChildServer implements AsyncDisposable {
  /** Its loopback port. */
  readonly port: number;
  /** From before the process was created to the end of the first good scrape. */
  readonly startMs: number;
  readonly #child: Deno.ChildProcess;
  readonly #log: Promise<string>;

  private constructor(
    child: Deno.ChildProcess,
    options: { port: number; startMs: number; log: Promise<string> },
  ) {
    this.#child = child;
    this.#log = options.log;
    this.port = options.port;
    this.startMs = options.startMs;
  }

  /** Process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Starts one and waits for the first good scrape.
   *
   * @throws {Error} When it exits or there is none in time; with its log.
   */
  static async start(options: ChildServerOptions): Promise<ChildServer> {
    const port = findFreePort();
    const pinned = options.cpu === undefined ? [] : ["taskset", "--cpu-list", String(options.cpu)];
    const [program = "", ...args] = [...pinned, ...options.command(`127.0.0.1:${port}`)];
    const inherited = Object.entries(Deno.env.toObject()).filter(([name]) => !READ_BY_EXPORTERS.test(name));
    const before = performance.now();
    const child = new Deno.Command(program, {
      args,
      clearEnv: true,
      env: { ...Object.fromEntries(inherited), ...options.env },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    let hasEnded = false;
    child.status.then(() => hasEnded = true);
    const log = new Response(child.stderr).text();
    try {
      while (!(await isGood(port, options.isReady))) {
        if (hasEnded) throw new Error(`${program} ended at once`);
        if (performance.now() - before > START_SECONDS * 1000) {
          throw new Error(`${program} gave no good scrape within ${START_SECONDS} s`);
        }
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      return new ChildServer(child, { port, startMs: performance.now() - before, log });
    } catch (error) {
      await end(child);
      throw new Error(`Cannot start ${program}: ${await log}`, { cause: error });
    }
  }

  /** Kills it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#child);
    await this.#log;
  }
}

async function isGood(port: number, isReady: ChildServerOptions["isReady"]): Promise<boolean> {
  try {
    using client = await HttpClient.connect(port);
    return isReady === null || isReady(await client.getText());
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}

async function end(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has already ended
  }
  await child.status;
}
