/**
 * The clock, passed as an argument so that tests need no sleeps.
 *
 * @module
 */

/** Source of time. Durations are always differences of {@linkcode Clock.monotonic}. */
export interface Clock {
  /** Seconds since an arbitrary origin; never steps back. */
  monotonic(): number;
  /** Unix time in seconds, for timestamps only, never for durations. */
  wall(): number;
  /**
   * Waits.
   *
   * @param seconds How long, in seconds.
   * @param signal Ends the wait early; the promise rejects with the signal's reason.
   */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
}

/** The system clock. */
export const systemClock: Clock = {
  monotonic: () => performance.now() / 1000,
  wall: () => Date.now() / 1000,
  sleep: (seconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, Math.max(0, seconds * 1000));
      signal?.addEventListener("abort", onAbort, { once: true });
    }),
};
