/**
 * Runs `serve` as a user would: a process of its own, on a free port, stopped by a signal.
 *
 * @module
 */
import { findFreePort } from "../compose/lab/ports.ts";
import { until } from "../compose/lab/until.ts";
import { runtimeFlags } from "../compose/build/runtime_flags.ts";
import { assertNoSecret, checkedFetch } from "./canary.ts";

/** Root of the repository, ends with `/`. */
const ROOT = new URL("../", import.meta.url).pathname;

/** The exporter from source, with exactly the permissions of the binary. */
export const FROM_SOURCE: readonly string[] = [
  Deno.execPath(),
  "run",
  "--quiet",
  ...runtimeFlags(),
  `${ROOT}main.ts`,
];

/** How a process ended. */
export interface Ending {
  /** Exit code. */
  readonly code: number;
  /** From the signal to the end. */
  readonly seconds: number;
}

/** A running `serve`; disposing it kills it if it still runs, and fails when a password of the lab is in what it wrote. */
export class ServeProcess implements AsyncDisposable {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Promise<string>;
  readonly #stderr: Promise<string>;
  #ended = false;

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Sends a signal and goes on. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  private constructor(child: Deno.ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    this.#stdout = new Response(child.stdout).text();
    this.#stderr = new Response(child.stderr).text();
    child.status.then(() => this.#ended = true);
  }

  /**
   * Starts it and waits until it answers.
   *
   * @param command Program and first arguments: the binary, or {@linkcode FROM_SOURCE}.
   * @param options `args`: further arguments of `serve`; `env`: its whole environment, the present one when absent.
   * @throws {Error} When it ends or does not answer; with what it logged.
   */
  static async start(
    command: readonly string[],
    options: {
      readonly args: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
      /** Whether it serves over TLS: then what answers is not looked at, only that it listens. */
      readonly isTls?: boolean;
      /** Status of `/-/healthy` when it serves; 200 when not given, 401 when it asks for a login. */
      readonly answers?: number;
    },
  ): Promise<ServeProcess> {
    const [program = "", ...first] = command;
    const address = `127.0.0.1:${findFreePort()}`;
    const child = new Deno.Command(program, {
      args: [...first, "serve", `--web.listen-address=${address}`, ...options.args],
      ...(options.env === undefined ? {} : { clearEnv: true, env: options.env }),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const started = new ServeProcess(child, `${options.isTls ? "https" : "http"}://${address}`);
    try {
      await until("serve to answer", async () => {
        if (started.#ended) return true;
        if (options.isTls) {
          const [hostname = "", port = ""] = address.split(":");
          (await Deno.connect({ hostname, port: Number(port) })).close();
          return true;
        }
        const response = await fetch(`${started.url}/-/healthy`);
        await response.body?.cancel();
        return response.status === (options.answers ?? 200);
      }, { seconds: 60 });
      if (started.#ended) throw new Error(`serve ended at once: ${await started.#stderr}`);
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw new Error(`serve did not start: ${await started.#stderr}`, { cause: error });
    }
  }

  /**
   * One scrape.
   *
   * @param accept The `Accept` header.
   * @throws {Error} When the answer is not 200.
   */
  async scrape(accept = "text/plain"): Promise<string> {
    const response = await this.fetch("/metrics", { headers: { accept } });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`Scrape failed: ${response.status} ${text}`);
    return text;
  }

  /**
   * Fetches from it; fails when a password of the lab is in the answer. Not for streams.
   *
   * @param path Path and query.
   * @param init As for `fetch`.
   */
  async fetch(path: string, init?: RequestInit): Promise<Response> {
    return await checkedFetch(`${this.url}${path}`, init);
  }

  /** Open files and sockets, as the kernel counts them; Linux only. */
  async openFiles(): Promise<number> {
    return (await Array.fromAsync(Deno.readDir(`/proc/${this.#child.pid}/fd`))).length;
  }

  /** Resident memory in bytes, as the kernel counts it; Linux only. */
  async residentBytes(): Promise<number> {
    const status = await Deno.readTextFile(`/proc/${this.#child.pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<Ending> {
    const before = performance.now();
    this.#child.kill(signal);
    const { code } = await this.#child.status;
    return { code, seconds: (performance.now() - before) / 1000 };
  }

  /** Waits for an end that was asked for in another way. */
  async ended(): Promise<Pick<Ending, "code">> {
    return await this.#child.status;
  }

  /** What it logged; only after it ended. */
  log(): Promise<string> {
    return this.#stderr;
  }

  /** Kills it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) {
      try {
        this.#child.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // it ended just now
      }
    }
    await this.#child.status;
    const [out, error] = await Promise.all([this.#stdout, this.#stderr]);
    assertNoSecret(out + error, { what: "what serve wrote" });
  }
}
