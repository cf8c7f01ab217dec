import { show, suffixOf } from "./_message.ts";
import { AssertionError } from "./assert.ts";
import { equal } from "./equal.ts";
import { assertEquals } from "./equals.ts";

/** A list. */
export type ArrayLikeArg<T> = ArrayLike<T> & object;

/** Asserts that a list contains every element of another, deeply compared, in any order. */
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

/** The properties of `actual` that `expected` also has, at every level, as plain objects. */
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

/** Asserts that an object has at least the properties of another, deeply. */
export function assertObjectMatch(
  actual: object,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void {
  assertEquals(intersect(actual, expected, new Map()), intersect(expected, expected, new Map()), msg);
}
