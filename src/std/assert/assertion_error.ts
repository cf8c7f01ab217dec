/**
 * Stand-in for the parts of `@std/assert` 1.x that are used: same names, signatures and meaning.
 *
 * @module
 */

/** Thrown by every assertion that does not hold. */
export class AssertionError extends Error {
  /**
   * Describes a failed assertion.
   *
   * @param message What was expected and what was found.
   * @param options Standard error options, such as the cause.
   */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}
