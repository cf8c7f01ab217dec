/**
 * How far a subscription is behind its publisher, on the publisher's lag clock.
 *
 * `replay_lag` of a logical sender is never used: it keeps its last value while nothing is applied. The position that counts
 * is what the consumer of the slot has confirmed: it follows within a second also while only WAL is written that is not
 * published, and outlives the subscriber.
 *
 * @module
 */
import type { Lsn } from "../../domain/lsn.ts";
import type { SubscriptionLag, SubscriptionLagUnknownReason } from "../../domain/subscription.ts";
import type { LagClock } from "../lag/lag_clock.ts";
import type { PositionSample } from "../lag/position_history.ts";
import type { NoReference, Reference } from "../lag/reference_primary.ts";

/** What the lag of a subscription is derived from. */
export interface SubscriptionLagInput {
  /** What is applied, and when that was read; null when never known. */
  readonly applied: PositionSample | null;
  /** The publisher's WAL it is measured against; null when no publisher is known. */
  readonly publisher: {
    /** Name of the server that has the slot. */
    readonly server: string;
    /** The publisher's WAL. */
    readonly reference: Reference | NoReference;
    /** Its positions over time. */
    readonly lagClock: LagClock;
    /** Whether it has the slot; null when that is unknown. */
    readonly hasSlot: boolean | null;
  } | null;
  /** Why no publisher is known, one sentence. */
  readonly publisherUnknown: string;
  /** Whether something reads the slot and reports: then what is not confirmed is on its way. */
  readonly isConnected: boolean;
  /** The moment: our monotonic seconds. */
  readonly at: number;
}

/** A primary that was not read for this long does not respond, seconds. */
const PUBLISHER_SILENCE_SECONDS = 3;

/**
 * Derives the lag of a subscription.
 *
 * @param input What is known.
 */
export function deriveSubscriptionLag(input: SubscriptionLagInput): SubscriptionLag {
  const { applied, publisher, at } = input;
  const position = applied?.position ?? null;
  if (publisher === null) return noLag(position, "publisher_not_watched", input.publisherUnknown);
  const { server, reference, lagClock } = publisher;
  if (applied === null) {
    return publisher.hasSlot === false
      ? noLag(null, "slot_missing", `"${server}" has no slot of it, so what is left to apply is unknown`)
      : noLag(null, "no_position", "Neither end has reported how far it has applied");
  }
  if ("reason" in reference) return noLag(position, "publisher_unreachable", reference.because);
  // What was confirmed is read together with the publisher's position; of one that stands, the lag grows until now.
  const moment = input.isConnected ? applied.at : at;
  const reading = lagClock.lagOf({
    timeline: reference.timeline,
    appliedPosition: applied.position,
    at: moment,
  });
  if (reading.newest === null || reading.bytes === null) {
    return noLag(position, "history_too_short", `No position of "${server}" has been read yet`);
  }
  if (reading.caughtUp) {
    return reference.primary === null || at - reading.newest.at > PUBLISHER_SILENCE_SECONDS
      ? noLag(
        position,
        "publisher_unreachable",
        `It has applied everything "${server}" had written when last read, but that does not respond now`,
      )
      : someLag(position, { seconds: 0, bytes: 0, source: "clock" });
  }
  if (reading.seconds === null) {
    return {
      ...noLag(
        position,
        "history_too_short",
        `What it has applied is older than the first position that the exporter has read from "${server}"`,
      ),
      bytes: reading.bytes,
    };
  }
  return someLag(position, {
    seconds: reading.seconds,
    bytes: reading.bytes,
    source: input.isConnected ? "clock" : "upper_bound",
  });
}

function someLag(
  appliedPosition: Lsn | null,
  known: Pick<SubscriptionLag, "seconds" | "bytes" | "source">,
): SubscriptionLag {
  return { ...known, unknownReason: null, unknownBecause: "", appliedPosition };
}

function noLag(
  appliedPosition: Lsn | null,
  reason: SubscriptionLagUnknownReason,
  because: string,
): SubscriptionLag {
  return {
    seconds: null,
    bytes: null,
    source: null,
    unknownReason: reason,
    unknownBecause: because,
    appliedPosition,
  };
}
