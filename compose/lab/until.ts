/** Waits for a condition with a deadline instead of a sleep. */

/** How long to wait. */
export interface WaitOptions {
  /** Seconds before giving up; 60 when absent: a limit for what hangs, not a measurement. */
  readonly seconds?: number;
  /** Gives up early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Polls a condition until it holds. An error counts as "not yet" and is reported when the time is up.
 *
 * @param what What is waited for, as in "Gave up waiting for …".
 * @throws {Error} When it does not hold in time
 */
export async function until(
  what: string,
  predicate: () => Promise<boolean> | boolean,
  options: WaitOptions = {},
): Promise<void> {
  const seconds = options.seconds ?? 60;
  const deadline = performance.now() + seconds * 1000;
  let cause: unknown;
  for (let pauseMs = 5;; pauseMs = Math.min(50, pauseMs * 2)) {
    options.signal?.throwIfAborted();
    try {
      if (await predicate()) return;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) {
      const last = cause === undefined ? "it stayed false" : String(cause);
      throw new Error(`Gave up waiting for ${what} after ${seconds} s: ${last}`, { cause });
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
