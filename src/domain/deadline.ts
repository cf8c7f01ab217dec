/**
 * Deadlines as abort signals.
 *
 * @module
 */
import type { Clock } from "./clock.ts";

const STOPPED = "stopped";

/** The reason of a signal that a deadline aborted. */
export class DeadlineError extends Error {
  /** Class name, for logs. */
  override readonly name = "DeadlineError";
  /** The time allowed, in seconds. */
  readonly seconds: number;

  /** Takes the time allowed, in seconds. */
  constructor(seconds: number) {
    super(`Deadline of ${seconds} s passed`);
    this.seconds = seconds;
  }
}

/** A running deadline; disposing it stops its timer. */
export interface Deadline extends Disposable {
  /** Aborts with a {@linkcode DeadlineError} when the time has passed, or with the outer signal's reason. */
  readonly signal: AbortSignal;
}

/**
 * Starts a deadline.
 *
 * @param seconds From now.
 * @param options `clock` to wait on; `outer` aborts earlier.
 */
export function startDeadline(
  seconds: number,
  options: { readonly clock: Clock; readonly outer?: AbortSignal },
): Deadline {
  const controller = new AbortController();
  const stop = new AbortController();
  options.clock.sleep(seconds, stop.signal).then(
    () => controller.abort(new DeadlineError(seconds)),
    () => {},
  );
  const onOuter = () => controller.abort(options.outer?.reason);
  if (options.outer?.aborted) onOuter();
  options.outer?.addEventListener("abort", onOuter, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      options.outer?.removeEventListener("abort", onOuter);
      // An explicit reason: without one, every deadline that is met would create a DOMException and its stack.
      stop.abort(STOPPED);
    },
  };
}

/**
 * The deadline of what is done again and again, one at a time, and is nearly always done in time: one timer and one signal
 * for all of it. Once its signal has aborted it is of no more use.
 */
export class RepeatedDeadline implements Disposable {
  /** Aborts with a {@linkcode DeadlineError} when one took too long, or with the outer signal's reason. */
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #seconds: number;
  readonly #clock: Clock;
  #endsAt = Infinity;
  #isWatched = false;

  /** Takes the time allowed for each, in seconds; `outer` aborts earlier. */
  constructor(seconds: number, { clock, outer }: { readonly clock: Clock; readonly outer: AbortSignal }) {
    this.signal = this.#controller.signal;
    this.#seconds = seconds;
    this.#clock = clock;
    const onOuter = () => this.#controller.abort(outer.reason);
    if (outer.aborted) onOuter();
    else outer.addEventListener("abort", onOuter, { once: true, signal: this.signal });
  }

  /**
   * Starts the time of one.
   *
   * @returns Ends it when disposed.
   */
  start(): Disposable {
    this.#endsAt = this.#clock.monotonic() + this.#seconds;
    if (!this.#isWatched) void this.#watch();
    return { [Symbol.dispose]: () => void (this.#endsAt = Infinity) };
  }

  /** Aborts its signal, so that nothing waits for it or remembers it. */
  [Symbol.dispose](): void {
    this.#controller.abort(STOPPED);
  }

  async #watch(): Promise<void> {
    this.#isWatched = true;
    while (this.#endsAt < Infinity && !this.signal.aborted) {
      const left = this.#endsAt - this.#clock.monotonic();
      if (left > 0) await this.#clock.sleep(left, this.signal).catch(() => {});
      else this.#controller.abort(new DeadlineError(this.#seconds));
    }
    this.#isWatched = false;
  }
}

/**
 * Waits for a promise until a signal aborts.
 *
 * @param promise What to wait for; if it rejects after the wait has ended, the rejection is ignored.
 * @param signal Ends the wait.
 * @throws The signal's reason once it aborts.
 */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = () => {};
  try {
    signal.throwIfAborted();
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
    });
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    promise.catch(() => {});
  }
}
