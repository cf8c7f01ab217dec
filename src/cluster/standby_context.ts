/**
 * One standby at one moment, with its upstream and its reference. Made once; everything about it is derived from this.
 *
 * @module
 */
import type { ReceiverFact, RecoveryFact, SlotFact } from "../domain/facts.ts";
import type { StandbyLag } from "../domain/lag.ts";
import { furthestLsn, type Lsn } from "../domain/lsn.ts";
import { memoized } from "../domain/memoized.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import { type ClusterContext, type RememberedGroup, topologyOf } from "./cluster_context.ts";
import { referenceOf } from "./lag/reference_primary.ts";
import type { PositionHistory, PositionSample } from "./lag/position_history.ts";
import { deriveLagWithoutPrimary, deriveStandbyLag, type LagInput } from "./lag/standby_lag.ts";
import type { ServerMemory, TimelinePosition } from "./memory/server_memory.ts";
import type { Observations } from "./memory/standby_observations.ts";
import type { UnconfiguredStandby } from "./memory/unconfigured_standbys.ts";
import { type ClusterTopology, isStandby, ownNameIn } from "./topology/cluster_topology.ts";
import { deriveConnected } from "./topology/connected.ts";
import { serverFact, timelineOf } from "./topology/identity.ts";
import { knownReceiver, receivedPosition } from "./topology/receiver_facts.ts";
import { slotOf, upstreamPlaceOf } from "./topology/standby_place.ts";

/** One standby, its upstream, its sender row and slot there, and what it is measured against. */
export interface StandbyContext extends LagInput {
  /** Its WAL receiver; null when none runs, undefined when that or the next is unknown: it is unreachable. */
  readonly receiver: ReceiverFact | null | undefined;
  /** Its row of the `recovery` collector. */
  readonly recovery: RecoveryFact | null;
  /** Its slot at the upstream, as last read; null when it has none, or unknown. */
  readonly slot: SlotFact | null;
  /** Whether it receives WAL by streaming, as its receiver or its upstream reports; null when unknown. */
  readonly connected: boolean | null;
  /** When `connected` last changed: our monotonic seconds; null when it has not changed since first seen. */
  readonly connectedChangedAt: number | null;
  /** Whether it is on a timeline that its cluster has left. */
  readonly stranded: boolean;
  /** Its lag against that. */
  readonly lag: StandbyLag;
  /** The furthest position it has received, samples between collections included; null when unreachable. */
  readonly received: Lsn | null;
  /** The furthest position it has flushed; null when unreachable. */
  readonly flushed: Lsn | null;
  /** The furthest position it has replayed; null when unreachable. */
  readonly replayed: Lsn | null;
  /** Seconds since the primary's WAL passed what it has received, by the lag clock; null when unknown. */
  readonly receivedLagSeconds: number | null;
  /** The furthest position known of its primary; null when unknown. */
  readonly primaryPosition: Lsn | null;
  /** Position of its primary when its own positions, else its row, were last read; null when unknown. */
  readonly primaryPositionThen: Lsn | null;
  /** Its recent replay positions; null when they are not reported now. */
  readonly replay: PositionHistory | null;
  /** What is remembered of its primary; null when that is unreachable. */
  readonly primaryMemory: ServerMemory | null;
  /** What was observed of it over time. */
  readonly observations: Observations;
}

/** Every standby of a cluster: configured ones in configured order, then those that nobody configured. */
export function standbyContextsOf(cluster: ClusterContext): readonly StandbyContext[] {
  return sitesOf(cluster.group).map((site) => completeContext(measuredOf(site, cluster), cluster));
}

/** A standby, and its lag at one moment. */
export type StandbyWithLag = Pick<StandbyContext, "name" | "own" | "connected" | "lag">;

/** The same standbys with nothing but their lags, which is a fraction of the work. */
export function standbyLagsOf(cluster: ClusterContext): readonly StandbyWithLag[] {
  return sitesOf(cluster.group).map((site) => measuredOf(site, cluster));
}

/** What of a standby changes only when more than positions is read. */
type StandbySite =
  & Pick<StandbyContext, "name" | "own" | "upstream" | "lastUpstream" | "sender" | "connected">
  & { readonly unconfigured: UnconfiguredStandby | null };

/** A cluster at any moment at which its servers are these. */
type PlacedCluster = RememberedGroup & ClusterTopology;

const sitesOf = memoized((group: RememberedGroup): readonly StandbySite[] => {
  const cluster: PlacedCluster = { ...group, ...topologyOf(group) };
  const { senders: { joined, accounted, unassigned }, memory } = cluster;
  const configured = cluster.servers.filter((server) => isStandby(server, cluster));
  // Until a server was read for the first time, its row was that of a standby that nobody configured.
  const taken = new Set([...joined.values(), ...accounted, ...unassigned].map(({ sender }) => sender));
  const unconfigured = memory.unconfigured.all.filter(({ row }) => row === null || !taken.has(row));
  return [
    ...configured.map((server) => siteOfServer(server, cluster)),
    ...unconfigured.map((standby) => siteOfUnconfigured(standby, cluster)),
  ];
});

/**
 * Servers by the process at their primary that sends WAL to them, by the primary: what that process reports is all that a
 * sample of them would show. One that sends WAL itself, or that takes part in logical replication, has more to show.
 */
export const fedStandbysOf: (group: RememberedGroup) => ReadonlyMap<string, ReadonlyMap<number, string>> =
  memoized((group) => {
    const fed = new Map<string, Map<number, string>>();
    for (const { name, own, upstream, sender } of sitesOf(group)) {
      if (own === null || sender === null || upstream?.up !== true || upstream.role !== "primary") continue;
      const { senders, slots, subscriptions = [] } = own.facts;
      const isPlain = senders?.length === 0 && subscriptions.length === 0 &&
        slots?.some(({ type }) => type === "logical") !== true;
      if (!own.up || own.role !== "standby" || !isPlain) continue;
      const names = fed.get(upstream.server) ?? new Map<number, string>();
      fed.set(upstream.server, names.set(sender.pid, name));
    }
    return fed;
  });

function siteOfServer(own: ServerSnapshot, cluster: PlacedCluster): StandbySite {
  return {
    name: own.server,
    own,
    ...upstreamPlaceOf(own, cluster, cluster.memory.connections.of(own.server)?.upstream ?? null),
    connected: deriveConnected(own, cluster.servers, cluster.senders),
    unconfigured: null,
  };
}

function siteOfUnconfigured(standby: UnconfiguredStandby, cluster: PlacedCluster): StandbySite {
  const { name, connected, row } = standby;
  const lastUpstream = ownNameIn(cluster, standby.upstream);
  const upstream = cluster.index.named(lastUpstream);
  return { name, own: null, upstream, lastUpstream, sender: row, connected, unconfigured: standby };
}

/** A standby with what it has applied, and its lag. */
type MeasuredStandby = LagInput & Pick<StandbyContext, "lastUpstream" | "connected" | "lag" | "replay">;

function measuredOf({ unconfigured, ...site }: StandbySite, cluster: ClusterContext): MeasuredStandby {
  const found = { ...site, ...appliedBy(site, unconfigured, cluster) };
  const { own, upstream, applied } = found;
  const { memory: { lagClock }, at } = cluster;
  const known = own ?? upstream;
  const reference = referenceOf(
    { ...cluster, lagClock },
    applied?.timeline ?? (known === null ? null : timelineOf(known)),
  );
  const input = { ...found, fact: own?.up === true ? serverFact(own) : null, reference };
  const newest = "reason" in reference ? null : lagClock.historyOf(reference.timeline)?.newest ?? null;
  const lag = deriveStandbyLag(input, { lagClock, at });
  return { ...input, lag: withBound(lag, { cluster, applied: applied?.position ?? null, newest }) };
}

function appliedBy(
  { name, own, sender, upstream }: Pick<StandbySite, "name" | "own" | "sender" | "upstream">,
  unconfigured: UnconfiguredStandby | null,
  cluster: ClusterContext,
): Pick<MeasuredStandby, "applied" | "appliedBefore" | "isApplying" | "replay"> {
  if (unconfigured !== null) {
    const { applied, row, replay } = unconfigured;
    return { applied, appliedBefore: null, isApplying: row !== null, replay: row === null ? null : replay };
  }
  const memory = cluster.memories.of(name);
  const applied = memory.applied ?? lastOfPrimary(memory, cluster);
  const isUp = own?.up === true;
  return {
    applied,
    appliedBefore: memory.appliedBefore,
    isApplying: isUp || (sender !== null && upstream?.readAt === applied?.at),
    replay: isUp ? memory.replay : null,
  };
}

/** What a server has that was a primary until its end: all of its timeline that its cluster kept, not only what was sampled. */
function lastOfPrimary({ written }: ServerMemory, { memory }: ClusterContext): TimelinePosition | null {
  if (written === null || written.timeline === null) return written;
  return { ...written, position: memory.lagClock.endOf(written.timeline) ?? written.position };
}

/** A lag, while no primary responds with its bounds. */
function withBound(
  lag: StandbyLag,
  { cluster, applied, newest }: {
    readonly cluster: ClusterContext;
    readonly applied: Lsn | null;
    readonly newest: PositionSample | null;
  },
): StandbyLag {
  const { primaries, furthestKnown: furthest, at } = cluster;
  if (primaries.length > 0) return lag;
  return { ...lag, withoutPrimary: deriveLagWithoutPrimary(lag, { applied, furthest, newest, at }) };
}

function completeContext(measured: MeasuredStandby, cluster: ClusterContext): StandbyContext {
  const { name, own, upstream, sender, connected, reference } = measured;
  const { memory, memories } = cluster;
  const { lagClock } = memory;
  const reported = own?.up === true ? own : null;
  const ownMemory = reported === null ? null : memories.of(name);
  const place = own ?? upstream;
  const timeline = "reason" in reference ? null : reference.timeline;
  const history = timeline === null ? null : lagClock.historyOf(timeline);
  const readAt = ownMemory?.recoveryEnd?.at ?? (reported ?? upstream)?.readAt ?? null;
  const observations = memory.observations.of(name);
  const reportedPosition = receivedPosition(reported);
  const received = reportedPosition ?? observations.received;
  const receiver = knownReceiver(reported);
  return {
    ...measured,
    receiver,
    recovery: reported?.facts.recovery?.[0] ?? null,
    slot: slotOf({ own, upstream, sender }, memory.slotNames.get(name) ?? null),
    connectedChangedAt: connected === null ? null : memory.connections.of(name)?.changedAt ?? null,
    stranded: memory.changes.stranded.has(name),
    received: furthestLsn(reportedPosition, ownMemory?.recoveryEnd?.position),
    flushed: furthestLsn(
      receiver?.flushedPosition ?? measured.fact?.receivePosition,
      ownMemory?.recoveryEnd?.position,
    ),
    replayed: furthestLsn(measured.fact?.replayPosition, ownMemory?.applied?.position),
    receivedLagSeconds: timeline === null || received === null || place === null || place.readAt === null
      ? null
      : lagClock.lagOf({ timeline, appliedPosition: received, at: place.readAt }).seconds,
    primaryPosition: history?.newest?.position ?? null,
    primaryPositionThen: readAt === null ? null : history?.positionAt(readAt) ?? null,
    primaryMemory: "reason" in reference || reference.primary === null
      ? null
      : memories.of(reference.primary),
    observations,
  };
}
