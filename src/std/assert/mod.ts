/**
 * Stand-in for the parts of `@std/assert` 1.x that are used: same names, signatures and behavior.
 *
 * Every assertion throws an `AssertionError` when it does not hold; `msg` is added to its message.
 *
 * @module
 */
export {
  assert,
  assertExists,
  assertFalse,
  assertInstanceOf,
  AssertionError,
  fail,
  type Falsy,
} from "./assert.ts";
export {
  assertAlmostEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "./compare.ts";
export { equal } from "./equal.ts";
export { assertEquals, assertNotEquals, assertNotStrictEquals, assertStrictEquals } from "./equals.ts";
export { type ArrayLikeArg, assertArrayIncludes, assertObjectMatch } from "./includes.ts";
export { assertRejects, assertThrows } from "./throws.ts";
