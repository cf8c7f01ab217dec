import { suffixOf } from "./_message.ts";
import { AssertionError } from "./assertion_error.ts";

/** A class of errors, as `assertThrows` and `assertRejects` take it. */
export type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

interface Expectation<E extends Error> {
  readonly errorClass: ErrorClass<E> | undefined;
  readonly includes: string | undefined;
  readonly suffix: string;
}

/** Reads the two ways of calling: message alone, or class, part of the message and message. */
function expectationOf<E extends Error>(
  errorClassOrMsg: ErrorClass<E> | string | undefined,
  includesOrMsg: string | undefined,
  msg: string | undefined,
): Expectation<E> {
  return typeof errorClassOrMsg === "function"
    ? { errorClass: errorClassOrMsg, includes: includesOrMsg, suffix: suffixOf(msg) }
    : { errorClass: undefined, includes: undefined, suffix: suffixOf(errorClassOrMsg) };
}

function check<E extends Error>(error: unknown, { errorClass, includes, suffix }: Expectation<E>): void {
  if (errorClass === undefined) return;
  if (!(error instanceof Error)) throw new AssertionError(`A non-Error object was thrown${suffix}`);
  if (!(error instanceof errorClass)) {
    throw new AssertionError(
      `Expected error to be instance of "${errorClass.name}", but was "${error.constructor.name}"${suffix}`,
      { cause: error },
    );
  }
  if (includes !== undefined && !error.message.includes(includes)) {
    throw new AssertionError(
      `Expected error message to include ${JSON.stringify(includes)}, but got ${
        JSON.stringify(error.message)
      }${suffix}`,
      { cause: error },
    );
  }
}

/**
 * Asserts that a function throws.
 *
 * @param fn The function.
 * @param msg What it is about.
 * @returns What it threw.
 * @throws {AssertionError} When it does not throw.
 */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/**
 * Asserts that a function throws an error of a class.
 *
 * @param fn The function.
 * @param errorClass The class.
 * @param msgIncludes What the error's message must contain.
 * @param msg What it is about.
 * @returns The error.
 * @throws {AssertionError} When it does not throw, or something else.
 */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
/** The implementation of both. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClassOrMsg?: ErrorClass<E> | string,
  msgIncludesOrMsg?: string,
  msg?: string,
): unknown {
  const expectation = expectationOf(errorClassOrMsg, msgIncludesOrMsg, msg);
  try {
    fn();
  } catch (error) {
    check(error, expectation);
    return error;
  }
  throw new AssertionError(`Expected function to throw${expectation.suffix}`);
}

/**
 * Asserts that a promise is rejected.
 *
 * @param fn Starts it.
 * @param msg What it is about.
 * @returns The reason.
 * @throws {AssertionError} When it is fulfilled, or the function throws before it returns a promise.
 */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/**
 * Asserts that a promise is rejected with an error of a class.
 *
 * @param fn Starts it.
 * @param errorClass The class.
 * @param msgIncludes What the error's message must contain.
 * @param msg What it is about.
 * @returns The error.
 * @throws {AssertionError} When it is fulfilled, or rejected with something else.
 */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
/** The implementation of both. */
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClassOrMsg?: ErrorClass<E> | string,
  msgIncludesOrMsg?: string,
  msg?: string,
): Promise<unknown> {
  const expectation = expectationOf(errorClassOrMsg, msgIncludesOrMsg, msg);
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch (error) {
    throw new AssertionError(`Function throws when expected to reject${expectation.suffix}`, {
      cause: error,
    });
  }
  try {
    await promise;
  } catch (error) {
    check(error, expectation);
    return error;
  }
  throw new AssertionError(`Expected function to reject${expectation.suffix}`);
}
