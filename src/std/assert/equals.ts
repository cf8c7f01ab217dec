import { diff, show, suffixOf } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";
import { equal } from "./equal.ts";

/**
 * Asserts that two values are deeply equal.
 *
 * @param actual The value found.
 * @param expected The value wanted.
 * @param msg What it is about.
 * @throws {AssertionError} When they differ; the message shows where.
 */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) return;
  throw new AssertionError(
    `Values are not equal${suffixOf(msg)}\n\n[Diff] - actual, + expected\n\n${
      diff(show(actual), show(expected))
    }\n`,
  );
}

/**
 * Asserts that two values are not deeply equal.
 *
 * @param actual The value found.
 * @param expected The value that it must not be.
 * @param msg What it is about.
 * @throws {AssertionError} When they are equal.
 */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!equal(actual, expected)) return;
  throw new AssertionError(`Expected actual: ${show(actual)} not to be: ${show(expected)}${suffixOf(msg)}`);
}

/**
 * Asserts that two values are the same by `Object.is`.
 *
 * @param actual The value found.
 * @param expected The value wanted.
 * @param msg What it is about.
 * @throws {AssertionError} When they are not.
 */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T {
  if (Object.is(actual, expected)) return;
  throw new AssertionError(
    `Values are not strictly equal${suffixOf(msg)}\n\n${diff(show(actual), show(expected))}\n`,
  );
}

/**
 * Asserts that two values are not the same by `Object.is`.
 *
 * @param actual The value found.
 * @param expected The value that it must not be.
 * @param msg What it is about.
 * @throws {AssertionError} When they are.
 */
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!Object.is(actual, expected)) return;
  throw new AssertionError(`Expected "actual" to not be strictly equal to: ${show(actual)}${suffixOf(msg)}`);
}
