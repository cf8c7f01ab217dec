import type { Remedy } from "../managers/remedy.ts";
import type { ClusterManager, Manager } from "../../domain/manager.ts";
import type { CollectorName } from "../../domain/facts.ts";
import { furthestLsn, type Lsn } from "../../domain/lsn.ts";
import type { StandbyView } from "../../domain/standby.ts";
import type { ClusterStatus, ServerSnapshot, ServerView, View } from "../../domain/view.ts";
import { clusterOf, type RowsOf, serverNamed, standbyNamed } from "../findings/view_queries.ts";
import { serverFact } from "../topology/identity.ts";
import type { PreflightPart, PreflightPoint, PreflightWeight } from "./preflight.ts";

/** A standby to be promoted, and its cluster. */
export interface PreflightContext {
  /** Everything known. */
  readonly view: View;
  /** Its cluster. */
  readonly cluster: ClusterStatus;
  /** The standby: up, and in recovery. */
  readonly candidate: ServerView;
  /** Its standby view; null when it is not known as a standby. */
  readonly standby: StandbyView | null;
  /** The primary of the cluster, live or last known; null when there never was one. */
  readonly primary: ServerView | null;
  /** Who manages the cluster; null when there is no sign of anybody. */
  readonly manager: ClusterManager | null;
  /** Whether the primary is up now. */
  readonly isPrimaryUp: boolean;
  /** The position that the candidate has received, by its own report or its upstream's; null when unknown. */
  readonly received: Lsn | null;
  /** The cluster's other standbys. */
  readonly others: readonly StandbyView[];
}

/** A point before it is known who carries out its advice. */
export interface DerivedPoint extends PreflightPoint {
  /** What the advice wants done; undefined when it holds under any manager. */
  readonly remedy: Remedy | undefined;
}

/** Makes points of one part. */
export function pointOn(
  part: PreflightPart,
): (weight: PreflightWeight, text: string, advice?: string, remedy?: Remedy) => DerivedPoint {
  return (weight, text, advice = "", remedy = undefined) => ({ part, weight, text, advice, remedy });
}

/** Who is in charge without doubt, so that nothing is done by hand; null when nobody is, or that is only likely. */
export function inCharge({ manager }: Pick<PreflightContext, "manager">): Manager | null {
  return manager?.certainty === "certain" ? manager.manager : null;
}

/** A sentence that continues another one: with a small first letter. */
export function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/**
 * The first row of a collector, as last read, even long ago.
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
 * The position that a standby has received, by any server's report.
 *
 * @returns null when unknown.
 */
export function receivedOf(view: View, standby: StandbyView): Lsn | null {
  const own = standby.configured ? serverNamed(view, standby.name) : null;
  const fact = own === null ? null : serverFact(own);
  return furthestLsn(
    fact?.inRecovery === true ? fact.receivePosition : null,
    fact?.inRecovery === true ? fact.replayPosition : null,
    standby.sender?.flushPosition,
    standby.lastPosition,
  );
}

/**
 * Makes the context.
 *
 * @param view Everything known.
 * @param candidate The standby, which is up.
 * @returns null when its cluster is unknown.
 */
export function preflightContextOf(view: View, candidate: ServerView): PreflightContext | null {
  const cluster = clusterOf(view, candidate.server);
  if (cluster === null) return null;
  const standby = standbyNamed(view, candidate.server);
  const primary = serverNamed(view, cluster.primary);
  const fact = serverFact(candidate);
  return {
    view,
    cluster,
    candidate,
    standby,
    primary,
    manager: cluster.manager,
    isPrimaryUp: primary?.up === true,
    received: standby === null
      ? furthestLsn(fact?.receivePosition, fact?.replayPosition)
      : receivedOf(view, standby),
    others: view.standbys.filter((each) => each.clusterKey === cluster.key && each.name !== candidate.server),
  };
}
