/**
 * Derives every subscription from both of its ends: who publishes to it, how far it is behind, why, and what comes next.
 *
 * @module
 */
import type { SubscriptionFact } from "../../domain/facts.ts";
import { lsnDistanceBytes } from "../../domain/lsn.ts";
import { formatSeconds } from "../../domain/quantities.ts";
import { tableCopyOf } from "../../domain/slot.ts";
import {
  type PublisherEnd,
  STOPPED_REASONS,
  type SubscriptionLag,
  type SubscriptionStage,
  type SubscriptionView,
} from "../../domain/subscription.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import type { ClusterContext } from "../cluster_context.ts";
import { LINK_SILENCE_SECONDS } from "../diagnosis/silence.ts";
import { CATCH_UP_WINDOW_SECONDS, deriveCatchUpForecast } from "../lag/forecasts.ts";
import type { PositionSample } from "../lag/position_history.ts";
import { referenceOf } from "../lag/reference_primary.ts";
import { keyOf } from "../memory/logical_memory.ts";
import type { ServerMemories } from "../memory/server_memory.ts";
import { serverFact } from "../topology/identity.ts";
import { isHolding } from "./held_slot.ts";
import { joinPublisher, originOf, type PublishingServer, type PublishingServers } from "./join_publishers.ts";
import { deriveSubscriptionLag } from "./subscription_lag.ts";
import { deriveSubscriptionReason, pendingTables } from "./subscription_reason.ts";

/** What subscriptions are derived from, besides the snapshots. */
export interface SubscriptionsInput {
  /** The cluster of each server, under each of its names. */
  readonly contextOf: (server: string) => ClusterContext | null;
  /** What is remembered of each server. */
  readonly memories: ServerMemories;
  /** The moment: our monotonic seconds. */
  readonly at: number;
}

/** Errors and conflicts within this time are recent, seconds. */
const LATELY_SECONDS = 60;

/** What was decoded before it stood still is confirmed within this time, seconds. */
const IN_FLIGHT_SECONDS = 10;

/**
 * Derives every subscription. Without any, it costs a look at each server.
 *
 * @param snapshots The latest snapshot of every watched server.
 * @param input What else is known.
 */
export function deriveSubscriptions(
  snapshots: readonly ServerSnapshot[],
  input: SubscriptionsInput,
): readonly SubscriptionView[] {
  const subscribers = snapshots.filter((each) =>
    each.facts.subscriptions !== undefined && each.facts.subscriptions.length > 0 &&
    !isAlias(each, input) && !isFormer(each, input)
  );
  if (subscribers.length === 0) return [];
  const publishing = publishingServers(snapshots, input);
  return subscribers.flatMap((subscriber) =>
    (subscriber.facts.subscriptions ?? []).map((fact) =>
      deriveSubscription(fact, { ...input, subscriber, publishing })
    )
  );
}

function isAlias({ server }: ServerSnapshot, { contextOf }: SubscriptionsInput): boolean {
  return contextOf(server)?.aliases.has(server) === true;
}

/** Whether another server of its cluster is the primary now: what it last showed of itself as one is history. */
function isFormer({ server, up, role }: ServerSnapshot, { contextOf }: SubscriptionsInput): boolean {
  const primary = contextOf(server)?.primary ?? null;
  return !up && role === "primary" && primary !== null && primary.up && primary.server !== server;
}

function publishingServers(
  snapshots: readonly ServerSnapshot[],
  input: SubscriptionsInput,
): PublishingServers {
  const servers = snapshots.filter((each) => !isAlias(each, input)).map((snapshot): PublishingServer => ({
    snapshot,
    clusterKey: input.contextOf(snapshot.server)?.key ?? null,
    isFormer: isFormer(snapshot, input),
  }));
  const slots = servers.flatMap((server) =>
    (server.snapshot.facts.slots ?? []).filter(({ type }) => type === "logical")
      .map(({ slot }) => ({ slot, server }))
  );
  const bySlot = Map.groupBy(slots, ({ slot }) => slot);
  return {
    servers,
    bySlot: new Map([...bySlot].map(([slot, each]) => [slot, each.map(({ server }) => server)])),
  };
}

/** A subscription with its surroundings. */
interface SubscriptionInput extends SubscriptionsInput {
  readonly subscriber: ServerSnapshot;
  readonly publishing: PublishingServers;
}

function deriveSubscription(fact: SubscriptionFact, input: SubscriptionInput): SubscriptionView {
  const { subscriber, memories, at } = input;
  const own = memories.of(subscriber.server).logical;
  const remembered = own.subscription(fact);
  const before = remembered?.publisher ?? null;
  const { end, unknown } = joinPublisher({ fact, subscriber, before }, input.publishing);
  const publisher = end === null
    ? null
    : input.publishing.servers.find(({ snapshot }) => snapshot.server === end.server)?.snapshot ?? null;
  const isPublisherUp = publisher?.up ?? null;
  const slots = publisher?.up === true ? publisher.facts.slots : undefined;
  // Without a worker of its own something else reads the slot, such as the original of a restored copy.
  const isConnected = end === null || slots === undefined
    ? null
    : end.slot?.active === true && (fact.workerPid !== null || !subscriber.up);
  const shared = { fact, end, publisher, unknown, isConnected };
  const connectedLag = deriveLag(shared, input);
  const slot = end?.slot?.slot ?? "";
  const decoding = publisher?.up === true
    ? publisher.facts.decoding?.find((each) => each.slot === slot)
    : undefined;
  const waitsForStandby = decoding?.waitsForStandby === true;
  const silence = waitsForStandby ? null : silenceOf({
    ...{ fact, end, isUp: subscriber.up, isConnected },
    waitingSeconds: waitingSecondsOf(connectedLag, standsSinceOf(end, connectedLag, input), at),
  });
  const lag = silence === null ? connectedLag : deriveLag({ ...shared, isConnected: false }, input);
  const standsSince = standsSinceOf(end, lag, input);
  const its = end === null ? null : memories.of(end.server);
  const recent = at - LATELY_SECONDS;
  const key = keyOf(fact);
  const heldBy = end?.slot && decoding !== undefined && isHolding(end.slot, decoding)
    ? decoding.oldestWriter
    : null;
  const applyErrors = own.increaseOf("apply_errors", key, standsSince ?? recent);
  const former = end !== null && before !== null && before.server !== end.server ? before.server : null;
  const { reason, text } = deriveSubscriptionReason({
    fact,
    isUp: subscriber.up,
    disabledAfterErrors: remembered?.disabledAfterErrors ?? null,
    publisher: end,
    isPublisherUp,
    isSlotKnown: slots !== undefined,
    former,
    heldBy,
    waitsForStandby,
    isConnected,
    silence,
    lag,
    isCopying: isSynchronizing(fact, { end, subscriber, publisher }),
    standsSeconds: standsSince === null ? null : at - standsSince,
    applyErrors,
    copyErrors: own.increaseOf("copy_errors", key, recent),
    conflicts: own.increaseOf("conflicts", key, recent),
    decodedAgain: decodedAgainOf(
      { standsSince, isConnected, at },
      fact,
      (from) => its?.logical.increaseOf("decoded", slot, from) ?? null,
    ),
    spilledBytes: its?.logical.increaseOf("spilled", slot, recent) ?? null,
    walBytesPerSecond: its?.walBytesPerSecond ?? null,
  });
  // A publisher that was replaced stays known until the subscription reads from its successor.
  if (end !== null && (before === null || isConnected === true)) own.rememberPublisher(fact, end);
  const applyBytesPerSecond = its?.logical.confirmedOf(slot)?.bytesPerSecond(CATCH_UP_WINDOW_SECONDS) ?? null;
  return {
    server: subscriber.server,
    cluster: subscriber.cluster,
    fact,
    isFresh: subscriber.up,
    publisher: end,
    publisherUnknown: unknown,
    ...former === null ? {} : { formerPublisher: former },
    lag,
    bytesBehind: stagesOf(fact, end, lag),
    reason,
    reasonText: text,
    standsSince,
    heldBy,
    recentErrors: applyErrors,
    applyBytesPerSecond,
    ...deriveCatchUpForecast({
      lagBytes: lag.bytes,
      lagSeconds: lag.seconds,
      reason: reason !== null && STOPPED_REASONS.has(reason) ? "disconnected" : "streaming",
      replayBytesPerSecond: applyBytesPerSecond,
      walBytesPerSecond: its?.wal.bytesPerSecond(CATCH_UP_WINDOW_SECONDS) ?? null,
    }),
  };
}

/** Transactions decoded since it stands, without those of its present connection, which need not be the same again. */
function decodedAgainOf(
  { standsSince, isConnected, at }: {
    readonly standsSince: number | null;
    readonly isConnected: boolean | null;
    readonly at: number;
  },
  { workerSeconds }: SubscriptionFact,
  increaseSince: (from: number) => number | null,
): number | null {
  const decoded = increaseSince((standsSince ?? at) + IN_FLIGHT_SECONDS);
  if (decoded === null || isConnected !== true) return decoded;
  return workerSeconds === null ? null : decoded - (increaseSince(at - workerSeconds) ?? 0);
}

interface LagContext {
  readonly fact: SubscriptionFact;
  readonly end: PublisherEnd | null;
  readonly publisher: ServerSnapshot | null;
  readonly unknown: string;
  readonly isConnected: boolean | null;
}

function deriveLag(
  { fact, end, publisher, unknown, isConnected }: LagContext,
  input: SubscriptionInput,
): SubscriptionLag {
  const context = end === null ? null : input.contextOf(end.server);
  return deriveSubscriptionLag({
    applied: appliedOf(fact, end, publisher, input),
    publisher: end === null || context === null ? null : {
      server: end.server,
      lagClock: context.memory.lagClock,
      reference: referenceOf({ primaries: context.primaries, lagClock: context.memory.lagClock }, null),
      hasSlot: publisher?.up === true && publisher.facts.slots !== undefined ? end.slot !== null : null,
    },
    publisherUnknown: unknown === "" ? `The cluster of "${end?.server}" is unknown` : unknown,
    isConnected: isConnected === true,
    at: input.at,
  });
}

/**
 * What is applied, as the publisher knows it; while it does not respond, or has no slot, the furthest that either end has
 * reported: what the subscriber has of a publisher that was restored since says nothing about the one there is now.
 */
function appliedOf(
  fact: SubscriptionFact,
  end: PublisherEnd | null,
  publisher: ServerSnapshot | null,
  { subscriber, memories }: SubscriptionInput,
): PositionSample | null {
  const confirmed = end === null
    ? null
    : memories.of(end.server).logical.confirmedOf(fact.slot)?.newest ?? null;
  if (confirmed !== null && publisher?.up === true && end?.slot) return confirmed;
  const readAt = subscriber.readAt ?? 0;
  const reported = [fact.latestEndPosition, originOf(fact, subscriber)?.remotePosition ?? null]
    .flatMap((position) => position === null ? [] : [{ position, at: readAt }]);
  let furthest = confirmed;
  for (const each of reported) {
    if (furthest === null || each.position > furthest.position) {
      furthest = { position: each.position, at: Math.max(each.at, furthest?.at ?? each.at) };
    }
  }
  return furthest;
}

/** Whether tables are not yet in sync: their copy runs, waits for a worker, or is tried again; null when unknown. */
function isSynchronizing(
  { copies, tables, oid }: SubscriptionFact,
  { end, subscriber, publisher }: {
    readonly end: PublisherEnd | null;
    readonly subscriber: ServerSnapshot;
    readonly publisher: ServerSnapshot | null;
  },
): boolean | null {
  if (copies.length > 0) return true;
  if (tables !== null) return pendingTables(tables) > 0;
  // Between two attempts, which is all that a session in another database sees, the copy's slot is there (14 and later).
  if (end === null || publisher?.up !== true || publisher.facts.slots === undefined) return null;
  return publisher.facts.slots.some(({ slot }) => {
    const copy = tableCopyOf(slot);
    return copy?.subscription === oid && copy?.systemIdentifier === serverFact(subscriber)?.systemIdentifier;
  });
}

/** Since when nothing was applied although there was WAL to apply; from the first look on when it was so before. */
function standsSinceOf(
  end: PublisherEnd | null,
  { seconds, bytes }: SubscriptionLag,
  { memories, at }: SubscriptionInput,
): number | null {
  if (end === null || bytes === null || bytes === 0 || seconds === 0) return null;
  const history = end.slot === null ? null : memories.of(end.server).logical.confirmedOf(end.slot.slot);
  const [newest, previous] = [history?.newest ?? null, history?.previous ?? null];
  if (newest === null || previous === null || previous.position !== newest.position) return null;
  return Math.max(previous.at, at - (seconds ?? Infinity));
}

/** While it waits for the publisher, a worker is in this wait event; any other shows that it works. */
const IDLE_WORKER = "LogicalApplyMain";

/**
 * For how long there has been WAL to send, at least. WAL that is older than the history of the publisher's positions waits
 * if nothing was applied between two readings: a message comes at once.
 */
function waitingSecondsOf({ seconds }: SubscriptionLag, standsSince: number | null, at: number): number {
  if (seconds !== null) return seconds > LINK_SILENCE_SECONDS ? seconds : 0;
  return standsSince === null ? 0 : at - standsSince;
}

function silenceOf(
  { fact, end, isUp, isConnected, waitingSeconds }: {
    readonly fact: SubscriptionFact;
    readonly end: PublisherEnd | null;
    readonly isUp: boolean;
    readonly isConnected: boolean | null;
    readonly waitingSeconds: number;
  },
): string | null {
  if (isConnected !== true || waitingSeconds === 0) return null;
  const waiting = `there has been WAL to send for ${formatSeconds(waitingSeconds)}`;
  if (!isUp) {
    const age = end?.sender?.replyAgeSeconds ?? null;
    return age !== null && age > LINK_SILENCE_SECONDS
      ? `The publisher shows a connection, but its last reply came ${formatSeconds(age)} ago, and ${waiting}`
      : null;
  }
  const age = fact.lastMessageAgeSeconds;
  if (
    fact.workerPid === null || age === null || age <= LINK_SILENCE_SECONDS || fact.waitEvent !== IDLE_WORKER
  ) {
    return null;
  }
  return `Both ends show a connection, but the last message came ${formatSeconds(age)} ago, and ${waiting}`;
}

/** What was read earlier than the lag cannot be less than what is confirmed now. */
function stagesOf(
  { receivedPosition }: SubscriptionFact,
  end: PublisherEnd | null,
  { bytes, appliedPosition }: SubscriptionLag,
): Readonly<Record<SubscriptionStage, number | null>> {
  const of = (position: bigint | null | undefined): number | null => {
    if (bytes === null || appliedPosition === null || position === null || position === undefined) {
      return null;
    }
    return Math.min(bytes, Math.max(0, bytes - lsnDistanceBytes(position, appliedPosition)));
  };
  return { sent: of(end?.sender?.sentPosition), received: of(receivedPosition), confirmed: bytes };
}
