import { show, suffixOf } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";
import { equal } from "./equal.ts";
import { assertEquals } from "./equals.ts";

/** A list, as `assertArrayIncludes` takes it. */
export type ArrayLikeArg<T> = ArrayLike<T> & object;

/**
 * Asserts that a list contains every element of another, deeply compared, in any order.
 *
 * @param actual The list found.
 * @param expected What it must contain.
 * @param msg What it is about.
 * @throws {AssertionError} When an element is missing.
 */
export function assertArrayIncludes<T>(
  actual: ArrayLikeArg<T>,
  expected: ArrayLikeArg<T>,
  msg?: string,
): void {
  const found = Array.from(actual);
  const missing = Array.from(expected).filter((wanted) => !found.some((element) => equal(element, wanted)));
  if (missing.length === 0) return;
  throw new AssertionError(
    `Expected actual: "${show(actual)}" to include: "${show(expected)}"${suffixOf(msg)}\nmissing: ${
      show(missing)
    }`,
  );
}

/** The part of `actual` that `expected` also speaks of, as plain objects all the way down. */
function intersect(actual: object, expected: object, seen: Map<object, object>): object {
  if (seen.get(actual) === expected) return actual;
  seen.set(actual, expected);
  const entries = Reflect.ownKeys(actual).filter((key) => key in expected && key !== "length").map((key) => {
    const value: unknown = Reflect.get(actual, key);
    const wanted: unknown = Reflect.get(expected, key);
    if (typeof value !== "object" || value === null || typeof wanted !== "object" || wanted === null) {
      return [key, value];
    }
    if (value instanceof Map && wanted instanceof Map) {
      return [key, new Map([...value].filter(([name]) => wanted.has(name)))];
    }
    if (value instanceof Set && wanted instanceof Set) {
      return [key, new Set([...value].filter((element) => wanted.has(element)))];
    }
    if (value instanceof RegExp || value instanceof Date || value instanceof URL) return [key, value];
    return [key, intersect(value, wanted, seen)];
  });
  return Object.fromEntries(entries);
}

/**
 * Asserts that an object has at least the properties of another, deeply.
 *
 * @param actual The object found.
 * @param expected The properties it must have.
 * @param msg What it is about.
 * @throws {AssertionError} When one is missing or different.
 */
export function assertObjectMatch(
  actual: object,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void {
  assertEquals(intersect(actual, expected, new Map()), intersect(expected, expected, new Map()), msg);
}
