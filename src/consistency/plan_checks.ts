import type { ServerView, View } from "../domain/view.ts";

/** A check to be made, or why not. */
export interface PlannedCheck {
  /** `system_identifier` of their cluster. */
  readonly systemIdentifier: string;
  /** Name of the primary. */
  readonly primary: string;
  /** Name of the standby. */
  readonly standby: string;
  /** Why it is not to be made now; null when it is. */
  readonly skip: string | null;
}

/**
 * Which standbys are compared with which primary.
 *
 * A cluster with no primary, or two, has nothing to compare with. A standby that is promoted is none; a cascading one
 * is compared with the primary like any other, as positions are the same all the way down.
 *
 * @param view Everything known.
 * @param options The lag above which a standby is left alone, seconds.
 */
export function planChecks(
  view: View,
  { maxLagSeconds }: { readonly maxLagSeconds: number },
): readonly PlannedCheck[] {
  return view.clusters.flatMap(({ systemIdentifier, primaries, servers }) => {
    const [primary, second] = primaries;
    if (primary === undefined || second !== undefined) return [];
    return view.servers
      .filter(({ server, role }) => servers.includes(server) && role === "standby")
      .map((server) => ({
        systemIdentifier,
        primary,
        standby: server.server,
        skip: reasonToSkip(server),
      }));

    function reasonToSkip({ up, isStranded, lag }: ServerView) {
      if (!up) return "It is not reached";
      if (isStranded) return "It is on a timeline that its cluster has left";
      if (lag === null || lag.seconds === null) {
        return lag === null || lag.unknownBecause === ""
          ? "Its lag is not known"
          : `Its lag is not known: ${lag.unknownBecause}`;
      }
      return lag.seconds > maxLagSeconds
        ? `It is ${
          lag.seconds.toFixed(1)
        } s behind; up to ${maxLagSeconds} s (--consistency.max-lag) it is read`
        : null;
    }
  });
}
