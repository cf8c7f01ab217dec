/**
 * Properties that are tried on what nobody thought of: for seconds in the usual run, for as long as `FUZZ_SECONDS` says
 * when that is set (per property). The program itself knows no such variable.
 *
 * @module
 */
import type { Parameters } from "fast-check";

/** A secret that is part of what is made up: no answer may repeat it. */
export const CANARY = "QzCanaryZq";

/**
 * How long a property is tried.
 *
 * @param runs How often in the usual run.
 */
export function budget<T>(runs: number): Parameters<T> {
  const seconds = Number(Deno.env.get("FUZZ_SECONDS") ?? 0);
  return seconds > 0
    ? { numRuns: 1_000_000_000, interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false }
    : { numRuns: runs };
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
