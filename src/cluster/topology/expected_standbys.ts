/** How many standbys clusters should have, by the configuration. */
export interface Expectations {
  /** Standbys that a cluster without a name should have; null when not configured. */
  readonly expectedStandbys: number | null;
  /** The same of named clusters; absent when there are none. */
  readonly clusters?: ReadonlyMap<string, number | null>;
}

/**
 * How many standbys a cluster should have: the configured number; else all its watched servers but one, which is its
 * primary.
 *
 * @param expectations The configured numbers.
 * @param cluster Name given by the user, "" when none; and the number of its watched servers without those that are set
 * up not to stream.
 */
export function expectedStandbysOf(
  { expectedStandbys, clusters }: Expectations,
  { name, servers }: { readonly name: string; readonly servers: number },
): number {
  const configured = clusters?.has(name) ? clusters.get(name) ?? null : expectedStandbys;
  return configured ?? Math.max(0, servers - 1);
}
