/**
 * Somebody who outlives a run and cleans up after it when its owner is gone without having done so: interrupted, killed,
 * crashed.
 *
 * It is a shell that waits at the end of a pipe from the owner. "done" in it ends the shell; the end of the pipe without
 * that, which no way of dying can prevent, makes it clean up (`janitor_main.ts`).
 */

const MAIN = new URL("./janitor_main.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
const SCRIPT = 'read -r word; [ "$word" = done ] || exec "$0" "$@"';

/** Waits for the end of one run. */
export class Janitor {
  readonly #child: Deno.ChildProcess;

  /**
   * Waits from now on.
   *
   * @param directory Directory of the run.
   */
  constructor(directory: string) {
    this.#child = new Deno.Command("sh", {
      args: [
        ...["-c", SCRIPT, Deno.execPath()],
        ...["run", "-A", "--quiet", "--config", CONFIG, MAIN, directory],
      ],
      cwd: "/",
      // A session of its own: Ctrl-C and the end of the terminal are for the owner.
      detached: true,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** There is nothing to clean up any more. */
  async dismiss(): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    // One that was killed reads nothing, and is dismissed too.
    await writer.write(new TextEncoder().encode("done\n")).then(() => writer.close()).catch(() => {});
    await this.#child.status;
  }
}
