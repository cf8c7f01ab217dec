import { STOPPED_REASONS, type SubscriptionView } from "../domain/subscription.ts";
import type { ServerView, View } from "../domain/view.ts";
import type { ComparedSubscription } from "./published_sql.ts";

/** A standby to compare with its primary, or a subscriber with its publisher. */
export interface PlannedCheck {
  /** `system_identifier` of their cluster; key of the publisher's. */
  readonly systemIdentifier: string;
  /** Name of the primary or publisher. */
  readonly primary: string;
  /** Name of the standby or subscriber. */
  readonly standby: string;
  /** Key of the subscription on the subscriber; absent for a standby. */
  readonly subscription?: string;
  /** The subscription; absent for a standby, and when it cannot be compared. */
  readonly compared?: ComparedSubscription;
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

/**
 * Which subscriptions are compared with which publisher: those whose two servers are watched.
 *
 * @param view Everything known.
 * @param options Lag above which a subscription is skipped, seconds.
 */
export function planSubscriptions(
  view: View,
  { maxLagSeconds }: { readonly maxLagSeconds: number },
): readonly PlannedCheck[] {
  const servers = new Map(view.servers.map((each) => [each.server, each]));
  return view.subscriptions.flatMap((each): readonly PlannedCheck[] => {
    const { server, fact, publisher } = each;
    const subscriber = servers.get(server);
    if (publisher === null || subscriber === undefined || subscriber.aliasOf !== null) return [];
    const skip = subscriber.up
      ? reasonToSkipSubscription(each, { maxLagSeconds, source: servers.get(publisher.server) })
      : "The subscriber is unreachable";
    const database = publisher.slot?.database ?? "";
    return [{
      systemIdentifier: publisher.clusterKey ?? "",
      primary: publisher.server,
      standby: server,
      subscription: fact.subscription,
      skip,
      ...skip !== null || fact.oid === null ? {} : {
        compared: {
          name: fact.name,
          oid: fact.oid,
          database: fact.database,
          slot: fact.slot,
          publisherDatabase: database,
          publications: fact.publications,
          origin: fact.origin,
        },
      },
    }];
  });
}

function reasonToSkipSubscription(
  { fact, isFresh, publisher, reason, reasonText, lag }: SubscriptionView,
  { maxLagSeconds, source }: { readonly maxLagSeconds: number; readonly source: ServerView | undefined },
): string | null {
  if (!isFresh) return "The subscription was not read at the latest collection";
  if (source === undefined || !source.up) return "The publisher is unreachable";
  if (source.role !== "primary") return "The publisher is in recovery";
  if (reason !== null && STOPPED_REASONS.has(reason)) return reasonText;
  if (publisher === null || publisher.slot === null || publisher.by === "slot") {
    return `Nothing shows that it is the slot of "${source.server}" that the subscription reads`;
  }
  if (fact.oid === null) return "Its OID cannot be read: several databases have a subscription of its name";
  if (lag.seconds === null) {
    return `The subscription's lag is unknown${lag.unknownBecause && `: ${lag.unknownBecause}`}`;
  }
  if (lag.seconds <= maxLagSeconds) return null;
  return `The subscription is ${
    lag.seconds.toFixed(1)
  } s behind; --consistency.max-lag is ${maxLagSeconds} s`;
}
