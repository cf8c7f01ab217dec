import type { RouteVerdict } from "./judge.ts";

/** What was decided last for one question. */
interface Last {
  readonly isOut: boolean;
  /** When it last lagged too much: our monotonic seconds. */
  readonly laggedAt: number;
}

/** A standby that lagged too much comes back when its lag is below this share of the limit. */
export const RETURN_SHARE = 0.8;

/** And not before it has been below it for this long, seconds. */
export const RETURN_AFTER_SECONDS = 3;

/** Questions whose last decision is remembered; the one that was not asked for the longest time is forgotten first. */
const MOST_QUESTIONS = 1000;

/**
 * Remembers decisions, so that a standby whose lag is about at its limit is not taken out and put back with every check:
 * it goes out at once, and comes back when it has been clearly below the limit for a while.
 */
export class RouteMemory {
  readonly #last = new Map<string, Last>();

  /**
   * Decides with what was decided before.
   *
   * @param key What is asked: server, route and limits.
   * @param question `now`: our monotonic seconds; `judge` decides with the limits multiplied by a share.
   * @returns The decision; null when `judge` knows no such server.
   */
  decide(
    key: string,
    question: { readonly now: number; judge(share: number): RouteVerdict | null },
  ): RouteVerdict | null {
    const { now, judge } = question;
    const verdict = judge(1);
    if (verdict === null) return null;
    if (!verdict.isEligible) {
      if (verdict.isLagging) this.#remember(key, { isOut: true, laggedAt: now });
      return verdict;
    }
    const last = this.#last.get(key);
    if (last === undefined || !last.isOut) return verdict;
    const strict = judge(RETURN_SHARE);
    if (strict === null || !strict.isEligible) {
      this.#remember(key, { isOut: true, laggedAt: now });
      const reason = strict === null ? "" : `: ${strict.reason}`;
      return {
        isEligible: false,
        isLagging: true,
        reason: `It lagged too much and is not well below the limit yet${reason}`,
      };
    }
    if (now - last.laggedAt < RETURN_AFTER_SECONDS) {
      return {
        isEligible: false,
        isLagging: true,
        reason: `It lagged too much less than ${RETURN_AFTER_SECONDS} s ago`,
      };
    }
    this.#last.delete(key);
    return verdict;
  }

  #remember(key: string, last: Last): void {
    this.#last.delete(key);
    this.#last.set(key, last);
    if (this.#last.size <= MOST_QUESTIONS) return;
    for (const oldest of this.#last.keys()) {
      this.#last.delete(oldest);
      break;
    }
  }
}
