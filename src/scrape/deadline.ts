/**
 * A moment after which waiting ends.
 *
 * @module
 */
import type { Clock } from "../domain/clock.ts";
import { DeadlineError } from "../postgres/trouble.ts";

const STOPPED = "stopped";

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
      // With a reason of ours: a DOMException, and its stack, would be made for every deadline that is kept.
      stop.abort(STOPPED);
    },
  };
}
