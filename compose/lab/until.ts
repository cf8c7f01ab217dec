/** Waiting for something to become true, with a deadline instead of a sleep. */

/** How long to wait. */
export interface WaitOptions {
  /** Seconds before giving up; 60 when not given: it is there to end what hangs, not to measure. */
  readonly seconds?: number;
  /** Gives up early. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks again and again until the answer is yes. An error counts as "not yet" and is named when time is up.
 *
 * @param what What is waited for, as in "Gave up waiting for …".
 * @throws {Error} When it did not happen in time
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
