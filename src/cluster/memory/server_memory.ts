/**
 * What is remembered of each configured server between collections.
 *
 * @module
 */
import { furthestLsn, type Lsn } from "../../domain/lsn.ts";
import type { Role } from "../../domain/role.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { serverFact } from "../topology/identity.ts";
import type { SenderJoin } from "../topology/join_senders.ts";
import { receiverOf, slotNamesOf } from "../topology/receiver_facts.ts";
import { PositionHistory } from "../lag/position_history.ts";
import { PositionRate } from "../lag/position_rate.ts";
import type { Applied } from "../lag/standby_lag.ts";

/** What is remembered of one server. */
export interface ServerMemory {
  /** The furthest position it is known to have applied as a standby. */
  applied: Applied | null;
  /** The reading before that: a primary read later must have got that far. */
  appliedBefore: Applied | null;
  /** Where it had written to when it was last seen as a primary; null when it was a standby last. */
  lastWritten: Applied | null;
  /** Where its WAL ended when it was last seen in recovery: there a promotion begins its timeline. */
  recoveryEnd: { readonly position: Lsn; readonly at: number } | null;
  /** Where its WAL ended when it last said so: written, or the furthest of received and replayed; null when never. */
  walEnd: Lsn | null;
  /** The timeline it is on: the highest it told, until it is certain to be on another. */
  highestTimeline: number | null;
  /** Its role when last reached. */
  role: Role | null;
  /** Where its replay was, at the collections: what a standby below it is measured against. */
  readonly replayed: PositionHistory;
  /** The rate at which its WAL grows. */
  readonly wal: PositionRate;
  /** The rate at which it replays. */
  readonly replay: PositionRate;
}

/** What is read of a standby between collections. */
export interface StandbyTick {
  /** Where its WAL ended: the furthest of received and replayed. */
  readonly position: Lsn;
  /** `pg_last_wal_replay_lsn()`; null before anything was replayed. */
  readonly replayed: Lsn | null;
  /** When: our monotonic seconds. */
  readonly at: number;
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
    let memory = this.#memories.get(server);
    if (memory === undefined) {
      memory = {
        applied: null,
        appliedBefore: null,
        lastWritten: null,
        recoveryEnd: null,
        walEnd: null,
        highestTimeline: null,
        role: null,
        replayed: new PositionHistory(),
        wal: new PositionRate(),
        replay: new PositionRate(),
      };
      this.#memories.set(server, memory);
    }
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

  /**
   * Takes in what a server said of itself.
   *
   * @param snapshot The outcome of a collection; one that did not reach it changes nothing.
   */
  observe(snapshot: ServerSnapshot): void {
    const fact = serverFact(snapshot);
    if (!snapshot.up || fact === null || snapshot.readAt === null) return;
    const memory = this.of(snapshot.server);
    const at = snapshot.readAt;
    if (memory.role !== snapshot.role) {
      memory.wal.add(null, at);
      memory.replay.add(null, at);
      memory.role = snapshot.role;
    }
    if (!fact.inRecovery) {
      memory.applied = null;
      memory.appliedBefore = null;
      memory.highestTimeline = fact.timeline;
      memory.wal.add(fact.writePosition, at);
      if (fact.writePosition !== null) {
        memory.lastWritten = { position: fact.writePosition, at, timeline: fact.timeline };
      }
      return;
    }
    memory.lastWritten = null;
    memory.highestTimeline = timelineOf(snapshot, memory.highestTimeline);
    const received = furthestLsn(fact.receivePosition, fact.replayPosition);
    if (received !== null) {
      memory.recoveryEnd = { position: received, at };
      memory.walEnd = received;
    }
    memory.wal.add(received, at);
    memory.replay.add(fact.replayPosition, at);
    if (fact.replayPosition === null) return;
    memory.replayed.add({ at, position: fact.replayPosition });
    if (at !== memory.applied?.at || fact.replayPosition !== memory.applied.position) {
      memory.appliedBefore = memory.applied;
      memory.applied = { position: fact.replayPosition, at, timeline: memory.highestTimeline };
    }
  }

  /**
   * Takes in what was read of a standby between collections: until the next one its lag is judged by this.
   *
   * @param server Its name.
   * @param tick What was read.
   */
  sampleStandby(server: string, { position, replayed, at }: StandbyTick): void {
    const memory = this.of(server);
    memory.recoveryEnd = { position, at };
    memory.walEnd = position;
    const { applied } = memory;
    // Its timeline is only read by a collection, which also judges a position that went back.
    if (applied === null || replayed === null || at <= applied.at || replayed < applied.position) return;
    memory.applied = { position: replayed, at, timeline: applied.timeline };
    memory.replayed.add({ at, position: replayed });
  }

  /**
   * Takes in what its upstream knows of a standby that is not reached: its sender row or, failing that, its slot.
   *
   * @param standby The standby.
   * @param group The servers of its cluster.
   * @param senders Their sender rows.
   */
  observeFromUpstream(standby: ServerSnapshot, group: readonly ServerSnapshot[], senders: SenderJoin): void {
    const row = senders.joined.get(standby.server);
    if (standby.up || (standby.role === "primary" && row === undefined)) return;
    const memory = this.of(standby.server);
    const position = row?.sender.replayPosition ?? null;
    if (row !== undefined && position !== null && row.upstream.readAt !== null) {
      // The standby tells its upstream late, so its own last word may be the newer one.
      if (memory.applied !== null && memory.applied.position > position) return;
      const timeline = serverFact(row.upstream)?.timeline ?? null;
      memory.applied = { position, at: row.upstream.readAt, timeline };
      return;
    }
    if (memory.applied !== null) return;
    const names = slotNamesOf(standby);
    for (const upstream of group) {
      const slot = (upstream.up ? upstream.facts.slots ?? [] : [])
        .find((each) => each.type === "physical" && names.includes(each.slot));
      if (slot === undefined || slot.restartPosition === null || upstream.readAt === null) continue;
      // A slot holds what was flushed there: at least as far as what was applied, so the lag is at least this.
      memory.applied = { position: slot.restartPosition, at: upstream.readAt, timeline: null };
    }
  }

  /**
   * Where the WAL of every server ended when it last said so.
   *
   * @param snapshots The servers.
   */
  walEnds(snapshots: readonly ServerSnapshot[]): ReadonlyMap<string, Lsn> {
    return new Map(snapshots.flatMap(({ server }) => {
      const end = this.#memories.get(server)?.walEnd ?? null;
      return end === null ? [] : [[server, end] as const];
    }));
  }

  /**
   * A rate of every server that is up and has one.
   *
   * @param snapshots The servers.
   * @param rateOf Which rate.
   */
  rates(
    snapshots: readonly ServerSnapshot[],
    rateOf: (memory: ServerMemory) => PositionRate,
  ): ReadonlyMap<string, number> {
    const rates = new Map<string, number>();
    for (const { server, up } of snapshots) {
      const memory = this.#memories.get(server);
      const rate = up && memory !== undefined ? rateOf(memory).bytesPerSecond : null;
      if (rate !== null) rates.set(server, rate);
    }
    return rates;
  }
}

/**
 * The timeline of a standby. Without a receiver it tells the one of its last restartpoint, which may be lower than the
 * one it has followed since; a server goes back to a lower one only when it is rebuilt.
 */
function timelineOf(standby: ServerSnapshot, highest: number | null): number | null {
  const told = serverFact(standby)?.timeline ?? null;
  if (told === null || highest === null) return told ?? highest;
  return receiverOf(standby)?.status === "streaming" ? told : Math.max(told, highest);
}
