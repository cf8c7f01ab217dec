import { show, suffixOf } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";

/**
 * Asserts that a text matches an expression.
 *
 * @param actual The text.
 * @param expected The expression.
 * @param msg What it is about.
 * @throws {AssertionError} When it does not.
 */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (expected.test(actual)) return;
  throw new AssertionError(`Expected actual: ${show(actual)} to match: ${show(expected)}${suffixOf(msg)}`);
}

/**
 * Asserts that a text does not match an expression.
 *
 * @param actual The text.
 * @param expected The expression.
 * @param msg What it is about.
 * @throws {AssertionError} When it does.
 */
export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void {
  if (!expected.test(actual)) return;
  throw new AssertionError(
    `Expected actual: ${show(actual)} to not match: ${show(expected)}${suffixOf(msg)}`,
  );
}

/**
 * Asserts that a text contains another.
 *
 * @param actual The text.
 * @param expected What it must contain.
 * @param msg What it is about.
 * @throws {AssertionError} When it does not.
 */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (actual.includes(expected)) return;
  throw new AssertionError(`Expected actual: ${show(actual)} to contain: ${show(expected)}${suffixOf(msg)}`);
}
