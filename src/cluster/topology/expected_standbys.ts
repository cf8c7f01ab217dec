/** How many standbys clusters should have, by the configuration. */
export interface Expectations {
  /** Standbys that a cluster without a name should have; null when not configured. */
  readonly expectedStandbys: number | null;
  /** The same of named clusters; absent when there are none. */
  readonly clusters?: ReadonlyMap<string, number | null>;
}

/** What the number depends on. */
export interface ExpectingCluster {
  /** Name given by the user, "" when none. */
  readonly name: string;
  /** The number of its watched servers without those that are set up not to stream. */
  readonly servers: number;
  /** Whether it is a subscriber without standbys, and the name is also that of another cluster, which the number is for. */
  readonly isAside: boolean;
}

/**
 * How many standbys a cluster should have: the configured number; else all its watched servers but one, which is its
 * primary.
 *
 * @param expectations The configured numbers.
 * @param cluster The cluster.
 */
export function expectedStandbysOf(
  { expectedStandbys, clusters }: Expectations,
  { name, servers, isAside }: ExpectingCluster,
): number {
  if (isAside) return 0;
  const configured = clusters?.has(name) ? clusters.get(name) ?? null : expectedStandbys;
  return configured ?? Math.max(0, servers - 1);
}
