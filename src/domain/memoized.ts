/**
 * A function that derives something of an object once, for as long as the object lives; the object must not change.
 *
 * @param derive Derives it.
 */
export function memoized<K extends WeakKey, T>(derive: (of: K) => T): (of: K) => T {
  const known = new WeakMap<K, { readonly derived: T }>();
  return (of) => {
    const before = known.get(of);
    if (before !== undefined) return before.derived;
    const derived = derive(of);
    known.set(of, { derived });
    return derived;
  };
}
