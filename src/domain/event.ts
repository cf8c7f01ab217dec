/**
 * What happened, in order.
 *
 * @module
 */

/** Kinds of events. */
export const EVENT_KINDS = [
  "attached",
  "detached",
  "promoted",
  "demoted",
  "stranded",
  "slot_lost",
  "split_brain",
  "subscription_stopped",
  "subscription_resumed",
  "reachable",
  "unreachable",
] as const;

/** One of {@linkcode EVENT_KINDS}. */
export type EventKind = typeof EVENT_KINDS[number];

/** Something that happened to a server. */
export interface ClusterEvent {
  /** What. */
  readonly kind: EventKind;
  /** The server it concerns. */
  readonly server: string;
  /** One sentence for a person. */
  readonly message: string;
  /** When it was observed: our monotonic seconds. */
  readonly at: number;
  /** The same as Unix time. */
  readonly unixSeconds: number;
}
