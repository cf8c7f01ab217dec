/** Whether two objects have the same class; an object without a prototype counts as a plain one. */
function haveSameClass(a: object, b: object): boolean {
  const classes = [a, b].map((value): unknown => value.constructor ?? Object);
  return classes[0] === classes[1];
}

function isCollection(value: object): value is Set<unknown> | Map<unknown, unknown> {
  return value instanceof Set || value instanceof Map;
}

/** Compares two values and remembers the pairs it has begun, so that cycles end. */
class DeepComparison {
  readonly #seen = new Map<object, object>();

  areEqual(a: unknown, b: unknown): boolean {
    if (typeof a === "number" && typeof b === "number") {
      return a === b || (Number.isNaN(a) && Number.isNaN(b));
    }
    if (Object.is(a, b)) return true;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
    if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
    if ((a instanceof RegExp && b instanceof RegExp) || (a instanceof URL && b instanceof URL)) {
      return String(a) === String(b);
    }
    if (!haveSameClass(a, b)) return false;
    if (a instanceof Error && b instanceof Error && a.message !== b.message) return false;
    if (a instanceof WeakMap || a instanceof WeakSet) throw new TypeError("Cannot compare weak collections");
    if (this.#seen.get(a) === b) return true;
    this.#seen.set(a, b);
    if (isCollection(a) && isCollection(b)) return this.#collectionsAreEqual(a, b);
    return this.#propertiesAreEqual(a, b);
  }

  #collectionsAreEqual(
    a: Set<unknown> | Map<unknown, unknown>,
    b: Set<unknown> | Map<unknown, unknown>,
  ): boolean {
    if (a.size !== b.size) return false;
    const left = [...b.entries()];
    for (const [key, value] of a.entries()) {
      const index = left.findIndex(([otherKey, otherValue]) =>
        this.areEqual(key, otherKey) && this.areEqual(value, otherValue)
      );
      if (index === -1) return false;
      left.splice(index, 1);
    }
    return true;
  }

  #propertiesAreEqual(a: object, b: object): boolean {
    const keysOf = (value: object) =>
      Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
    const keys = keysOf(a);
    return keys.length === keysOf(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && this.areEqual(Reflect.get(a, key), Reflect.get(b, key)));
  }
}

/**
 * Whether two values are deeply equal; `NaN` equals `NaN`, and `0` equals `-0`.
 *
 * @throws {TypeError} For a `WeakMap` or `WeakSet`.
 */
export function equal(a: unknown, b: unknown): boolean {
  return new DeepComparison().areEqual(a, b);
}
