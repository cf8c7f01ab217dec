/**
 * Which slot of which watched server a subscription reads.
 *
 * The connection string of a subscription is for superusers alone, so its publisher is found by what both ends show: the name
 * of the slot, and who reads it.
 *
 * @module
 */
import type { OriginFact, SenderFact, SlotFact, SubscriptionFact } from "../../domain/facts.ts";
import { PUBLISHER_EVIDENCE, type PublisherEnd, type PublisherEvidence } from "../../domain/subscription.ts";
import type { ServerSnapshot } from "../../domain/view.ts";

/** A server that may be a publisher. */
export interface PublishingServer {
  /** Its latest snapshot. */
  readonly snapshot: ServerSnapshot;
  /** Key of its cluster; null when unknown. */
  readonly clusterKey: string | null;
  /** Whether its cluster writes on another server now: it was replaced. */
  readonly isFormer: boolean;
}

/** The publisher's end of a subscription, or why it is unknown. */
export interface JoinedPublisher {
  /** The publisher's end; null when unknown. */
  readonly end: PublisherEnd | null;
  /** Why it is unknown, one sentence; "" when it is known. */
  readonly unknown: string;
}

/** What a subscription shows of itself. */
export interface JoinInput {
  /** The subscription. */
  readonly fact: SubscriptionFact;
  /** Its server. */
  readonly subscriber: ServerSnapshot;
  /** Its publisher when that was last known. */
  readonly before: { readonly server: string; readonly clusterKey: string | null } | null;
}

/** Servers that may be publishers. */
export interface PublishingServers {
  /** All of them. */
  readonly servers: readonly PublishingServer[];
  /** Those that have a logical slot of a name. */
  readonly bySlot: ReadonlyMap<string, readonly PublishingServer[]>;
}

interface SlotCandidate {
  readonly publishing: PublishingServer;
  readonly slot: SlotFact;
  readonly sender: SenderFact | null;
  readonly by: PublisherEvidence;
  readonly rank: number;
}

/** What counts how much; the name of its sender and the address that it comes from add up. */
const RANKS: Readonly<Record<PublisherEvidence, number>> = {
  origin: 4,
  application_name: 2,
  address: 1,
  slot: 0,
};

/**
 * Finds the publisher's end of a subscription. A slot of its name that something of the subscription reads counts more than
 * one that only has the name; of several that are equal, the one that was known before; else it is unknown.
 *
 * @param input The subscription.
 * @param servers The servers it may read from.
 */
export function joinPublisher(input: JoinInput, { servers, bySlot }: PublishingServers): JoinedPublisher {
  const { fact, subscriber, before } = input;
  if (fact.slot === "") return { end: null, unknown: "It has no slot (slot_name = NONE)" };
  const candidates = (bySlot.get(fact.slot) ?? []).flatMap((publishing) => candidateOn(publishing, input));
  const known = knownBefore(fact, before, servers);
  // A publisher that was replaced took its slots along only where they were synchronized.
  const isElsewhere = candidates.some(({ rank, publishing }) =>
    rank > RANKS.slot && publishing.clusterKey !== known?.clusterKey
  );
  if (known !== null && !isElsewhere) {
    const own = candidates.find(({ publishing }) => publishing.snapshot.server === known.snapshot.server);
    return {
      end: own === undefined
        ? {
          server: known.snapshot.server,
          clusterKey: known.clusterKey,
          by: "slot",
          slot: null,
          sender: null,
        }
        : endOf(own),
      unknown: "",
    };
  }
  // A restored copy of the subscriber has its subscriptions, disabled, with the names of slots that the original reads.
  const own = candidates.filter(({ slot }) => fact.enabled || !subscriber.up || !slot.active);
  const best = Math.max(...own.map(({ rank }) => rank));
  const [first, ...others] = own.filter(({ rank }) => rank === best);
  if (first === undefined) {
    const [taken] = candidates;
    return {
      end: null,
      unknown: taken === undefined
        ? `No watched server has its slot "${fact.slot}"`
        : `It is disabled, and something else reads slot "${fact.slot}" on "${taken.publishing.snapshot.server}"`,
    };
  }
  if (others.length === 0) return { end: endOf(first), unknown: "" };
  const names = [first, ...others].map(({ publishing }) => `"${publishing.snapshot.server}"`).join(" and ");
  return { end: null, unknown: `Both ${names} have a slot "${fact.slot}", and nothing shows which it reads` };
}

/** The server that has the slot now, of the cluster that had it. */
function knownBefore(
  { slot }: SubscriptionFact,
  before: JoinInput["before"],
  servers: readonly PublishingServer[],
): PublishingServer | null {
  if (before === null) return null;
  const server = servers.find(({ snapshot }) => snapshot.server === before.server) ?? null;
  const successor =
    servers.find((each) =>
      each.clusterKey !== null && each.clusterKey === before.clusterKey && !each.isFormer &&
      each.snapshot.role === "primary"
    ) ?? null;
  if (server === null || server.isFormer) return successor ?? server;
  // As a standby it has the slot only where that was made there (16 and later): another one was promoted since.
  const hasOwn = server.snapshot.facts.slots?.some((each) => each.slot === slot && each.synced !== true);
  return server.snapshot.role === "standby" && hasOwn === false ? successor ?? server : server;
}

function candidateOn(publishing: PublishingServer, input: JoinInput): readonly SlotCandidate[] {
  const { snapshot } = publishing;
  const slot = snapshot.facts.slots?.find((each) => each.type === "logical" && each.slot === input.fact.slot);
  if (slot === undefined || slot.plugin !== "pgoutput" || publishing.isFormer) return [];
  // A standby's copy of a slot is read by nobody.
  if (slot.synced === true && snapshot.role === "standby") return [];
  const sender = snapshot.facts.senders?.find((each) => each.slot === slot.slot) ?? null;
  const evidence = evidenceOf({ slot, sender }, input);
  const rank = evidence.reduce((sum, each) => sum + RANKS[each], 0);
  return [{ publishing, slot, sender, by: evidence[0] ?? "slot", rank }];
}

function evidenceOf(
  { slot, sender }: Pick<SlotCandidate, "slot" | "sender">,
  { fact, subscriber }: JoinInput,
): readonly PublisherEvidence[] {
  const applied = originOf(fact, subscriber)?.remotePosition ?? null;
  const shown: Readonly<Record<PublisherEvidence, boolean>> = {
    origin: applied !== null && applied === slot.confirmedFlushPosition,
    application_name: sender?.applicationName === fact.name,
    address: sender !== null && ownAddresses(subscriber).has(sender.clientAddress),
    slot: false,
  };
  return PUBLISHER_EVIDENCE.filter((each) => shown[each]);
}

/** The replication origin of a subscription; null when it may not be read. */
export function originOf(fact: SubscriptionFact, subscriber: ServerSnapshot): OriginFact | null {
  return subscriber.facts.origins?.find(({ subscription }) => subscription === fact.oid) ?? null;
}

/** Addresses from which a server connects to others, as far as they show. */
function ownAddresses({ address, facts }: ServerSnapshot): ReadonlySet<string> {
  const own = facts.settings?.[0]?.ownEndpoint?.host ?? "";
  return new Set([own, address?.hostAddress ?? "", address?.host ?? ""].filter((each) => each !== ""));
}

function endOf({ publishing, slot, sender, by }: SlotCandidate): PublisherEnd {
  return { server: publishing.snapshot.server, clusterKey: publishing.clusterKey, by, slot, sender };
}
