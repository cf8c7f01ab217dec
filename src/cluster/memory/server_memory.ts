/**
 * What is remembered of each watched server between collections.
 *
 * @module
 */
import type { SenderFact, ServerFact } from "../../domain/facts.ts";
import { furthestLsn, type Lsn, lsnDistanceBytes } from "../../domain/lsn.ts";
import type { Role } from "../../domain/role.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { LogicalMemory, type SlotSample } from "./logical_memory.ts";
import { PositionHistory, type PositionSample, SHORTEST_INTERVAL_SECONDS } from "../lag/position_history.ts";
import { serverFact } from "../topology/identity.ts";
import { receiverOf } from "../topology/receiver_facts.ts";

/** Window of the rates that the loss of a slot is forecast from, seconds. */
export const SLOT_WINDOW_SECONDS = 300;

/** A primary that ends wrote its last WAL within this time after it was last sampled, seconds. */
const LAST_WORDS_SECONDS = 1;

/** A position and the timeline it is on. */
export interface TimelinePosition extends PositionSample {
  /** The timeline; null when unknown. */
  readonly timeline: number | null;
}

/** A sample of a standby between collections. */
export interface StandbyTick extends SlotSample {
  /** End of its WAL: received or replayed, whichever is further. */
  readonly position: Lsn;
  /** `pg_last_wal_replay_lsn()`; null before anything was replayed. */
  readonly replayed: Lsn | null;
}

/** What a standby has reported to its primary. */
export interface StandbyReport {
  /** `flush_lsn` of its sender row. */
  readonly flushed: Lsn;
  /** `replay_lsn` of its sender row. */
  readonly replayed: Lsn;
  /** When the row was read: our monotonic seconds. */
  readonly at: number;
}

/** Remembers one server. */
export class ServerMemory {
  /** System identifier under which it wrote in an earlier run; null when it did not. */
  writtenAs: string | null = null;
  /** Its role when last reached. */
  role: Role | null = null;
  /** Its timeline: the highest it reported, until it certainly is on another. */
  timeline: number | null = null;
  /** End of its WAL since it took its current role: written, or received or replayed, whichever is further. */
  wal = new PositionHistory();
  /** Its replay position as a standby, reported by itself or, while it is unreachable, by its upstream. */
  readonly replay = new PositionHistory();
  /** End of its WAL when last seen in recovery, until it writes: a promotion begins its timeline there. */
  recoveryEnd: PositionSample | null = null;
  /** `restart_lsn` of each of its slots over time. */
  slots: ReadonlyMap<string, PositionHistory> = new Map();
  /** Its logical slots and its subscriptions over time. */
  readonly logical = new LogicalMemory();
  /** When `restart_lsn` of a slot last moved between two readings that found it inactive: something else moves it. */
  #movedIdleAt: ReadonlyMap<string, number> = new Map();
  #idleSlots: ReadonlySet<string> = new Set();
  #timelineSince = -Infinity;
  #appliedTimeline: number | null = null;
  #isStandby = false;
  /** Whether its upstream was the last to report what it applied. */
  #isByUpstream = false;
  #hasWritten = false;
  #collectedAt: number | null = null;
  #collectedBefore: number | null = null;

  /** The furthest position it is known to have applied as a standby; null when it is a primary, or unknown. */
  get applied(): TimelinePosition | null {
    const { newest } = this.replay;
    return !this.#isStandby || newest === null ? null : { ...newest, timeline: this.#appliedTimeline };
  }

  /** The applied position before that, on the same timeline; null when unknown. */
  get appliedBefore(): TimelinePosition | null {
    const { previous } = this.replay;
    if (!this.#isStandby || previous === null || previous.at < this.#timelineSince) return null;
    return { ...previous, timeline: this.#appliedTimeline };
  }

  /** The position it had written when last seen as a primary; null when it was a standby since. */
  get written(): TimelinePosition | null {
    const { newest } = this.wal;
    return this.role !== "primary" || !this.#hasWritten || newest === null
      ? null
      : { ...newest, timeline: this.timeline };
  }

  /** Bytes per second by which its WAL grew between the last two collections; null when unknown. */
  get walBytesPerSecond(): number | null {
    return this.#rateOf(this.wal);
  }

  /** Bytes of WAL per second that it replayed between the last two collections; null when unknown. */
  get replayBytesPerSecond(): number | null {
    return this.role === "standby" ? this.#rateOf(this.replay) : null;
  }

  /** Slots that moved within the last minutes while no client was connected: an HA manager or another program moves them. */
  get movedIdleSlots(): ReadonlySet<string> {
    const since = (this.#collectedAt ?? 0) - SLOT_WINDOW_SECONDS;
    return new Set([...this.#movedIdleAt].flatMap(([slot, movedAt]) => movedAt < since ? [] : [slot]));
  }

  /**
   * Records the outcome of a collection.
   *
   * @param snapshot The outcome; one that failed changes nothing.
   * @param receivedBy The furthest position that a standby which was connected to its end had received at a moment; null
   * when unknown.
   */
  observe(snapshot: ServerSnapshot, receivedBy: (at: number) => Lsn | null = () => null): void {
    const fact = serverFact(snapshot);
    const at = snapshot.readAt;
    if (!snapshot.up || fact === null || at === null) return;
    const { clockUnixSeconds, startUnixSeconds: started } = fact;
    const startedAt = started === null ? -Infinity : at - (clockUnixSeconds - started);
    const isOther = !fact.inRecovery && this.timeline !== fact.timeline;
    // A start that lies ahead shows that the server's clock was set back.
    if (startedAt <= at) this.#observeRestart(fact, { startedAt, receivedBy });
    if (!fact.inRecovery) this.#observePromotion(fact, { at, startedAt });
    if (this.role !== snapshot.role || isOther) {
      this.#collectedAt = null;
      this.#collectedBefore = null;
      this.wal = new PositionHistory();
      this.role = snapshot.role;
      this.#hasWritten = false;
    }
    if (this.#collectedAt === null || at - this.#collectedAt >= SHORTEST_INTERVAL_SECONDS) {
      this.#collectedBefore = this.#collectedAt;
      this.#collectedAt = at;
    }
    this.#observeSlots(snapshot, at);
    this.logical.observe(snapshot.facts, at);
    if (!fact.inRecovery) {
      this.#isStandby = false;
      this.timeline = fact.timeline;
      if (fact.writePosition !== null) this.write({ position: fact.writePosition, at });
      return;
    }
    this.timeline = timelineOfStandby(snapshot, this.timeline);
    const received = furthestLsn(fact.receivePosition, fact.replayPosition);
    if (received !== null) {
      this.recoveryEnd = { position: received, at };
      this.wal.add(this.recoveryEnd);
    }
    if (fact.replayPosition === null) return;
    // Its upstream may have been read a moment later, and knew less.
    if (this.#isByUpstream) this.replay.dropFrom(at);
    this.#isByUpstream = false;
    this.#apply({ position: fact.replayPosition, at, timeline: this.timeline });
  }

  /**
   * Records the position that a primary has written.
   *
   * @param sample The position.
   * @param history The history that already has it; its own by default.
   */
  write(sample: PositionSample, history: PositionHistory | null = null): void {
    if (history === null) this.wal.add(sample);
    else this.wal = history;
    this.#hasWritten = true;
  }

  /**
   * Records a sample of a standby between collections: its lag is derived from that until the next one.
   *
   * @param tick The sample.
   */
  sampleStandby({ position, replayed, at, ...slots }: StandbyTick): void {
    this.logical.sample({ ...slots, at });
    this.#sampleWal({ position, replayed, at });
  }

  #sampleWal({ position, replayed, at }: Omit<StandbyTick, "confirmed">): void {
    this.recoveryEnd = { position, at };
    this.wal.add(this.recoveryEnd);
    const { newest } = this.replay;
    // Only a collection reads its timeline, and handles a position that went back.
    if (!this.#isStandby || newest === null || replayed === null || replayed < newest.position) return;
    this.replay.add({ at, position: replayed });
  }

  /**
   * Records what a standby that was not asked itself had reported to its primary.
   *
   * @param report The report; it may have received and replayed more since, and may have shown more before.
   */
  sampleReport({ flushed, replayed, at }: StandbyReport): void {
    const end = furthestLsn(flushed, this.recoveryEnd?.position) ?? flushed;
    this.#sampleWal({ position: end, replayed: furthestLsn(replayed, this.replay.newest?.position), at });
  }

  /**
   * Records what its upstream knows of an unreachable standby: its sender row, else its slot.
   *
   * @param known The position and its source; that of a slot is what the standby has flushed, no less than it has applied.
   */
  observeFromUpstream({ by, ...known }: TimelinePosition & { readonly by: "sender" | "slot" }): void {
    const { applied } = this;
    // A standby reports to its upstream at intervals, so its own last report may be newer.
    if (by === "slot" ? applied !== null : applied !== null && applied.position > known.position) return;
    this.#isByUpstream = true;
    this.#apply(known);
  }

  /** Records where the timeline of a promoted server begins: nothing was written to it before its promotion. */
  #observePromotion(
    fact: ServerFact,
    { at, startedAt }: { readonly at: number; readonly startedAt: number },
  ): void {
    const { writePosition, recoveryEndPosition: recovered = null } = fact;
    const isUnseen = this.role === "primary" && (this.timeline ?? Infinity) < (fact.timeline ?? 0);
    const before = isUnseen ? this.wal.newest : this.recoveryEnd;
    if (before === null || writePosition === null) return;
    // After a crash of the promoted server, recovery ended further on.
    const position = recovered !== null && recovered <= writePosition ? recovered : before.position;
    this.recoveryEnd = { at: Math.min(at, Math.max(before.at, startedAt)), position };
  }

  /** Records that a primary that was started again had written nothing between its end and its start. */
  #observeRestart(
    { timeline, inRecovery, recoveryEndPosition = null, writePosition }: ServerFact,
    { startedAt, receivedBy }: {
      readonly startedAt: number;
      readonly receivedBy: (at: number) => Lsn | null;
    },
  ): void {
    const { newest } = this.wal;
    if (this.role !== "primary" || newest === null || startedAt <= newest.at) return;
    // Crash recovery ends where the WAL did. Otherwise a standby that was connected to the end has it all.
    const recovered = inRecovery || timeline !== this.timeline ? null : recoveryEndPosition;
    const end = recovered ?? receivedBy(startedAt);
    if (end === null || end < newest.position || (writePosition !== null && end > writePosition)) return;
    this.wal.add({ at: Math.min(newest.at + LAST_WORDS_SECONDS, startedAt), position: end });
    this.wal.add({ at: startedAt, position: end });
  }

  #apply({ timeline, ...sample }: TimelinePosition): void {
    if (!this.#isStandby || timeline !== this.#appliedTimeline) this.#timelineSince = sample.at;
    this.#isStandby = true;
    this.#appliedTimeline = timeline;
    this.replay.add(sample);
  }

  #observeSlots({ facts: { slots } }: ServerSnapshot, at: number): void {
    if (slots === undefined) return;
    this.#movedIdleAt = new Map(slots.flatMap(({ slot, active, restartPosition }) => {
      if (active) return [];
      const before = this.slots.get(slot)?.newest?.position ?? null;
      const hasMoved = this.#idleSlots.has(slot) && before !== null && restartPosition !== null &&
        restartPosition > before;
      const movedAt = hasMoved ? at : this.#movedIdleAt.get(slot);
      return movedAt === undefined ? [] : [[slot, movedAt] as const];
    }));
    this.#idleSlots = new Set(slots.flatMap(({ slot, active }) => active ? [] : [slot]));
    this.slots = new Map(slots.map(({ slot, restartPosition }) => {
      const before = this.slots.get(slot);
      const history = before === undefined || restartPosition === null
        ? new PositionHistory(SLOT_WINDOW_SECONDS)
        : before;
      if (restartPosition !== null) history.add({ position: restartPosition, at });
      return [slot, history];
    }));
  }

  #rateOf(history: PositionHistory): number | null {
    const [from, to] = [this.#collectedBefore, this.#collectedAt];
    if (from === null || to === null) return null;
    const [before, after] = [history.positionAt(from), history.positionAt(to)];
    return before === null || after === null ? null : lsnDistanceBytes(after, before) / (to - from);
  }
}

/** Remembers servers by name. */
export class ServerMemories {
  readonly #memories = new Map<string, ServerMemory>();

  /**
   * What is remembered of a server.
   *
   * @param server Its name.
   */
  of(server: string): ServerMemory {
    const memory = this.#memories.get(server) ?? new ServerMemory();
    this.#memories.set(server, memory);
    return memory;
  }

  /**
   * Forgets a server.
   *
   * @param server Its name.
   */
  forget(server: string): void {
    this.#memories.delete(server);
  }
}

/**
 * The timeline of a standby. Without a receiver it reports that of its last restartpoint, which may be lower than the one
 * it follows; it goes back to a lower timeline only when it is rebuilt.
 */
function timelineOfStandby(standby: ServerSnapshot, highest: number | null): number | null {
  const reported = serverFact(standby)?.timeline ?? null;
  if (reported === null || highest === null) return reported ?? highest;
  return receiverOf(standby)?.status === "streaming" ? reported : Math.max(reported, highest);
}

/** The position of a sender row as that of the standby it feeds; null when it reports none. */
export function appliedByRow(upstream: ServerSnapshot, sender: SenderFact): TimelinePosition | null {
  const { replayPosition: position } = sender;
  if (position === null || upstream.readAt === null) return null;
  return { position, at: upstream.readAt, timeline: serverFact(upstream)?.timeline ?? null };
}
