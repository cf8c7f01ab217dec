/**
 * A password that cannot be printed by accident.
 *
 * @module
 */

/** What is shown instead of a secret. */
export const REDACTED = "***";

/** A secret; every conversion to text yields asterisks, except {@linkcode Secret.reveal}. */
export class Secret {
  readonly #value: string;

  /** Wraps a secret value. */
  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: only for the driver. */
  reveal(): string {
    return this.#value;
  }

  /** Redacted. */
  toString(): string {
    return REDACTED;
  }

  /** Redacted. */
  toJSON(): string {
    return REDACTED;
  }

  /** Redacted, for `console.log` and `Deno.inspect`. */
  [Symbol.for("Deno.customInspect")](): string {
    return REDACTED;
  }

  /** Redacted, for `node:util` inspect. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return REDACTED;
  }
}
