import { AssertionError } from "./assertion_error.ts";

/** Values that count as false. */
export type Falsy = false | 0 | 0n | "" | null | undefined;

/**
 * Asserts that a value is truthy.
 *
 * @param expr The value.
 * @param msg What to say when it is not.
 * @throws {AssertionError} When it is falsy.
 */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/**
 * Asserts that a value is falsy.
 *
 * @param expr The value.
 * @param msg What to say when it is not.
 * @throws {AssertionError} When it is truthy.
 */
export function assertFalse(expr: unknown, msg = ""): asserts expr is Falsy {
  if (expr) throw new AssertionError(msg);
}

/**
 * Fails.
 *
 * @param msg Why.
 * @throws {AssertionError} Always.
 */
export function fail(msg?: string): never {
  throw new AssertionError(`Failed assertion${msg ? `: ${msg}` : "."}`);
}
