import type { Clock } from "../domain/clock.ts";

/** Periodic tasks. */
export class Loops {
  readonly #clock: Clock;
  readonly #running = new Set<Promise<void>>();

  /** Runs nothing yet. */
  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /**
   * Runs a task now and then at every interval; a task that takes longer delays only its own next run.
   *
   * @param seconds The interval, read each time because it may change.
   * @param task Must not reject.
   * @param signal Ends the loop.
   */
  every(seconds: () => number, task: () => Promise<void>, signal: AbortSignal): void {
    const loop = this.#repeat(seconds, task, signal).finally(() => this.#running.delete(loop));
    this.#running.add(loop);
  }

  /** Resolves when all loops have ended after their signals aborted. */
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
