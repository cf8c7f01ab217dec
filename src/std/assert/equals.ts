import { diff, show, suffixOf } from "./_message.ts";
import { AssertionError } from "./assert.ts";
import { equal } from "./equal.ts";

/** Asserts that two values are deeply equal; the error shows the lines that differ. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) return;
  throw new AssertionError(
    `Values are not equal${suffixOf(msg)}\n\n[Diff] - actual, + expected\n\n${
      diff(show(actual), show(expected))
    }\n`,
  );
}

/** Asserts that two values are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!equal(actual, expected)) return;
  throw new AssertionError(`Expected actual: ${show(actual)} not to be: ${show(expected)}${suffixOf(msg)}`);
}

/** Asserts that two values are the same by `Object.is`. */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T {
  if (Object.is(actual, expected)) return;
  throw new AssertionError(
    `Values are not strictly equal${suffixOf(msg)}\n\n${diff(show(actual), show(expected))}\n`,
  );
}

/** Asserts that two values are not the same by `Object.is`. */
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!Object.is(actual, expected)) return;
  throw new AssertionError(`Expected "actual" to not be strictly equal to: ${show(actual)}${suffixOf(msg)}`);
}
