import type { ServerView, View } from "../domain/view.ts";

/** A standby to compare with its primary. */
export interface PlannedCheck {
  /** `system_identifier` of their cluster. */
  readonly systemIdentifier: string;
  /** Name of the primary. */
  readonly primary: string;
  /** Name of the standby. */
  readonly standby: string;
  /** Why it is not compared now; null when it is. */
  readonly skip: string | null;
}

/**
 * Which standbys are compared with which primary.
 *
 * A cluster whose primary is unreachable, or that has two, has none to compare with. A cascading standby is compared with the primary
 * like any other: positions are the same all the way down.
 *
 * @param view Everything known.
 * @param options Lag above which a standby is skipped, seconds.
 */
export function planChecks(
  view: View,
  { maxLagSeconds }: { readonly maxLagSeconds: number },
): readonly PlannedCheck[] {
  return view.clusters.flatMap(({ systemIdentifier, primary, primaries, servers }) => {
    if (primary === null || primaries.length !== 1 || primaries[0] !== primary) return [];
    return view.servers
      .filter(({ server, role }) => servers.includes(server) && role === "standby")
      .map((server) => ({
        systemIdentifier,
        primary,
        standby: server.server,
        skip: reasonToSkip(server),
      }));
  });

  function reasonToSkip({ up, isStranded, lag }: ServerView): string | null {
    if (!up) return "The standby is unreachable";
    if (isStranded) return "The standby is on a timeline that its cluster has left";
    if (lag === null || lag.seconds === null) {
      return `The standby's lag is unknown${lag?.unknownBecause ? `: ${lag.unknownBecause}` : ""}`;
    }
    if (lag.seconds <= maxLagSeconds) return null;
    return `The standby is ${lag.seconds.toFixed(1)} s behind; --consistency.max-lag is ${maxLagSeconds} s`;
  }
}
