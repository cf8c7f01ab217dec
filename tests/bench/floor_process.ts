/** The floor as a separate process: {@linkcode FloorProcess}. */

/** Path of the floor's source. */
export const FLOOR_SOURCE: string = new URL("./floor.ts", import.meta.url).pathname;

/** A running floor; disposing it kills it. */
export class FloorProcess implements AsyncDisposable {
  /** Process id. */
  readonly pid: number;
  /** From before the process was created until every server has answered. */
  readonly startMs: number;
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess, startMs: number) {
    this.#child = child;
    this.pid = child.pid;
    this.startMs = startMs;
  }

  /**
   * Starts one and waits until every server has answered.
   *
   * @param command Program and arguments.
   * @param env Its login: `PGUSER`, `PGPASSWORD`.
   * @throws {Error} When it ends before that.
   */
  static async start(
    [program = "", ...args]: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<FloorProcess> {
    const before = performance.now();
    const child = new Deno.Command(program, {
      args,
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = child.stdout.getReader();
    const { done } = await reader.read();
    const startMs = performance.now() - before;
    reader.releaseLock();
    await child.stdout.cancel();
    if (done) throw new Error(`The floor ended with code ${(await child.status).code}`);
    return new FloorProcess(child, startMs);
  }

  /** Kills it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
  }
}
