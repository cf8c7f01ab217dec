/**
 * Properties that are tried on what nobody thought of: for seconds in the usual run, for as long as `FUZZ_SECONDS` says
 * when that is set (per property). The program itself knows no such variable.
 *
 * @module
 */
import fc from "fast-check";

/** A secret that is part of what is made up: no answer may repeat it. */
export const CANARY = "QzCanaryZq";

/**
 * Tries a property: as often as said, and again and again until the time of `FUZZ_SECONDS` is over.
 *
 * @param property The property.
 * @param runs How often in the usual run.
 */
export async function fuzz<T>(property: fc.IRawProperty<T>, runs: number): Promise<void> {
  const end = performance.now() + Number(Deno.env.get("FUZZ_SECONDS") ?? 0) * 1000;
  // Each round whole: one that is cut off would leave its connections open.
  do await fc.assert(property, { numRuns: runs }); while (performance.now() < end);
}

/** How often a step is tried that took too long: a machine that stalls spoils some tries, a slow step all of them. */
const MOST_TRIES = 5;

/**
 * Runs a step that must be over soon, whether it returns or throws: no input may take long. One that takes longer is
 * tried again, so that it is the step that is judged and not the machine.
 *
 * @param step The step, which does the same each time.
 * @param seconds The longest it may take.
 * @throws {SlowError} When it took longer at every try; else what the step throws.
 */
export function soon<T>(step: () => T, seconds = 2): T {
  for (let attempt = 1;; attempt++) {
    const start = performance.now();
    let outcome: () => T;
    try {
      const result = step();
      outcome = () => result;
    } catch (error) {
      outcome = () => {
        throw error;
      };
    }
    const taken = (performance.now() - start) / 1000;
    if (taken <= seconds) return outcome();
    if (attempt === MOST_TRIES) throw new SlowError(taken, seconds);
  }
}

/** A step took too long. */
export class SlowError extends Error {
  /** Class name. */
  override readonly name = "SlowError";

  /** Says how long. */
  constructor(taken: number, seconds: number) {
    super(`It took ${taken.toFixed(1)} s, expected at most ${seconds} s`);
  }
}
