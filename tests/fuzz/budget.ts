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

/**
 * Runs a step that must be over soon: no input may take long.
 *
 * @param step The step.
 * @param seconds The longest it may take.
 */
export function soon<T>(step: () => T, seconds = 2): T {
  const start = performance.now();
  const result = step();
  const taken = (performance.now() - start) / 1000;
  if (taken > seconds) throw new Error(`It took ${taken.toFixed(1)} s, expected at most ${seconds} s`);
  return result;
}
