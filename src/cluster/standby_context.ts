/**
 * One standby at one moment and those around it, as everything that is derived from it sees it: made once.
 *
 * @module
 */
import type { ReceiverFact, RecoveryFact, SenderFact, ServerFact, SlotFact } from "../domain/facts.ts";
import type { StandbyLag } from "../domain/lag.ts";
import { furthestLsn, type Lsn } from "../domain/lsn.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import { type ClusterContext, isStandby } from "./cluster_context.ts";
import type { Observations } from "./diagnosis/standby_observations.ts";
import { type NoReference, type Reference, referenceOf } from "./lag/reference_primary.ts";
import type { PositionHistory } from "./lag/position_history.ts";
import { deriveStandbyLag } from "./lag/standby_lag.ts";
import type { ServerMemory, TimelinePosition } from "./memory/server_memory.ts";
import type { UnconfiguredStandby } from "./memory/unconfigured_standbys.ts";
import { deriveConnected } from "./topology/connected.ts";
import { serverFact, timelineOf } from "./topology/identity.ts";
import { knownReceiver, receivedPosition, slotNamesOf } from "./topology/receiver_facts.ts";

/** One standby, its upstream, its sender row and slot there, and what it is measured against. */
export interface StandbyContext {
  /** Name of the server, or the one given to a standby that nobody configured. */
  readonly name: string;
  /** Its own snapshot; null when it is not configured, so that only its upstream knows it. */
  readonly own: ServerSnapshot | null;
  /** Its row of the `server` collector; null when it was not reached at the latest collection, like the next two. */
  readonly fact: ServerFact | null;
  /** Its WAL receiver; null when none runs, undefined when that is unknown. */
  readonly receiver: ReceiverFact | null | undefined;
  /** Its row of the `recovery` collector. */
  readonly recovery: RecoveryFact | null;
  /** The server it receives from, last received from, or would have to; null when that is unknown. */
  readonly upstream: ServerSnapshot | null;
  /** Name of the server it receives from, or last received from; null when never known. */
  readonly lastUpstream: string | null;
  /** Its row at the upstream; null when there is none or the upstream was not reached. */
  readonly sender: SenderFact | null;
  /** Its slot at the upstream, as last seen; null when it has none or that is unknown. */
  readonly slot: SlotFact | null;
  /** Whether it receives WAL by streaming, as its receiver or its upstream reports; null when unknown. */
  readonly connected: boolean | null;
  /** Since when `connected` has its value: our monotonic seconds; null when it was so when first seen. */
  readonly connectedChangedAt: number | null;
  /** Whether it is on a timeline that its cluster has left. */
  readonly stranded: boolean;
  /** The furthest position it is known to have applied, and when that was read; null when unknown. */
  readonly applied: TimelinePosition | null;
  /** The reading before that; null when unknown. */
  readonly appliedBefore: TimelinePosition | null;
  /** Whether it still applies more, as far as is known: then its lag is that of the moment of the reading. */
  readonly isApplying: boolean;
  /** What it is measured against, or why there is nothing. */
  readonly reference: Reference | NoReference;
  /** Its lag against that. */
  readonly lag: StandbyLag;
  /** The furthest it has received by its latest report, samples between collections included; null when unreachable. */
  readonly received: Lsn | null;
  /** The furthest it has flushed by its latest report; null when unreachable. */
  readonly flushed: Lsn | null;
  /** The furthest it has replayed by its latest report; null when unreachable. */
  readonly replayed: Lsn | null;
  /** Seconds since the primary's WAL passed what it has received, by the lag clock; null when unknown. */
  readonly receivedLagSeconds: number | null;
  /** The furthest position known of its primary; null when unknown. */
  readonly primaryPosition: Lsn | null;
  /** Where its primary was when its own positions, or else those of its row, were last read; null when unknown. */
  readonly primaryPositionThen: Lsn | null;
  /** Where its replay was of late; null when that is not reported now. */
  readonly replay: PositionHistory | null;
  /** What is remembered of its primary; null when that is unreachable. */
  readonly primaryMemory: ServerMemory | null;
  /** What was observed of it over time. */
  readonly observations: Observations;
}

/**
 * Every standby of a cluster: configured ones in configured order, then those that nobody configured.
 *
 * @param cluster The cluster.
 */
export function standbyContextsOf(cluster: ClusterContext): readonly StandbyContext[] {
  const configured = cluster.servers.filter((server) => isStandby(server, cluster));
  return [
    ...configured.map((server) => contextOfServer(server, cluster)),
    ...cluster.memory.unconfigured.all.map((standby) => contextOfUnconfigured(standby, cluster)),
  ];
}

/** What is found out differently for a configured standby and for one that nobody configured. */
type Found = Pick<
  StandbyContext,
  | "name"
  | "own"
  | "upstream"
  | "lastUpstream"
  | "sender"
  | "connected"
  | "applied"
  | "appliedBefore"
  | "isApplying"
  | "replay"
>;

function contextOfServer(own: ServerSnapshot, cluster: ClusterContext): StandbyContext {
  const { server: name } = own;
  const row = cluster.senders.joined.get(name);
  const memory = cluster.memories.of(name);
  const applied = memory.applied ?? memory.written;
  return complete({
    name,
    own,
    ...placeOf(own, cluster),
    connected: deriveConnected(own, cluster.servers, cluster.senders),
    applied,
    appliedBefore: memory.appliedBefore,
    isApplying: own.up || (row !== undefined && row.upstream.readAt === applied?.at),
    replay: own.up ? memory.replay : null,
  }, cluster);
}

function contextOfUnconfigured(standby: UnconfiguredStandby, cluster: ClusterContext): StandbyContext {
  const { name, connected, applied, row } = standby;
  return complete({
    name,
    own: null,
    upstream: cluster.index.named(standby.upstream),
    lastUpstream: standby.upstream,
    sender: row,
    connected,
    applied,
    appliedBefore: null,
    isApplying: row !== null,
    replay: row === null ? null : standby.replay,
  }, cluster);
}

/**
 * Upstream and row of a configured standby. The upstream of one whose upstream was never seen is the server that has its
 * slot, else the primary: there it would have to get its WAL from.
 */
export function placeOf(
  own: ServerSnapshot,
  { senders, edges, index, servers, primaries, memory }: ClusterContext,
): Pick<StandbyContext, "upstream" | "lastUpstream" | "sender"> {
  const lastUpstream = edges.get(own.server)?.upstream ?? memory.connections.of(own.server)?.upstream ?? null;
  const row = senders.joined.get(own.server);
  if (row !== undefined) return { upstream: row.upstream, lastUpstream, sender: row.sender };
  const upstream = index.named(lastUpstream);
  if (upstream !== null) return { upstream, lastUpstream, sender: null };
  const withSlot = servers.filter((each) => each !== own && findSlot(each, slotNamesOf(own)) !== null);
  const likely = withSlot.length > 0 ? withSlot : primaries.filter((each) => each !== own);
  return { upstream: likely.length === 1 ? likely[0] ?? null : null, lastUpstream, sender: null };
}

function complete(found: Found, cluster: ClusterContext): StandbyContext {
  const { name, own, upstream, sender, applied, connected } = found;
  const { memory, memories, at } = cluster;
  const { lagClock } = memory;
  const reported = own?.up === true ? own : null;
  const ownMemory = reported === null ? null : memories.of(name);
  const place = own ?? upstream;
  const reference = referenceOf(cluster, applied?.timeline ?? (place === null ? null : timelineOf(place)));
  const input = { ...found, fact: reported === null ? null : serverFact(reported), reference };
  const timeline = "reason" in reference ? null : reference.timeline;
  const history = timeline === null ? null : lagClock.historyOf(timeline);
  const readAt = ownMemory?.recoveryEnd?.at ?? (reported ?? upstream)?.readAt ?? null;
  const observations = memory.observations.of(name);
  const reportedPosition = receivedPosition(reported);
  const received = reportedPosition ?? observations.received;
  const receiver = knownReceiver(reported);
  return {
    ...input,
    receiver,
    recovery: reported?.facts.recovery?.[0] ?? null,
    slot: slotOf({ own, upstream, sender }, memory.slotNames.get(name) ?? null),
    connectedChangedAt: connected === null ? null : memory.connections.of(name)?.changedAt ?? null,
    stranded: memory.changes.stranded.has(name),
    lag: deriveStandbyLag(input, { lagClock, at }),
    received: furthestLsn(reportedPosition, ownMemory?.recoveryEnd?.position),
    flushed: furthestLsn(
      receiver?.flushedPosition ?? input.fact?.receivePosition,
      ownMemory?.recoveryEnd?.position,
    ),
    replayed: furthestLsn(input.fact?.replayPosition, ownMemory?.applied?.position),
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

/**
 * The slot of a standby at its upstream, as last seen: the one in use, else the one last used, else the one it is set to
 * use.
 *
 * @param standby The standby.
 * @param lastName Name of the slot it was last seen to use; null when none was.
 */
export function slotOf(
  { own, upstream, sender }: Pick<StandbyContext, "own" | "upstream" | "sender">,
  lastName: string | null,
): SlotFact | null {
  const used = sender === null || sender.slot === "" ? lastName : sender.slot;
  if (upstream === null) return null;
  return findSlot(upstream, used !== null ? [used] : own === null ? [] : slotNamesOf(own));
}

const slotsByName = new WeakMap<readonly SlotFact[], ReadonlyMap<string, SlotFact>>();

function findSlot({ facts: { slots } }: ServerSnapshot, names: readonly string[]): SlotFact | null {
  if (slots === undefined || slots.length === 0) return null;
  let byName = slotsByName.get(slots);
  if (byName === undefined) {
    byName = new Map(slots.filter(({ type }) => type === "physical").map((each) => [each.slot, each]));
    slotsByName.set(slots, byName);
  }
  for (const name of names) {
    const slot = byName.get(name);
    if (slot !== undefined) return slot;
  }
  return null;
}
