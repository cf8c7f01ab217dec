/** How many standbys clusters should have, as far as the configuration says. */
export interface Expectations {
  /** Standbys that a cluster without a name should have; null when the configuration does not say. */
  readonly expectedStandbys: number | null;
  /** The same of the clusters that the configuration names; absent when it names none. */
  readonly clusters?: ReadonlyMap<string, number | null>;
}

/**
 * How many standbys a cluster should have: the configured number; else all its watched servers but one, which is its
 * primary.
 *
 * @param expectations What the configuration says.
 * @param cluster Name given by the user, "" when none; and how many servers of it are watched, less those
 * that are set up not to stream.
 */
export function expectedStandbysOf(
  { expectedStandbys, clusters }: Expectations,
  { name, servers }: { readonly name: string; readonly servers: number },
): number {
  const configured = clusters?.has(name) ? clusters.get(name) ?? null : expectedStandbys;
  return configured ?? Math.max(0, servers - 1);
}
