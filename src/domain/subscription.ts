/**
 * What is known of one subscription, from both of its ends.
 *
 * @module
 */
import type { OpenTransaction, SenderFact, SlotFact, SubscriptionFact } from "./facts.ts";
import type { Lsn } from "./lsn.ts";

/** What a subscription is doing, or what holds it back; exactly one applies. */
export const SUBSCRIPTION_REASONS = [
  "streaming", // receives and applies
  "idle", // has applied everything, and the publisher writes nothing
  "copying", // the initial copy of at least one table is under way
  "spilling", // behind, and the publisher's decoding writes a large transaction to disk
  "long_transaction", // an open transaction on the publisher holds its slot
  "conflict", // applies, and its changes meet rows that differ (18+)
  "blocked", // a worker waits for a lock on the subscriber
  "apply_error", // applying fails again and again
  "copy_error", // the initial copy of a table fails again and again
  "disabled", // ALTER SUBSCRIPTION ... DISABLE
  "disabled_by_error", // disable_on_error (15+)
  "no_worker", // no worker is left for it
  "waits_for_standby", // the publisher sends nothing before a standby has it (synchronized_standby_slots, 17+)
  "half_open", // the connection looks open, but nothing arrives any more
  "disconnected", // enabled, but its worker does not connect to the publisher
  "unreachable", // the exporter cannot reach the subscriber, and the publisher has no connection of it
  "publisher_gone", // the publisher does not respond
  "slot_missing", // the publisher has no slot of that name
  "slot_lost", // its slot no longer has the WAL it needs
] as const;

/** One of {@linkcode SUBSCRIPTION_REASONS}. */
export type SubscriptionReason = typeof SUBSCRIPTION_REASONS[number];

/** How a subscription was joined to the slot it reads, strongest first. */
export const PUBLISHER_EVIDENCE = [
  "origin", // what it applied is what the slot's consumer confirmed
  "application_name", // the slot's sender has the subscription's name
  "address", // the slot's sender comes from the subscriber's address
  "slot", // no other watched server has a slot of that name
] as const;

/** One of {@linkcode PUBLISHER_EVIDENCE}. */
export type PublisherEvidence = typeof PUBLISHER_EVIDENCE[number];

/** The publisher's end of a subscription. */
export interface PublisherEnd {
  /** Name of the server that has the slot, or had it. */
  readonly server: string;
  /** Key of its cluster; null when unknown. */
  readonly clusterKey: string | null;
  /** What joined them. */
  readonly by: PublisherEvidence;
  /** The slot as last read; null when the server has none of that name. */
  readonly slot: SlotFact | null;
  /** Its sender at the latest collection; null when nothing reads the slot. */
  readonly sender: SenderFact | null;
}

/** Where the lag of a subscription in seconds came from. */
export const SUBSCRIPTION_LAG_SOURCES = ["clock", "upper_bound"] as const;

/** One of {@linkcode SUBSCRIPTION_LAG_SOURCES}. */
export type SubscriptionLagSource = typeof SUBSCRIPTION_LAG_SOURCES[number];

/** Why the lag of a subscription in seconds is unknown: a closed set, in the order of publication. */
export const SUBSCRIPTION_LAG_UNKNOWN_REASONS = [
  "publisher_not_watched", // no watched server has its slot
  "publisher_unreachable", // it had applied all WAL that was known when the publisher was last read
  "no_position", // neither end has reported how far it has applied
  "slot_missing", // its slot is gone, and with it what is left to apply
  "history_too_short", // older than the history of the publisher's positions
] as const;

/** One of {@linkcode SUBSCRIPTION_LAG_UNKNOWN_REASONS}. */
export type SubscriptionLagUnknownReason = typeof SUBSCRIPTION_LAG_UNKNOWN_REASONS[number];

/** How far a subscription is behind its publisher. */
export interface SubscriptionLag {
  /** Seconds since the publisher's WAL passed what is applied; 0 when all is; null when unknown. */
  readonly seconds: number | null;
  /** Bytes of WAL from what is applied to the end of the publisher's; null when unknown. */
  readonly bytes: number | null;
  /**
   * `clock`: exact to one sample. `upper_bound`: nothing decodes the WAL since then, so it may hold nothing that is
   * published. null when unknown.
   */
  readonly source: SubscriptionLagSource | null;
  /** Why `seconds` is unknown, as one of a closed set; null when it is known. */
  readonly unknownReason: SubscriptionLagUnknownReason | null;
  /** Why `seconds` is unknown, one sentence; "" when it is known. */
  readonly unknownBecause: string;
  /** The furthest position it is known to have applied; null when never known. */
  readonly appliedPosition: Lsn | null;
}

/** Stages that WAL passes on its way to the tables of a subscriber. */
export const SUBSCRIPTION_STAGES = ["sent", "received", "confirmed"] as const;

/** One of {@linkcode SUBSCRIPTION_STAGES}. */
export type SubscriptionStage = typeof SUBSCRIPTION_STAGES[number];

/** One subscription. */
export interface SubscriptionView {
  /** Name of the watched server that has it. */
  readonly server: string;
  /** Cluster name of that server; "" when none. */
  readonly cluster: string;
  /** What it is on its server, as last read. */
  readonly fact: SubscriptionFact;
  /** Whether `fact` is of the latest collection. */
  readonly isFresh: boolean;
  /** The publisher's end; null when no watched server has its slot. */
  readonly publisher: PublisherEnd | null;
  /** Why there is no publisher's end, one sentence; "" when there is. */
  readonly publisherUnknown: string;
  /** The server that the publisher's end was on before another was promoted in its place; absent once it reads from that. */
  readonly formerPublisher?: string;
  /** How far it is behind. */
  readonly lag: SubscriptionLag;
  /** Bytes by which each stage is behind the end of the publisher's WAL; null when unknown. */
  readonly bytesBehind: Readonly<Record<SubscriptionStage, number | null>>;
  /** What it is doing, or what holds it back; null when unknown. */
  readonly reason: SubscriptionReason | null;
  /** The reason in one sentence; "" when unknown. */
  readonly reasonText: string;
  /** Since when nothing was applied although there was WAL to apply: our monotonic seconds; null while it moves. */
  readonly standsSince: number | null;
  /** The transaction on the publisher that holds its slot; null when none does. */
  readonly heldBy: OpenTransaction | null;
  /** Errors, or on 13 and 14 new connections without progress, within the last minutes; null when unknown. */
  readonly recentErrors: number | null;
  /** Bytes of the publisher's WAL per second that it confirmed recently; null when unknown. */
  readonly applyBytesPerSecond: number | null;
  /** Seconds until it has caught up at the current rates, 0 when it has; null when falling behind or unknown. */
  readonly catchUpSeconds: number | null;
  /** Whether it applies more slowly than the publisher writes; null when unknown. */
  readonly fallingBehind: boolean | null;
}

/** Key of a subscription among those of all servers. */
export function subscriptionKey({ server, fact }: Pick<SubscriptionView, "server" | "fact">): string {
  return `${server}/${fact.database}/${fact.name}`;
}

/** Key of the samples of its lag among those of standbys: no name of a server begins with a line feed. */
export function subscriptionSamplesKey(subscription: Pick<SubscriptionView, "server" | "fact">): string {
  return `\n${subscriptionKey(subscription)}`;
}

/** Reasons with which nothing of it is applied. */
export const STOPPED_REASONS: ReadonlySet<SubscriptionReason> = new Set([
  "blocked",
  "apply_error",
  "disabled",
  "disabled_by_error",
  "no_worker",
  "waits_for_standby",
  "half_open",
  "disconnected",
  "unreachable",
  "publisher_gone",
  "slot_missing",
  "slot_lost",
]);
