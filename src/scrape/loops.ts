import type { Clock } from "../domain/clock.ts";

/** Tasks that run at intervals. */
export class Loops {
  readonly #clock: Clock;
  readonly #running = new Set<Promise<void>>();

  /** Runs nothing yet. */
  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /**
   * Runs a task at once and then at every interval; one that takes longer delays only its own next run.
   *
   * @param seconds Returns the interval; called for every run, so it may change.
   * @param task Must not reject.
   * @param signal Stops it.
   */
  every(seconds: () => number, task: () => Promise<void>, signal: AbortSignal): void {
    const loop = this.#repeat(seconds, task, signal).finally(() => this.#running.delete(loop));
    this.#running.add(loop);
  }

  /** Settles when all tasks have stopped; their signals stop them. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #repeat(seconds: () => number, task: () => Promise<void>, signal: AbortSignal): Promise<void> {
    let next = this.#clock.monotonic();
    while (!signal.aborted) {
      await task();
      next = Math.max(next + seconds(), this.#clock.monotonic());
      await this.#clock.sleep(next - this.#clock.monotonic(), signal).catch(() => {});
    }
  }
}
