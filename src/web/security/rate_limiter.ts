import type { Clock } from "../../domain/clock.ts";
import type { RateLimit } from "./web_config.ts";

/** A token bucket of requests. */
export class RateLimiter {
  readonly #clock: Clock;
  #limit: RateLimit | null = null;
  #left = 0;
  #at = 0;

  /** Starts without a limit. */
  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /**
   * Whether one more request is allowed now; if so, it is counted.
   *
   * @param limit The current limit; null for none.
   */
  allows(limit: RateLimit | null): boolean {
    const now = this.#clock.monotonic();
    const isSame = limit?.burst === this.#limit?.burst &&
      limit?.intervalSeconds === this.#limit?.intervalSeconds;
    this.#limit = limit;
    if (limit === null) return true;
    this.#left = isSame
      ? Math.min(limit.burst, this.#left + (now - this.#at) / limit.intervalSeconds)
      : limit.burst;
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
