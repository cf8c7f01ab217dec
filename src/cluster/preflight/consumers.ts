import type { SlotFact } from "../../domain/facts.ts";
import { furthestLsn, lsnDistanceBytes } from "../../domain/lsn.ts";
import { formatBytes } from "../../domain/quantities.ts";
import { consumerOf, isLostSlot } from "../../domain/slot.ts";
import type { SlotCopy } from "../../domain/slot_copy.ts";
import { quoteName, quoteText } from "../../domain/sql_text.ts";
import type { SubscriptionView } from "../../domain/subscription.ts";
import type { ServerView } from "../../domain/view.ts";
import { adviseOnCopy } from "../findings/copy_advice.ts";
import { serverNamed } from "../findings/view_queries.ts";
import { originOf } from "../logical/join_publishers.ts";
import type { ConsumerOutlook, SlotOutlook } from "./preflight.ts";
import { type DerivedPoint, lastRow, lowered, pointOn, type PreflightContext } from "./preflight_context.ts";

/**
 * What happens to everything that takes part in logical replication: who reads from the primary through a slot, and the
 * subscriptions of this cluster itself, whose changes reach the candidate by physical replication.
 *
 * @param context The candidate and its cluster.
 * @param slots What happens to the slots; null when they are unknown.
 */
export function deriveConsumers(
  context: PreflightContext,
  slots: readonly SlotOutlook[] | null,
): readonly ConsumerOutlook[] {
  const readers = slots === null ? readersOfCopies(context) : slots.flatMap((outlook) => {
    const slot = context.primary?.facts.slots?.find((each) => each.slot === outlook.slot);
    return slot === undefined ? [] : readerOf(context, { slot, outlook });
  });
  return [...readers, ...ownSubscriptions(context)];
}

/** Where the slots of the primary were never read, its copies on the candidate show who reads. */
function readersOfCopies(context: PreflightContext): readonly ConsumerOutlook[] {
  const { candidate } = context;
  return (candidate.facts.slots ?? []).filter(({ synced }) => synced === true).flatMap((slot) =>
    readerOf(context, {
      slot,
      outlook: slot.temporary || isLostSlot(slot)
        ? { fate: "lost", because: `The copy of slot "${slot.slot}" on "${candidate.server}" is not ready` }
        : {
          fate: "follows",
          because: `"${candidate.server}" has a copy of slot "${slot.slot}" that is ready`,
        },
    })
  );
}

/** The subscription that reads a slot of this cluster; null when no watched server has one. */
function subscriptionOf(
  { view, cluster }: PreflightContext,
  slot: string,
): SubscriptionView | null {
  return view.subscriptions.find(({ publisher, fact }) =>
    fact.slot === slot && publisher?.clusterKey === cluster.key
  ) ?? null;
}

function readerOf(
  context: PreflightContext,
  { slot, outlook }: { readonly slot: SlotFact; readonly outlook: Pick<SlotOutlook, "fate" | "because"> },
): readonly ConsumerOutlook[] {
  const { candidate } = context;
  const consumer = consumerOf(slot);
  if (consumer === "standby" || consumer === "table_copy") return [];
  const subscription = subscriptionOf(context, slot.slot);
  const say = (fate: ConsumerOutlook["fate"], because: string): readonly ConsumerOutlook[] => [{
    consumer: subscription !== null || consumer === "subscription" ? "subscription" : "change_data_capture",
    subscription: subscription?.fact.name ?? null,
    server: subscription?.server ?? null,
    database: subscription?.fact.database ?? null,
    publications: subscription?.fact.publications ?? [],
    slot: slot.slot,
    publishedDatabase: slot.database,
    user: subscription?.publisher?.sender?.user ?? null,
    fate,
    because,
  }];
  if (outlook.fate === "unknown") return say("unknown", outlook.because);
  if (outlook.fate !== "follows") return say("copy_anew", outlook.because);
  if (context.isPrimaryUp) return say("repoint", outlook.because);
  // What was confirmed to the primary counts where the subscription is not watched.
  const applied = furthestLsn(
    subscription?.lag.appliedPosition,
    subscription === null ? slot.confirmedFlushPosition : null,
  );
  const { received } = context;
  if (applied === null || received === null) {
    return say("unknown", `How far it has applied, or "${candidate.server}" has received, is unknown`);
  }
  const ahead = lsnDistanceBytes(applied, received);
  if (ahead > 0) {
    return say(
      "loses_data",
      `It has applied up to ${
        formatBytes(ahead)
      } of WAL that "${candidate.server}" has not received: that stays with it alone, ` +
        `and as much of what "${candidate.server}" writes next is skipped`,
    );
  }
  if (copyIn(context, slot.slot)?.isAwaited === true) return say("repoint", outlook.because);
  if (subscription !== null && isReadToTheEnd(context, subscription)) return say("repoint", outlook.because);
  return say(
    "unknown",
    `${outlook.because}; but whether it has applied what "${candidate.server}" has not received is unknown: ` +
      `${subscription === null ? "its subscriber is not read" : "how far it got in the end was not read"}, ` +
      "and synchronized_standby_slots did not hold it back",
  );
}

/** A primary that is gone may have sent for this long after it last responded, seconds: it is asked every second. */
const SENDS_ON_SECONDS = 2;

/**
 * Whether everything that a subscription has applied of a primary that is gone is known. Without its origin, what it has
 * applied is only known from the primary, and from its worker while that is connected.
 */
function isReadToTheEnd({ view, primary }: PreflightContext, { fact, server }: SubscriptionView): boolean {
  const subscriber = serverNamed(view, server);
  if (subscriber === null || !subscriber.up || subscriber.readAt === null) return false;
  const applied = originOf(fact, subscriber)?.remotePosition ?? null;
  return applied !== null && subscriber.readAt > (primary?.heardAt ?? -Infinity) + SENDS_ON_SECONDS;
}

/** How a person finds out, before the promotion, whether a subscription is ahead of the candidate. */
function compareByHand(context: PreflightContext, { subscription, server, slot }: ConsumerOutlook): string {
  if (context.isPrimaryUp || subscription === null) return "";
  const oid = subscriptionOf(context, slot)?.fact.oid ?? null;
  return `As a superuser on "${server}": SELECT remote_lsn FROM pg_replication_origin_status` +
    `${
      oid === null ? "" : ` WHERE external_id = ${quoteText(`pg_${oid}`)}`
    }; and on "${context.candidate.server}": SELECT ` +
    "pg_last_wal_receive_lsn(); If the former is larger, changes would be skipped without an error: promote a standby that " +
    "has received more, or copy its tables again afterwards";
}

/** The slot on the candidate. */
export function copyIn({ view, primary, candidate }: PreflightContext, slot: string): SlotCopy | null {
  return view.slotCopies.find((each) =>
    each.slot === slot && each.standby === candidate.server && each.server === primary?.server
  ) ?? null;
}

function ownSubscriptions({ view, cluster, candidate }: PreflightContext): readonly ConsumerOutlook[] {
  return view.subscriptions.filter(({ server }) => serverNamed(view, server)?.clusterKey === cluster.key)
    .map(({ fact, server, publisher }) => ({
      consumer: "subscription",
      subscription: fact.name,
      server,
      database: fact.database,
      publications: fact.publications,
      slot: fact.slot,
      publishedDatabase: null,
      user: publisher?.sender?.user ?? null,
      fate: "goes_on",
      because:
        `"${candidate.server}" applies it after the promotion: how far it is came with the WAL, and its slot on ` +
        `${publisher === null ? "its publisher" : `"${publisher.server}"`} stays`,
    }));
}

/** A consumer in a sentence. */
export function nameOfConsumer({ consumer, subscription, server, slot }: ConsumerOutlook): string {
  if (subscription !== null) return `Subscription "${subscription}" on "${server}"`;
  return consumer === "subscription"
    ? `The subscription or CDC connector that reads slot "${slot}"`
    : `The CDC connector or program that reads slot "${slot}"`;
}

/**
 * Points on logical replication.
 *
 * @param context The candidate and its cluster.
 * @param consumers What happens to them.
 */
export function consumerPoints(
  context: PreflightContext,
  consumers: readonly ConsumerOutlook[],
): readonly DerivedPoint[] {
  const { candidate } = context;
  const point = pointOn("subscriptions");
  return [
    ...consumers.map((consumer) => {
      const name = nameOfConsumer(consumer);
      const why = lowered(consumer.because);
      switch (consumer.fate) {
        case "goes_on":
          return point("fine", `${name} goes on: ${consumer.because}`);
        case "repoint":
          return point(
            "info",
            `${name} goes on with its slot once its connection string leads to "${candidate.server}", by itself only where ` +
              `that names an address that moves along, or both servers: ${consumer.because}`,
          );
        case "unknown":
          return point(
            "warning",
            `Whether ${lowered(name)} can go on is unknown: ${why}`,
            compareByHand(context, consumer),
          );
        case "loses_data":
          return point(
            "loss",
            `${name} loses data: ${why}`,
            "Promote a standby that has received more, if there is one; else copy its tables again, see the step below",
          );
        case "copy_anew": {
          const advice = context.isPrimaryUp ? beforehand(context, consumer) : "";
          return point(
            "warning",
            consumer.consumer === "subscription"
              ? `${name} must be copied again, as its slot does not survive: ${why}`
              : `${name} needs a new snapshot, as its slot does not survive: ${why}`,
            advice,
          );
        }
      }
    }),
    ...workerPoints(context, consumers),
    ...awaitedPoints(context, consumers),
  ];
}

/** What the candidate would wait for as a primary: its setting was most likely copied from the primary. */
function* awaitedPoints(
  { candidate }: PreflightContext,
  consumers: readonly ConsumerOutlook[],
): Generator<DerivedPoint> {
  const awaited = awaitedBy(candidate);
  if (awaited.length === 0 || consumers.every(({ fate }) => fate === "goes_on")) return;
  yield pointOn("subscriptions")(
    "warning",
    `With synchronized_standby_slots = ${
      quoteText(awaited.join(", "))
    } on "${candidate.server}", consumers wait once it is ` +
      "promoted until standbys use slots of these names there",
    "See the step below that empties it",
    {
      intent: { kind: "set", settings: [["synchronized_standby_slots", ""]] },
      before: `Before you promote "${candidate.server}":`,
    },
  );
}

/** Physical slots that decoding on a server waits for. */
export function awaitedBy(server: ServerView | null): readonly string[] {
  return lastRow(server, "settings")?.slotSync?.awaited ?? [];
}

/** How a slot would survive, while its primary is up. */
function beforehand(context: PreflightContext, consumer: ConsumerOutlook): string {
  const copy = copyIn(context, consumer.slot);
  if (copy === null || copy.obstacles.includes("too_old") || copy.obstacles.includes("slot_lost")) return "";
  const others = copy.obstacles.filter((each) => each !== "not_failover" && each !== "missing");
  const name = consumer.subscription === null ? "NAME" : quoteName(consumer.subscription);
  const where = consumer.server === null
    ? "On its subscriber"
    : `On "${consumer.server}", in database "${consumer.database}"`;
  const mark = !copy.obstacles.includes("not_failover")
    ? ""
    : consumer.consumer === "subscription"
    ? `${where}: ALTER SUBSCRIPTION ${name} DISABLE; ALTER SUBSCRIPTION ${name} SET (failover = true); ALTER ` +
      `SUBSCRIPTION ${name} ENABLE; `
    : "Let its consumer make its slot with failover = true; ";
  const rest = others.length > 0 || mark === ""
    ? adviseOnCopy({ ...copy, obstacles: others.length > 0 ? others : copy.obstacles })
    : "";
  const what = `${mark}${rest}`.trimEnd();
  return `So that it survives: ${what}${/[.;]$/.test(what) ? "" : "."} Then run this again`;
}

function* workerPoints(
  { candidate, primary }: PreflightContext,
  consumers: readonly ConsumerOutlook[],
): Generator<DerivedPoint> {
  if (consumers.every(({ fate }) => fate !== "goes_on")) return;
  const [own, its] = [lastRow(candidate, "settings"), lastRow(primary, "settings")];
  if (own === null || its === null || own.maxWorkerProcesses >= its.maxWorkerProcesses) return;
  yield pointOn("subscriptions")(
    "warning",
    `"${candidate.server}" has fewer workers for them: max_worker_processes = ${own.maxWorkerProcesses} instead of ` +
      `${its.maxWorkerProcesses}`,
  );
}
