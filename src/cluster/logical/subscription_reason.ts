/**
 * Why a subscription is in its current state: exactly one reason, from both of its ends.
 *
 * @module
 */
import type { OpenTransaction, SubscriptionFact } from "../../domain/facts.ts";
import { countOf, formatBytes, formatSeconds } from "../../domain/quantities.ts";
import { isLostSlot } from "../../domain/slot.ts";
import type { PublisherEnd, SubscriptionLag, SubscriptionReason } from "../../domain/subscription.ts";
import { describeHolder } from "./held_slot.ts";

/** What the reason of a subscription is derived from. */
export interface ReasonInput {
  /** The subscription, as last read. */
  readonly fact: SubscriptionFact;
  /** Whether its server responds. */
  readonly isUp: boolean;
  /** Whether it was seen to be disabled right after errors; null when that was not seen. */
  readonly disabledAfterErrors: boolean | null;
  /** The publisher's end; null when it is not watched. */
  readonly publisher: PublisherEnd | null;
  /** Whether the publisher responds; null when it is not watched. */
  readonly isPublisherUp: boolean | null;
  /** Whether the slots of the publisher were read at the latest collection. */
  readonly isSlotKnown: boolean;
  /** Whether the publisher's server was replaced by this one of its cluster, to which the subscription has not connected. */
  readonly former: string | null;
  /** The transaction on the publisher that holds its slot; null when none does. */
  readonly heldBy: OpenTransaction | null;
  /** Whether its sender waits until a standby has what it is about to send. */
  readonly waitsForStandby: boolean;
  /** Whether it is connected, as the publisher reports; null when unknown. */
  readonly isConnected: boolean | null;
  /** What shows that the connection is half-open, one sentence; null when it is not. */
  readonly silence: string | null;
  /** How far it is behind. */
  readonly lag: SubscriptionLag;
  /** Whether tables are not yet in sync: their copy runs, waits, or is tried again; null when unknown. */
  readonly isCopying: boolean | null;
  /** For how long nothing was applied although there was WAL to apply, seconds; null while it moves. */
  readonly standsSeconds: number | null;
  /** Errors while applying since then; null when the server does not count them. */
  readonly applyErrors: number | null;
  /** Errors of the initial copy within the last minute; null when the server does not count them. */
  readonly copyErrors: number | null;
  /** Conflicts within the last minute; null when the server does not count them. */
  readonly conflicts: number | null;
  /** Transactions decoded for it since it stands, before its present connection: more than one shows that it connects again and again; null when unknown. */
  readonly decodedAgain: number | null;
  /** Bytes that decoding spilled within the last minute; null when unknown. */
  readonly spilledBytes: number | null;
  /** Bytes per second that the publisher writes; null when unknown. */
  readonly walBytesPerSecond: number | null;
}

/** A reason and its sentence; null when unknown. */
export interface DerivedReason {
  /** The reason. */
  readonly reason: SubscriptionReason | null;
  /** One sentence; "" when unknown. */
  readonly text: string;
}

/** A single error may be a lost connection: only a second one shows that it comes again. */
const REPEATED = 2;

/** From this lag on a subscription is behind, seconds. */
const BEHIND_SECONDS = 2;

/**
 * Derives the reason: what is certain first (disabled, slot lost), then what stops it, then what slows it down.
 *
 * @param input What is known.
 */
export function deriveSubscriptionReason(input: ReasonInput): DerivedReason {
  return (input.isUp ? disabled(input) : outOfReach(input)) ?? slotGone(input) ?? stopped(input) ??
    slowed(input);
}

function say(reason: SubscriptionReason, text: string): DerivedReason {
  return { reason, text };
}

function outOfReach({ isConnected, silence }: ReasonInput): DerivedReason | null {
  if (silence !== null) return say("half_open", silence);
  return isConnected === true ? null : say(
    "unreachable",
    "The exporter cannot reach the subscriber" +
      (isConnected === false ? ", and the publisher has no connection of it" : ""),
  );
}

function disabled({ fact, disabledAfterErrors }: ReasonInput): DerivedReason | null {
  if (fact.enabled) return null;
  const hadErrors = disabledAfterErrors ?? (fact.applyErrorsTotal ?? 0) + (fact.syncErrorsTotal ?? 0) > 0;
  return fact.disablesOnError === true && hadErrors
    ? say("disabled_by_error", "An error disabled it (disable_on_error); the log of the subscriber has it")
    : say("disabled", "It is disabled (ALTER SUBSCRIPTION ... DISABLE)");
}

function slotGone({ fact, publisher, isSlotKnown, former }: ReasonInput): DerivedReason | null {
  if (fact.slot === "") {
    return say("slot_missing", "It has no slot (slot_name = NONE), so it receives nothing");
  }
  if (publisher === null || !isSlotKnown) return null;
  const { server, slot } = publisher;
  if (slot === null) {
    return say(
      "slot_missing",
      `"${server}" has no slot "${fact.slot}"` +
        (former === null
          ? ""
          : `: it was promoted in place of "${former}", and the slot was not synchronized to it`),
    );
  }
  if (!isLostSlot(slot)) return null;
  return say(
    "slot_lost",
    `Its slot "${fact.slot}" on "${server}" was invalidated` +
      (slot.invalidationReason === null ? "" : ` (${slot.invalidationReason})`) +
      ": the WAL or the rows it needs are gone",
  );
}

function stopped(input: ReasonInput): DerivedReason | null {
  const { fact, publisher, isPublisherUp, former, isConnected, silence } = input;
  const blocker = fact.blockedBy;
  const waits = blocker !== null || fact.waitEventType === "Lock";
  if (input.isUp && waits && (input.lag.seconds ?? Infinity) >= BEHIND_SECONDS) {
    return say(
      "blocked",
      `Its apply worker waits for a lock${blocker === null ? "" : ` that ${describeHolder(blocker)} holds`}`,
    );
  }
  const failing = failingOf(input);
  if (failing !== null) return failing;
  if (input.waitsForStandby && (input.lag.seconds ?? 0) >= BEHIND_SECONDS) {
    return say(
      "waits_for_standby",
      `"${publisher?.server}" sends nothing that a standby of synchronized_standby_slots has not received yet`,
    );
  }
  if (isConnected === true) return silence === null ? null : say("half_open", silence);
  if (publisher !== null && isPublisherUp === false) {
    return isConnected === false || !isReceiving(fact)
      ? say("publisher_gone", `Its publisher "${publisher.server}" does not respond`)
      : null;
  }
  if (isConnected === null && input.isUp && fact.workerPid !== null) {
    const age = fact.lastMessageAgeSeconds;
    return age === null || isReceiving(fact)
      ? null
      : say("half_open", `Its apply worker runs, but received its last message ${formatSeconds(age)} ago`);
  }
  if (input.isUp && fact.workerPid === null) {
    const full = fullOf(fact);
    if (full !== null) return say("no_worker", `No worker runs for it: ${full}`);
  }
  const at = publisher === null ? "its publisher" : `"${publisher.server}"`;
  if (former !== null) {
    return say(
      "disconnected",
      `It has not connected to ${at}, which was promoted in place of "${former}"; its connection string may still name the latter`,
    );
  }
  const reader = publisher?.slot?.active === true ? publisher.sender : null;
  if (reader !== null) {
    const from = reader.clientAddress === "" ? "" : ` from ${reader.clientAddress}`;
    return say(
      "disconnected",
      `Its slot on ${at} is read by another client, "${reader.applicationName}"${from}, as with a restored copy of its server`,
    );
  }
  return say(
    "disconnected",
    `It is enabled, but not connected to ${at}` +
      (input.applyErrors === null ? "; whether an error stops it, only the log of the subscriber says" : ""),
  );
}

/** A connection that received something within this time, seconds, is alive: a bit over half of wal_sender_timeout's default. */
const MESSAGE_WITHIN_SECONDS = 45;

/** Whether its apply worker received something recently. */
function isReceiving({ workerPid, lastMessageAgeSeconds }: SubscriptionFact): boolean {
  return workerPid !== null && (lastMessageAgeSeconds ?? Infinity) < MESSAGE_WITHIN_SECONDS;
}

function failingOf(input: ReasonInput): DerivedReason | null {
  const { applyErrors, copyErrors, decodedAgain, standsSeconds, isConnected } = input;
  if (!input.isUp) return null;
  if ((applyErrors ?? 0) >= REPEATED && standsSeconds !== null) {
    return say(
      "apply_error",
      `Applying has failed ${applyErrors} times in the last ${
        formatSeconds(standsSeconds)
      }, each time at the same transaction; ` +
        "only the log of the subscriber has the error",
    );
  }
  // Before 15 nothing counts errors; the same transaction is decoded at each new connection (14).
  if (
    applyErrors === null && (decodedAgain ?? 0) >= REPEATED && standsSeconds !== null && isConnected !== null
  ) {
    return say(
      "apply_error",
      `It connects again and again and has applied nothing for ${
        formatSeconds(standsSeconds)
      }; the log of the subscriber has the error`,
    );
  }
  // A copy that waits for a lock now has not failed at that.
  const waits = input.fact.copies.some(({ blockedBy }) => blockedBy !== null);
  if ((copyErrors ?? 0) >= REPEATED && input.isCopying !== false && !waits) {
    return say(
      "copy_error",
      `The initial copy of a table has failed ${copyErrors} times in the last minute; only the log of the subscriber has the error`,
    );
  }
  return null;
}

/** Tables that are not yet in sync with the publisher. */
export function pendingTables(tables: SubscriptionFact["tables"]): number {
  return Object.entries(tables ?? {}).reduce((sum, [state, count]) => state === "r" ? sum : sum + count, 0);
}

/** Which limit on workers is reached; null when none is. */
function fullOf(fact: SubscriptionFact): string | null {
  const { runningWorkers, maxLogicalWorkers, runningBackgroundWorkers, maxWorkerProcesses } = fact;
  if (runningWorkers >= maxLogicalWorkers) {
    return `all ${maxLogicalWorkers} of max_logical_replication_workers are in use`;
  }
  return runningBackgroundWorkers !== null && runningBackgroundWorkers >= maxWorkerProcesses
    ? `all ${maxWorkerProcesses} of max_worker_processes are in use`
    : null;
}

function slowed(input: ReasonInput): DerivedReason {
  const { fact, lag, spilledBytes, conflicts, walBytesPerSecond, isUp } = input;
  const isBehind = (lag.seconds ?? 0) >= BEHIND_SECONDS;
  if (isUp && input.isCopying === true) return copyingOf(fact);
  if (isBehind && (spilledBytes ?? 0) > 0) {
    return say(
      "spilling",
      `The publisher decodes a large transaction: ${
        formatBytes(spilledBytes ?? 0)
      } were written to disk in the last minute`,
    );
  }
  if (isUp && (conflicts ?? 0) > 0) {
    return say(
      "conflict",
      `It applies, but ${conflicts} changes in the last minute met rows that differ or are missing`,
    );
  }
  const held = input.heldBy;
  if (held !== null && !isBehind) {
    return say(
      "long_transaction",
      `It has caught up, but ${describeHolder(held)} on the publisher holds its slot`,
    );
  }
  if (lag.seconds === null && input.isConnected === null && !isReceiving(fact)) {
    return { reason: null, text: "" };
  }
  return lag.seconds === 0 && walBytesPerSecond === 0
    ? say("idle", "It has applied everything, and the publisher writes nothing")
    : say("streaming", "It receives and applies");
}

function copyingOf(fact: SubscriptionFact): DerivedReason {
  const total = Object.values(fact.tables ?? {}).reduce((sum, each) => sum + each, 0);
  const done = total === 0 ? "" : `: ${total - pendingTables(fact.tables)} of ${total} tables are done`;
  const stuck = fact.copies.find(({ blockedBy }) => blockedBy !== null)?.blockedBy ?? null;
  if (stuck !== null) {
    return say(
      "blocked",
      `The initial copy of a table waits for a lock that ${describeHolder(stuck)} holds${done}`,
    );
  }
  if (fact.copies.length === 0) {
    const full = fullOf(fact);
    if (full !== null) return say("no_worker", `Tables wait for their initial copy: ${full}${done}`);
  }
  const sumOf = (key: "bytes" | "rows") => fact.copies.reduce((sum, each) => sum + (each[key] ?? 0), 0);
  const [bytes, rows] = [sumOf("bytes"), sumOf("rows")];
  return say(
    "copying",
    `The initial copy of its tables is under way${done}` +
      (bytes === 0
        ? ""
        : `, ${rows === 0 ? "" : `${countOf(rows, "row")} and `}${formatBytes(bytes)} of those under way`),
  );
}
