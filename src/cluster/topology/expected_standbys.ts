import type { ServerSnapshot } from "../../domain/view.ts";

/** How many standbys a cluster should have. */
export interface Expectation {
  /** Standbys its primary should have. */
  readonly expectedStandbys: number;
  /** Whether servers that are admitted later are expected besides; not when absent. */
  readonly admittedAreExpected?: boolean;
}

/** What is expected of clusters that the configuration names, and of all others. */
export interface Expectations extends Expectation {
  /** By the user's name of the cluster; absent when the configuration names none. */
  readonly clusters?: ReadonlyMap<string, Expectation>;
}

/**
 * How many standbys each cluster should have now.
 *
 * @param expectations What is expected without the admitted ones.
 * @param admitted Servers that were admitted.
 * @returns The number by the user's name of the cluster.
 */
export function expectedByCluster(
  expectations: Expectations,
  admitted: readonly Pick<ServerSnapshot, "cluster">[],
): (cluster: string) => number {
  const { clusters } = expectations;
  return (cluster) => {
    const { expectedStandbys, admittedAreExpected } = clusters?.get(cluster) ?? expectations;
    if (!admittedAreExpected) return expectedStandbys;
    const isNamed = clusters?.has(cluster) ?? false;
    const besides = admitted.filter((each) =>
      isNamed ? each.cluster === cluster : !clusters?.has(each.cluster)
    );
    return expectedStandbys + besides.length;
  };
}
