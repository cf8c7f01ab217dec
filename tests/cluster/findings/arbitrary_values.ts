/**
 * Values of which any view is made: few of each kind, so that they meet, and those at the edges.
 *
 * @module
 */
import * as fc from "fast-check";

export const NAMES = ["primary", "standby", "standby2"];

export const name = fc.constantFrom(...NAMES);
/** Unconfigured standbys come from sender rows. */
export const anyName = fc.constantFrom(...NAMES, "reports", "reports#2");
export const slotName = fc.constantFrom("", "primary", "standby", "s1", "pg_walreceiver_9");
export const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
export const seconds = fc.constantFrom(-1, 0, 0.5, 10, 100, 1000, 1e6);
export const bytes = fc.constantFrom(-1e8, 0, 1, 2 ** 24, 2 ** 34, 2 ** 60);
export const age = fc.constantFrom(0, 1, 2e7, 6e8);
export const lsn = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
export const version = fc.constantFrom(130023, 150018, 150019, 180004, 190000);

/** A record of which any part may be as usual. */
export function some<T extends object>(parts: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }) {
  return fc.record(parts, { requiredKeys: [] });
}
