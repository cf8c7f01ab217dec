import type { RouteVerdict } from "./judge.ts";

/** A standby whose lag exceeded the limit returns when the lag is below this share of it. */
export const RETURN_SHARE = 0.8;

/** And has been below it for this long, seconds. */
export const RETURN_AFTER_SECONDS = 3;

/** Questions that are remembered; when full, the one updated least recently is forgotten. */
const MAX_QUESTIONS = 1000;

/**
 * Remembers standbys whose lag exceeded a limit: they are taken out at once, and return only when the lag has been
 * clearly below the limit for a while, so that a lag near the limit does not change the answer with every check.
 */
export class RouteMemory {
  /** When the lag was last above the share of the limit, our monotonic seconds, by question. */
  readonly #laggedAt = new Map<string, number>();

  /**
   * Decides, with earlier decisions in mind.
   *
   * @param key The question: server, route and limits.
   * @param question `now`: our monotonic seconds; `judge` decides with the limits multiplied by a share.
   * @returns The decision; null when `judge` knows no such server.
   */
  decide(
    key: string,
    question: { readonly now: number; judge(share: number): RouteVerdict | null },
  ): RouteVerdict | null {
    const { now, judge } = question;
    const verdict = judge(1);
    if (verdict?.isLagging) this.#remember(key, now);
    const laggedAt = this.#laggedAt.get(key);
    if (verdict === null || !verdict.isEligible || laggedAt === undefined) return verdict;
    const strict = judge(RETURN_SHARE);
    if (strict === null || !strict.isEligible) {
      this.#remember(key, now);
      return stillOut(
        `is still above ${RETURN_SHARE * 100} % of it${strict === null ? "" : `: ${strict.reason}`}`,
      );
    }
    if (now - laggedAt < RETURN_AFTER_SECONDS) {
      return stillOut(`has been below ${RETURN_SHARE * 100} % of it for less than ${RETURN_AFTER_SECONDS} s`);
    }
    this.#laggedAt.delete(key);
    return verdict;
  }

  #remember(key: string, now: number): void {
    this.#laggedAt.delete(key);
    this.#laggedAt.set(key, now);
    if (this.#laggedAt.size <= MAX_QUESTIONS) return;
    for (const oldest of this.#laggedAt.keys()) {
      this.#laggedAt.delete(oldest);
      break;
    }
  }
}

function stillOut(why: string): RouteVerdict {
  return { isEligible: false, isLagging: true, reason: `Its lag exceeded the limit and ${why}` };
}
