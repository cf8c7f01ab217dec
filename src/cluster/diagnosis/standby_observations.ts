/**
 * What can only be told from several readings of a standby: for how long something has not moved.
 *
 * Every duration here is between two of our own readings, on our monotonic clock. A reading that does not come adds
 * nothing: silence of the exporter is no silence of the standby.
 *
 * @module
 */
import { furthestLsn, type Lsn } from "../../domain/lsn.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import type { StandbyContext } from "../standby_context.ts";
import { serverFact } from "../topology/identity.ts";
import { knownReceiver, receivedPosition, walEndOf } from "../topology/receiver_facts.ts";

/** A status message this much younger than the last one known is another one: statements differ by less, seconds. */
const ANOTHER_REPLY_SECONDS = 0.5;

/** What was seen of one standby over time; null where there was nothing to see yet. */
export interface Observations {
  /** Seconds for which its replayed position has not moved. */
  readonly replayStillSeconds: number | null;
  /** Seconds for which we have watched it ourselves. */
  readonly watchedSeconds: number | null;
  /** Whether it was ever seen with a WAL receiver. */
  readonly receiverSeen: boolean;
  /** Seconds since its replay was last seen to move without a receiver: fed from the archive. */
  readonly restoredAgoSeconds: number | null;
  /** Seconds since a query on it was last seen to be cancelled by replay. */
  readonly conflictAgoSeconds: number | null;
  /** Seconds for which its upstream had WAL that it did not receive, while it received nothing; 0: lacks nothing. */
  readonly waitingSeconds: number | null;
  /** Seconds without another status message of it at its upstream. */
  readonly replySilenceSeconds: number | null;
  /** The furthest position it is known to have received. */
  readonly received: Lsn | null;
}

/** Nothing was seen. */
export const NO_OBSERVATIONS: Observations = {
  replayStillSeconds: null,
  watchedSeconds: null,
  receiverSeen: false,
  restoredAgoSeconds: null,
  conflictAgoSeconds: null,
  waitingSeconds: null,
  replySilenceSeconds: null,
  received: null,
};

/** What is read of a standby at one moment: itself, its upstream, its row there. */
export type StandbyReading = Pick<StandbyContext, "own" | "upstream" | "sender">;

interface Memory {
  firstAt: number | null;
  ownAt: number | null;
  replay: { readonly position: Lsn; readonly since: number; readonly restored: boolean } | null;
  receiverSeen: boolean;
  restoredAt: number | null;
  conflicts: number | null;
  conflictAt: number | null;
  received: { readonly position: Lsn; readonly at: number } | null;
  lacks: { readonly received: Lsn; readonly since: number } | null;
  reply: { readonly mark: number; readonly since: number; readonly at: number } | null;
}

/** Remembers, by the name of a standby, what its readings showed. */
export class StandbyObservations {
  readonly #memories = new Map<string, Memory>();

  /**
   * Takes in the latest reading of a standby; the same one again changes nothing.
   *
   * @param standby Its name, unique in its cluster.
   * @param reading What was read of it.
   */
  observe(standby: string, reading: StandbyReading): void {
    const memory = this.#memories.get(standby) ?? newMemory();
    this.#memories.set(standby, memory);
    if (reading.own?.up && reading.own.readAt !== null) observeOwn(memory, reading.own, reading.own.readAt);
    observeReceived(memory, reading);
    observeLack(memory, reading);
    observeReply(memory, reading);
  }

  /** What was seen of a standby so far. */
  of(standby: string): Observations {
    const memory = this.#memories.get(standby);
    if (memory === undefined) return NO_OBSERVATIONS;
    const { replay, ownAt, firstAt, received, lacks, reply } = memory;
    const ago = (at: number | null) => at === null || ownAt === null ? null : ownAt - at;
    return {
      replayStillSeconds: ago(replay?.since ?? null),
      watchedSeconds: ago(firstAt),
      receiverSeen: memory.receiverSeen,
      restoredAgoSeconds: ago(memory.restoredAt),
      conflictAgoSeconds: ago(memory.conflictAt),
      waitingSeconds: received === null ? null : lacks === null ? 0 : Math.max(0, received.at - lacks.since),
      replySilenceSeconds: reply === null ? null : reply.at - reply.since,
      received: received?.position ?? null,
    };
  }

  /**
   * Forgets standbys that are gone for good.
   *
   * @param standbys Those to keep.
   */
  retain(standbys: ReadonlySet<string>): void {
    for (const standby of this.#memories.keys()) if (!standbys.has(standby)) this.#memories.delete(standby);
  }
}

function newMemory(): Memory {
  return {
    firstAt: null,
    ownAt: null,
    replay: null,
    receiverSeen: false,
    restoredAt: null,
    conflicts: null,
    conflictAt: null,
    received: null,
    lacks: null,
    reply: null,
  };
}

function observeOwn(memory: Memory, own: ServerSnapshot, at: number): void {
  if (memory.ownAt !== null && at <= memory.ownAt) return;
  memory.firstAt ??= at;
  memory.ownAt = at;
  const receiver = knownReceiver(own);
  const withoutReceiver = receiver === null;
  if (receiver) memory.receiverSeen = true;
  const position = serverFact(own)?.replayPosition ?? null;
  if (position !== null && position !== memory.replay?.position) {
    // Between two readings without a receiver nothing was streamed: what was replayed came from the archive.
    if (withoutReceiver && memory.replay?.restored === true) memory.restoredAt = at;
    memory.replay = { position, since: at, restored: withoutReceiver };
  } else if (memory.replay !== null) memory.replay = { ...memory.replay, restored: withoutReceiver };
  const conflicts = own.facts.conflicts?.reduce((sum, { total }) => sum + total, 0) ?? null;
  if (conflicts !== null && memory.conflicts !== null && conflicts > memory.conflicts) memory.conflictAt = at;
  memory.conflicts = conflicts ?? memory.conflicts;
}

/** The standby's own word, when it is reached; else the last its upstream heard of it. */
function observeReceived(memory: Memory, { own, upstream, sender }: StandbyReading): void {
  const position = own?.up
    ? receivedPosition(own)
    : furthestLsn(sender?.writePosition, sender?.flushPosition, sender?.replayPosition);
  const at = (own?.up ? own : upstream)?.readAt ?? null;
  if (position !== null && at !== null) memory.received = { position, at };
}

function observeLack(memory: Memory, { upstream, sender }: StandbyReading): void {
  const { received } = memory;
  const end = sender?.serverPosition ?? (upstream?.up ? walEndOf(upstream) : null);
  const at = upstream?.readAt ?? null;
  if (received === null || end === null || at === null) return;
  if (end <= received.position) memory.lacks = null;
  else if (memory.lacks?.received !== received.position) {
    memory.lacks = { received: received.position, since: at };
  }
}

/** The time in a status message is the standby's clock: that it changes tells, not how far it is from ours. */
function observeReply(memory: Memory, { upstream, sender }: StandbyReading): void {
  const clock = upstream === null ? undefined : serverFact(upstream)?.clockUnixSeconds;
  const at = upstream?.readAt ?? null;
  if (!sender || sender.replyAgeSeconds === null || clock === undefined || at === null) {
    memory.reply = null;
    return;
  }
  const mark = clock - sender.replyAgeSeconds;
  const { reply } = memory;
  if (reply === null || Math.abs(mark - reply.mark) > ANOTHER_REPLY_SECONDS) {
    memory.reply = { mark, since: at, at };
  } else memory.reply = { ...reply, at };
}
