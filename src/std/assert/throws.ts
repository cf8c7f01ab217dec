import { suffixOf } from "./_message.ts";
import { AssertionError } from "./assert.ts";

/** A class of errors. */
export type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

interface ErrorExpectation<E extends Error> {
  readonly errorClass: ErrorClass<E> | undefined;
  readonly includes: string | undefined;
  readonly suffix: string;
}

/** Reads both overloads: `(msg)` and `(errorClass, msgIncludes, msg)`. */
function expectationOf<E extends Error>(
  errorClassOrMsg: ErrorClass<E> | string | undefined,
  includesOrMsg: string | undefined,
  msg: string | undefined,
): ErrorExpectation<E> {
  return typeof errorClassOrMsg === "function"
    ? { errorClass: errorClassOrMsg, includes: includesOrMsg, suffix: suffixOf(msg) }
    : { errorClass: undefined, includes: undefined, suffix: suffixOf(errorClassOrMsg) };
}

function checkError<E extends Error>(
  error: unknown,
  { errorClass, includes, suffix }: ErrorExpectation<E>,
): void {
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

/** Asserts that a function throws; returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Asserts that a function throws an error of a class whose message contains `msgIncludes`; returns the error. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
/** Implements both overloads. */
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
    checkError(error, expectation);
    return error;
  }
  throw new AssertionError(`Expected function to throw${expectation.suffix}`);
}

/** Asserts that a promise is rejected (not that `fn` throws); returns the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Asserts that a promise is rejected with an error of a class whose message contains `msgIncludes`; returns it. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
/** Implements both overloads. */
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
    checkError(error, expectation);
    return error;
  }
  throw new AssertionError(`Expected function to reject${expectation.suffix}`);
}
