/**
 * Which clusters have anything to do with one: what is true of them can be derived without all others.
 *
 * @module
 */
import type { ServerSnapshot } from "../domain/view.ts";
import type { LatestReadings } from "./memory/latest_readings.ts";

/**
 * Names of the clusters that share a system identifier with those of one name, because one is a copy of the other or both
 * are one.
 *
 * @param cluster The name that the user gave; "" without one.
 * @param readings The latest reading of every server.
 * @returns null when they replicate logically: that may connect any clusters.
 */
export function relatedNames(
  cluster: string,
  readings: Pick<LatestReadings, "named" | "identifierOf" | "withIdentifier">,
): ReadonlySet<string> | null {
  const names = new Set([cluster]);
  const identifiers = new Set<string>();
  // A set that grows while it is iterated is iterated to its end.
  for (const name of names) {
    for (const snapshot of readings.named(name)) {
      if (replicatesLogically(snapshot)) return null;
      const identifier = readings.identifierOf(snapshot.server);
      if (identifier === null || identifiers.has(identifier)) continue;
      identifiers.add(identifier);
      for (const other of readings.withIdentifier(identifier)) names.add(other.cluster);
    }
  }
  return names;
}

function replicatesLogically({ facts }: ServerSnapshot): boolean {
  return (facts.subscriptions ?? []).length > 0 ||
    facts.slots?.some(({ type }) => type === "logical") === true;
}
