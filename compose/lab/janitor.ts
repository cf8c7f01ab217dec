/**
 * A process that outlives a run and cleans up if its owner ended without doing so: interrupted, killed, crashed.
 *
 * It is a shell that reads from a pipe of the owner. "done" ends the shell; the end of the pipe without "done", which every
 * kind of death causes, makes it clean up (`janitor_main.ts`).
 */

const MAIN = new URL("./janitor_main.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;
const SCRIPT = 'read -r word; [ "$word" = done ] || exec "$0" "$@"';

/** Waits for the end of one run. */
export class Janitor {
  readonly #child: Deno.ChildProcess;

  /**
   * Starts waiting.
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
      // Its own session: Ctrl-C and the end of the terminal reach only the owner.
      detached: true,
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** Ends it: there is nothing left to clean up. */
  async dismiss(): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    // A janitor that was killed reads nothing; that is fine too.
    await writer.write(new TextEncoder().encode("done\n")).then(() => writer.close()).catch(() => {});
    await this.#child.status;
  }
}
