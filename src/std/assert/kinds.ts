import { show, suffixOf } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";

/**
 * Asserts that a value is neither null nor undefined.
 *
 * @param actual The value.
 * @param msg What it is about.
 * @throws {AssertionError} When it is.
 */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual !== undefined && actual !== null) return;
  throw new AssertionError(`Expected actual: "${actual}" to not be null or undefined${suffixOf(msg)}`);
}

/**
 * Asserts that a value is an instance of a class.
 *
 * @param actual The value.
 * @param expectedType The class.
 * @param msg What it is about.
 * @throws {AssertionError} When it is not.
 */
export function assertInstanceOf<T>(
  actual: unknown,
  expectedType: abstract new (...args: never[]) => T,
  msg = "",
): asserts actual is T {
  if (actual instanceof expectedType) return;
  const found = typeof actual === "object" && actual !== null
    ? `an instance of "${actual.constructor?.name ?? "Object"}"`
    : show(actual);
  throw new AssertionError(
    `Expected object to be an instance of "${expectedType.name}" but was ${found}${suffixOf(msg)}`,
  );
}
