import type { CollectorName } from "../../domain/facts.ts";
import { furthestLsn, type Lsn } from "../../domain/lsn.ts";
import type { StandbyView } from "../../domain/standby.ts";
import type { ClusterStatus, ServerSnapshot, View } from "../../domain/view.ts";
import { clusterOf, type RowsOf, senderOf, serverNamed, standbyNamed } from "../findings/view_queries.ts";
import { serverFact } from "../topology/identity.ts";

/** A standby that is to be promoted, and those around it. */
export interface PreflightScene {
  /** Everything known. */
  readonly view: View;
  /** Its cluster. */
  readonly cluster: ClusterStatus;
  /** The standby: reached, and in recovery. */
  readonly candidate: ServerSnapshot;
  /** The same as a standby; null when the view does not know it as one. */
  readonly standing: StandbyView | null;
  /** The present primary, or who was it last; null when none was ever seen. */
  readonly primary: ServerSnapshot | null;
  /** Whether the primary is reached now. */
  readonly isPrimaryUp: boolean;
  /** How far the candidate has received, by its own word or its upstream's; null when unknown. */
  readonly received: Lsn | null;
  /** The cluster's other standbys. */
  readonly others: readonly StandbyView[];
}

/**
 * The first row of a collector as last read, however long ago.
 *
 * @param server The server; null when there is none.
 * @param collector The collector.
 */
export function lastRow<K extends CollectorName>(
  server: ServerSnapshot | null,
  collector: K,
): RowsOf<K>[number] | null {
  return server?.facts[collector]?.[0] ?? null;
}

/**
 * How far a standby has received, as far as anybody knows.
 *
 * @param view Everything known.
 * @param standby The standby.
 * @returns null when nobody knows.
 */
export function receivedOf(view: View, standby: StandbyView): Lsn | null {
  const own = standby.configured ? serverNamed(view, standby.name) : null;
  const fact = own === null ? null : serverFact(own);
  const sender = senderOf(view, standby);
  return furthestLsn(
    fact?.inRecovery === true ? fact.receivePosition : null,
    fact?.inRecovery === true ? fact.replayPosition : null,
    sender?.flushPosition,
    standby.lastPosition,
  );
}

/**
 * Sets the scene.
 *
 * @param view Everything known.
 * @param candidate The standby, which was reached.
 * @returns null when it is not known to which cluster it belongs.
 */
export function sceneOf(view: View, candidate: ServerSnapshot): PreflightScene | null {
  const cluster = clusterOf(view, candidate.server);
  if (cluster === null) return null;
  const standing = standbyNamed(view, candidate.server);
  const primary = primaryIn(view, cluster);
  const fact = serverFact(candidate);
  return {
    view,
    cluster,
    candidate,
    standing,
    primary,
    isPrimaryUp: primary?.up === true,
    received: standing === null
      ? furthestLsn(fact?.receivePosition, fact?.replayPosition)
      : receivedOf(view, standing),
    others: view.standbys.filter((each) =>
      each.systemIdentifier === cluster.systemIdentifier && each.name !== candidate.server
    ),
  };
}

/** Who writes; else who wrote last; else the only server that was never reached. */
function primaryIn(view: View, cluster: ClusterStatus): ServerSnapshot | null {
  const servers = cluster.servers.map((name) => serverNamed(view, name)).filter((each) => each !== null);
  const byTimeline = (a: ServerSnapshot, b: ServerSnapshot) =>
    (serverFact(b)?.timeline ?? 0) - (serverFact(a)?.timeline ?? 0);
  const [live] = servers.filter(({ server }) => cluster.primaries.includes(server)).toSorted(byTimeline);
  const [last] = servers.filter(({ up, role }) => !up && role === "primary").toSorted(byTimeline);
  const never = servers.filter(({ up, role }) => !up && role === null);
  return live ?? last ?? (never.length === 1 ? never[0] ?? null : null);
}
