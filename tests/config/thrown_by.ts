/**
 * What a call throws.
 *
 * @module
 */

/** What a call throws; `undefined` when it returns. */
export function thrownBy(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  return undefined;
}
