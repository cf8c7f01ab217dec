import { Secret } from "./secret.ts";

/**
 * Whether two values of a configuration are deeply equal: secrets by their value, sets and maps in their order.
 *
 * @param a One value.
 * @param b The other value.
 */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Secret || b instanceof Secret) {
    return a instanceof Secret && b instanceof Secret && a.reveal() === b.reveal();
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const [left, right] = [entriesOf(a), entriesOf(b)];
  return left.length === right.length &&
    left.every(([key, value], index) => {
      const other = right[index];
      return other !== undefined && isSameValue(key, other[0]) && isSameValue(value, other[1]);
    });
}

function entriesOf(value: object): readonly (readonly [unknown, unknown])[] {
  if (value instanceof Map) return [...value];
  if (value instanceof Set) return [...value].map((each) => [each, each]);
  // An absent key equals an undefined one.
  return Object.entries(value).filter(([, each]) => each !== undefined).toSorted(([a], [b]) =>
    a < b ? -1 : 1
  );
}
