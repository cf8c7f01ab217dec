/**
 * What an advice wants done, apart from who does it: under a manager each intent has commands of its own.
 *
 * @module
 */
import type { SlotConsumer } from "../../domain/slot.ts";
import type { SubscriptionView } from "../../domain/subscription.ts";

/** A setting and its new value. */
export type NewSetting = readonly [name: string, value: string];

/** Everything that an advice may want done. */
export interface Intents {
  /** Settings are changed; `restart` when they take effect after a restart. */
  readonly set: { readonly settings: readonly NewSetting[]; readonly restart?: boolean };
  /** Commits must not wait any longer for synchronous standbys that are missing. */
  readonly release_commits: Record<never, never>;
  /** One more standby may confirm synchronous commits; `standbys` stream. */
  readonly add_synchronous: { readonly required: number; readonly standbys: readonly string[] };
  /** The server is replaced by a new base backup. */
  readonly rebuild: Record<never, never>;
  /** A server that left its cluster comes back as a standby. */
  readonly rejoin: Record<never, never>;
  /** A cluster without a primary gets one. */
  readonly get_primary: Record<never, never>;
  /** Of several primaries one stays; `newest` was promoted last. */
  readonly keep_one_primary: { readonly newest: string; readonly others: readonly string[] };
  /** A standby that receives nothing streams again. */
  readonly reconnect: Record<never, never>;
  /** A standby gets a slot on its upstream. */
  readonly give_slot: { readonly slot: string };
  /** A slot whose consumer is gone is dropped. */
  readonly drop_slot: { readonly slot: string; readonly consumer: SlotConsumer };
  /** A lost slot is replaced. */
  readonly replace_slot: {
    readonly slot: string;
    readonly consumer: SlotConsumer;
    /** The watched subscription that reads it; null when none is known. */
    readonly reader: SubscriptionView | null;
  };
  /** A server that is down is started. */
  readonly start: Record<never, never>;
  /** A line is added to `pg_hba.conf`. */
  readonly admit: { readonly line: string };
  /** Data checksums are turned on. */
  readonly enable_checksums: Record<never, never>;
  /** The servers get a newer version. */
  readonly upgrade: { readonly isMajor: boolean };
}

/** The name of an intent. */
export type IntentName = keyof Intents;

/** One intent with what it needs. */
export type Intent<K extends IntentName = IntentName> = {
  readonly [P in K]: { readonly kind: P } & Intents[P];
}[K];

/** What an advice wants done, and its words that hold under any manager. */
export interface Remedy {
  /** What is to be done. */
  readonly intent: Intent;
  /** The server where it is done; that of the finding when absent. */
  readonly server?: string;
  /** What comes before it: a clause, without its comma or semicolon; "" when nothing. */
  readonly before?: string;
  /** What follows it. */
  readonly after?: string;
}

/** Where something is done, in the manager's own names. */
export interface MemberPlace {
  /** The cluster. */
  readonly cluster: string;
  /** The member that a finding is about. */
  readonly member: string;
  /** Our name of it. */
  readonly server: string;
}

/** A manager's commands for each intent, as a sentence without full stop. */
export type Speech = { readonly [K in IntentName]: (intent: Intent<K>, place: MemberPlace) => string };
