import { show, suffixOf } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";

/**
 * Asserts that two numbers are close.
 *
 * @param actual The number found.
 * @param expected The number wanted.
 * @param tolerance The largest difference; a ten-millionth of `expected` when absent.
 * @param msg What it is about.
 * @throws {RangeError} When the tolerance is negative.
 * @throws {AssertionError} When they are further apart.
 */
export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, msg?: string): void {
  if (Object.is(actual, expected)) return;
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  if (allowed < 0) {
    throw new RangeError(
      `Cannot assert almost equality: tolerance must be a positive number or 0, is ${allowed}`,
    );
  }
  const delta = Math.abs(expected - actual);
  if (delta <= allowed) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to be close to "${expected}": delta "${delta}" is greater than "${allowed}"${
      suffixOf(msg)
    }`,
  );
}

function failComparison(actual: unknown, words: string, expected: unknown, msg: string | undefined): never {
  throw new AssertionError(`Expect ${show(actual)} ${words} ${show(expected)}${suffixOf(msg)}`);
}

/**
 * Asserts `actual > expected`.
 *
 * @param actual The value found.
 * @param expected The value it must exceed.
 * @param msg What it is about.
 * @throws {AssertionError} When it does not.
 */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual > expected)) failComparison(actual, ">", expected, msg);
}

/**
 * Asserts `actual >= expected`.
 *
 * @param actual The value found.
 * @param expected The least it may be.
 * @param msg What it is about.
 * @throws {AssertionError} When it is less.
 */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual >= expected)) failComparison(actual, ">=", expected, msg);
}

/**
 * Asserts `actual < expected`.
 *
 * @param actual The value found.
 * @param expected The value it must stay below.
 * @param msg What it is about.
 * @throws {AssertionError} When it does not.
 */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual < expected)) failComparison(actual, "<", expected, msg);
}

/**
 * Asserts `actual <= expected`.
 *
 * @param actual The value found.
 * @param expected The most it may be.
 * @param msg What it is about.
 * @throws {AssertionError} When it is more.
 */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual <= expected)) failComparison(actual, "<=", expected, msg);
}
