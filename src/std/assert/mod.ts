/**
 * Assertions for tests: the functions of `@std/assert` that are used, under the same names.
 *
 * @module
 */
export { assert, assertFalse, fail, type Falsy } from "./assert.ts";
export { AssertionError } from "./assertion_error.ts";
export { equal } from "./equal.ts";
export { assertEquals, assertNotEquals, assertNotStrictEquals, assertStrictEquals } from "./equals.ts";
export { type ArrayLikeArg, assertArrayIncludes, assertObjectMatch } from "./includes.ts";
export { assertExists, assertInstanceOf } from "./kinds.ts";
export {
  assertAlmostEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
} from "./numbers.ts";
export { assertMatch, assertNotMatch, assertStringIncludes } from "./text.ts";
export { assertRejects, assertThrows } from "./throws.ts";
