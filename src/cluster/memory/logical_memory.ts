/**
 * What is remembered of the logical slots and subscriptions of one server between collections.
 *
 * @module
 */
import type { Facts, SlotFact, SubscriptionFact } from "../../domain/facts.ts";
import type { Lsn } from "../../domain/lsn.ts";
import { unconfirmedBytesOf } from "../../domain/slot.ts";
import { PositionHistory } from "../lag/position_history.ts";
import { RecentIncrease } from "./recent_increase.ts";

/** How far back positions of consumers reach, seconds. */
const CONFIRMED_WINDOW_SECONDS = 300;

/** How far back counters reach, seconds. */
const COUNTER_WINDOW_SECONDS = 600;

/** How far the consumers of logical slots are, at one moment. */
export interface SlotSample {
  /** `confirmed_flush_lsn` by slot; absent when not read. */
  readonly confirmed?: ReadonlyMap<string, Lsn>;
  /** When: our monotonic seconds. */
  readonly at: number;
}

/** What is remembered of one subscription. */
export interface SubscriptionMemory {
  /** Whether it was enabled when last read. */
  readonly enabled: boolean;
  /** Whether it was seen to be disabled right after errors; null when it was disabled from the beginning, or is enabled. */
  readonly disabledAfterErrors: boolean | null;
  /** Where the publisher's end was when last known. */
  readonly publisher: { readonly server: string; readonly clusterKey: string | null } | null;
}

/** Conflicts that are errors: the transaction fails, and is tried and counted again; the others are passed over. */
const FAILING_CONFLICTS: ReadonlySet<string> = new Set([
  "insert_exists",
  "update_exists",
  "multiple_unique_conflicts",
]);

const NONE: ReadonlyMap<string, Lsn> = new Map();

const NONE_STANDS: ReadonlyMap<string, number> = new Map();

/** Remembers the logical slots and subscriptions of one server. */
export class LogicalMemory {
  /** `confirmed_flush_lsn` of each logical slot over time. */
  #confirmed = new Map<string, PositionHistory>();
  #subscriptions = new Map<string, SubscriptionMemory>();
  readonly #ofSubscriptions = new RecentIncrease();
  readonly #ofSlots = new RecentIncrease();

  /** `confirmed_flush_lsn` of a slot over time; null when it has none. */
  confirmedOf(slot: string): PositionHistory | null {
    return this.#confirmed.get(slot) ?? null;
  }

  /**
   * Since when the consumer of each slot has WAL to confirm and has confirmed nothing.
   *
   * @param slots The slots.
   * @param wal End of their server's WAL over time.
   */
  confirmedSince(slots: readonly SlotFact[], wal: PositionHistory): ReadonlyMap<string, number> {
    if (this.#confirmed.size === 0) return NONE_STANDS;
    return new Map(slots.flatMap((slot) => {
      const { newest = null, previous = null } = this.#confirmed.get(slot.slot) ?? {};
      if (newest === null || (unconfirmedBytesOf(slot) ?? 0) <= 0) return [];
      const stoodAt = previous !== null && previous.position === newest.position ? previous.at : newest.at;
      return [[slot.slot, Math.max(stoodAt, wal.passedAt(newest.position) ?? stoodAt)] as const];
    }));
  }

  /** What is remembered of a subscription; null when it was never read. */
  subscription(fact: Pick<SubscriptionFact, "database" | "name">): SubscriptionMemory | null {
    return this.#subscriptions.get(keyOf(fact)) ?? null;
  }

  /** Records where the publisher's end of a subscription is. */
  rememberPublisher(
    fact: Pick<SubscriptionFact, "database" | "name">,
    publisher: NonNullable<SubscriptionMemory["publisher"]>,
  ): void {
    const before = this.#subscriptions.get(keyOf(fact));
    if (before === undefined || before.publisher?.server === publisher.server) return;
    this.#subscriptions.set(keyOf(fact), { ...before, publisher });
  }

  /**
   * By how much a counter of a subscription grew since a moment, at most ten minutes ago.
   *
   * @param counter Which.
   * @param from Our monotonic seconds.
   * @returns null when it was never read.
   */
  increaseOf(counter: SubscriptionCounter | SlotCounter, name: string, from: number): number | null {
    const counters = counter === "decoded" || counter === "spilled" ? this.#ofSlots : this.#ofSubscriptions;
    return counters.increase(`${counter} ${name}`, from);
  }

  /** Records how far the consumers of the slots are; nothing when that was not read. */
  sample({ confirmed = NONE, at }: SlotSample): void {
    for (const [slot, position] of confirmed) {
      const history = this.#confirmed.get(slot) ?? new PositionHistory(CONFIRMED_WINDOW_SECONDS);
      this.#confirmed.set(slot, history);
      history.add({ position, at });
    }
  }

  /**
   * Records the facts of a collection. What was not read is as it was.
   *
   * @param at When they were read: our monotonic seconds.
   */
  observe({ server, slots, decoding, subscriptions }: Facts, at: number): void {
    if (slots !== undefined) {
      const confirmed = new Map(
        slots.flatMap(({ slot, confirmedFlushPosition }) =>
          confirmedFlushPosition === null ? [] : [[slot, confirmedFlushPosition] as const]
        ),
      );
      for (const slot of this.#confirmed.keys()) if (!confirmed.has(slot)) this.#confirmed.delete(slot);
      this.sample({ confirmed, at });
    }
    if (decoding !== undefined) {
      this.#count(
        this.#ofSlots,
        at,
        decoding.flatMap((each) => [
          [`decoded ${each.slot}`, each.decodedTransactionsTotal],
          [`spilled ${each.slot}`, each.spilledBytesTotal],
        ]),
      );
    }
    // The collector does not run on a server without any.
    if (subscriptions !== undefined) this.#observeSubscriptions(subscriptions, at);
    else if (server?.[0]?.hasSubscriptions === false) this.#observeSubscriptions([], at);
  }

  #observeSubscriptions(subscriptions: readonly SubscriptionFact[], at: number): void {
    this.#count(
      this.#ofSubscriptions,
      at,
      subscriptions.flatMap((fact) => {
        const key = keyOf(fact);
        const conflicts = Object.entries(fact.conflictsTotal).filter(([kind]) =>
          !FAILING_CONFLICTS.has(kind)
        );
        return [
          [`apply_errors ${key}`, fact.applyErrorsTotal],
          [`copy_errors ${key}`, fact.syncErrorsTotal],
          [
            `conflicts ${key}`,
            conflicts.length === 0 ? null : conflicts.reduce((sum, [, total]) => sum + total, 0),
          ],
        ];
      }),
    );
    const known = this.#subscriptions;
    this.#subscriptions = new Map(subscriptions.map((fact) => {
      const key = keyOf(fact);
      const before = known.get(key) ?? null;
      return [key, {
        enabled: fact.enabled,
        disabledAfterErrors: this.#disabledAfterErrors(fact, before, at),
        publisher: before?.publisher ?? null,
      }];
    }));
  }

  #count(
    counters: RecentIncrease,
    at: number,
    totals: readonly (readonly [counter: string, total: number | null])[],
  ): void {
    const counted = new Set<string>();
    for (const [counter, total] of totals) {
      if (total === null) continue;
      counted.add(counter);
      counters.add(counter, { total, at });
    }
    counters.retain(counted, at - COUNTER_WINDOW_SECONDS);
  }

  #disabledAfterErrors(
    fact: SubscriptionFact,
    before: SubscriptionMemory | null,
    at: number,
  ): SubscriptionMemory["disabledAfterErrors"] {
    if (fact.enabled || before === null) return null;
    if (!before.enabled) return before.disabledAfterErrors;
    const from = at - DISABLED_BY_SECONDS;
    return ["apply_errors", "copy_errors"].some((counter) =>
      (this.#ofSubscriptions.increase(`${counter} ${keyOf(fact)}`, from) ?? 0) > 0
    );
  }
}

/** A subscription that an error disabled had it within this time, seconds: at least two collections. */
const DISABLED_BY_SECONDS = 60;

/** Counters of a subscription; their name is {@linkcode keyOf} of it. */
export type SubscriptionCounter = "apply_errors" | "copy_errors" | "conflicts";

/** Counters of a slot; their name is that of the slot. */
export type SlotCounter = "decoded" | "spilled";

/** Name of a subscription's counters on its server. */
export function keyOf({ database, name }: Pick<SubscriptionFact, "database" | "name">): string {
  return `${database}/${name}`;
}
