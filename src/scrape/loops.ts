import type { Clock } from "../domain/clock.ts";

/** Tasks due within this time run together, seconds: waking the process costs more than most of them. */
const SLACK_SECONDS = 0.02;

/** Tasks of one beat, and the time to the next beat, seconds: hundreds at one moment would delay everything else. */
const TASKS_A_BEAT = 25;
const BEAT_SECONDS = 0.04;

/** Timers take no longer times than 24 days. */
const LONGEST_SLEEP_SECONDS = 86_400;

/** Why a sleep ends early; without a reason each would create an error and its stack. */
const WOKEN = "woken";

interface Loop {
  readonly seconds: () => number;
  readonly task: () => Promise<void>;
  /** Its runs are whole intervals away from this moment: our monotonic seconds. */
  readonly origin: number;
  /** When it runs next: our monotonic seconds. */
  due: number;
  isRunning: boolean;
}

/** Periodic tasks, woken together. */
export class Loops {
  readonly #clock: Clock;
  readonly #loops = new Set<Loop>();
  readonly #running = new Set<Promise<void>>();
  #origin: number | null = null;
  #started = 0;
  #isAwake = false;
  #wake = new AbortController();
  #wakesAt = -Infinity;

  /** Runs nothing yet. */
  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /**
   * Runs a task now and then at every interval; a task that takes longer delays only its own next run.
   *
   * @param seconds The interval, read after each run because it may change.
   * @param task Must not reject.
   * @param signal Ends the loop.
   */
  every(seconds: () => number, task: () => Promise<void>, signal: AbortSignal): void {
    if (signal.aborted) return;
    const now = this.#clock.monotonic();
    this.#origin ??= now;
    const beat = Math.floor(this.#started++ / TASKS_A_BEAT) * BEAT_SECONDS;
    const loop: Loop = {
      seconds,
      task,
      origin: this.#origin + beat,
      due: now,
      isRunning: false,
    };
    this.#loops.add(loop);
    signal.addEventListener("abort", () => {
      this.#loops.delete(loop);
      if (this.#loops.size === 0) this.#wake.abort(WOKEN);
    }, { once: true });
    if (this.#isAwake) this.#wakeBy(now);
    else this.#keep(this.#run());
  }

  /** Resolves when all loops have ended after their signals aborted. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #run(): Promise<void> {
    this.#isAwake = true;
    while (this.#loops.size > 0) {
      const now = this.#clock.monotonic();
      const soon = now + SLACK_SECONDS;
      for (const loop of this.#loops) if (!loop.isRunning && loop.due <= soon) this.#start(loop);
      // One that still runs when it is due again wakes by its end.
      this.#wakesAt = now + LONGEST_SLEEP_SECONDS;
      for (const { due, isRunning } of this.#loops) {
        if (due < this.#wakesAt && !(isRunning && due <= soon)) this.#wakesAt = due;
      }
      await this.#clock.sleep(this.#wakesAt - now, this.#wake.signal).catch(() => {});
      if (this.#wake.signal.aborted) this.#wake = new AbortController();
    }
    this.#isAwake = false;
  }

  #start(loop: Loop): void {
    const { due } = loop;
    loop.isRunning = true;
    loop.due = nextDue(loop, due);
    this.#keep(
      loop.task().then(() => {
        loop.isRunning = false;
        loop.due = Math.max(nextDue(loop, due), this.#clock.monotonic());
        this.#wakeBy(loop.due);
      }),
    );
  }

  #keep(promise: Promise<void>): void {
    const running = promise.finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  #wakeBy(due: number): void {
    if (due < this.#wakesAt) this.#wake.abort(WOKEN);
  }
}

/** One interval later, a whole number of intervals from its origin, also after a run that took longer. */
function nextDue({ seconds, origin }: Loop, due: number): number {
  const interval = seconds();
  return origin + Math.round((due + interval - origin) / interval) * interval;
}
