/**
 * A process that outlives a run and cleans up if the owner exits without doing so: interrupted, killed, crashed.
 *
 * It is a shell that reads a pipe from the owner. "done" ends the shell. If the pipe closes without it, which happens
 * however the owner exits, the shell cleans up (`janitor_main.ts`).
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
      // Its own session, so that Ctrl-C and the end of the terminal only affect the owner.
      detached: true,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** Dismisses it: there is nothing left to clean up. */
  async dismiss(): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    // A killed janitor reads nothing; it counts as dismissed.
    await writer.write(new TextEncoder().encode("done\n")).then(() => writer.close()).catch(() => {});
    await this.#child.status;
  }
}
