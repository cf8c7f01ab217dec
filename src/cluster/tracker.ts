/**
 * Follows clusters over time and derives the view from the latest snapshots.
 *
 * `sample` and `observe` take in, `derive` only reads: it may be called as often as a view is wanted.
 *
 * @module
 */
import type { Clock } from "../domain/clock.ts";
import { furthestLsn, type Lsn } from "../domain/lsn.ts";
import type { HealthThresholds } from "../domain/thresholds.ts";
import type { ClusterStatus, ServerSnapshot, SlowestStandby, StandbyLag, View } from "../domain/view.ts";
import { connectedStandbys, deriveConnected } from "./connected.ts";
import { scorePrimary, scoreStandby, UNREACHABLE_SCORE } from "./health.ts";
import { groupByCluster, joinSenders, type SenderJoin, serverFact, slotNamesOf } from "./identity.ts";
import { LagClock } from "./lag_clock.ts";
import { PositionRate } from "./rates.ts";
import { livePrimaries, referenceOf } from "./reference.ts";
import { RememberedStandbys } from "./remembered.ts";
import { type Applied, deriveStandbyLag, unknownLag } from "./standby_lag.ts";

/** One tick of the lag clock. */
export interface PositionTick {
  /** `system_identifier` of the server. */
  readonly systemIdentifier: string;
  /** The timeline it writes. */
  readonly timeline: number;
  /** `pg_current_wal_lsn()`. */
  readonly position: Lsn;
  /** When the reply arrived: our monotonic seconds. */
  readonly at: number;
}

/** What a tracker needs. */
export interface TrackerOptions {
  /** Where time is read when `derive` is not told. */
  readonly clock: Clock;
  /** Standbys each primary should have. */
  readonly expectedStandbys: number;
  /** Steps of the health score. */
  readonly health: HealthThresholds;
}

/** What is remembered of one server. */
interface Memory {
  applied: Applied | null;
  /** The reading before that: a primary read later must have got that far. */
  appliedBefore: Applied | null;
  /** Where its WAL ended when it was last seen in recovery: there a promotion begins its timeline. */
  recoveryEnd: { readonly position: Lsn; readonly at: number } | null;
  role: string | null;
  readonly wal: PositionRate;
  readonly replay: PositionRate;
}

/** A primary read this much later than the standby must have what the standby had, seconds. */
const DIVERGED_AFTER_SECONDS = 3;

/** Follows every configured server of one process. */
export class ClusterTracker {
  readonly #options: TrackerOptions;
  readonly #lagClock = new LagClock();
  readonly #latest = new Map<string, ServerSnapshot>();
  readonly #memories = new Map<string, Memory>();
  readonly #remembered = new RememberedStandbys();

  /** Follows from now on; nothing is known yet. */
  constructor(options: TrackerOptions) {
    this.#options = options;
  }

  /**
   * Takes a tick of the lag clock: the position of a server that is not in recovery.
   *
   * @param server The server's name.
   * @param tick What was read.
   */
  sample(server: string, tick: PositionTick): void {
    const memory = this.#memory(server);
    const { systemIdentifier, timeline, position } = tick;
    if (memory.recoveryEnd !== null && memory.recoveryEnd.position <= position) {
      // Until it was promoted its WAL ended there, so nothing of the new timeline had been written.
      this.#lagClock.sample({ server, systemIdentifier, timeline, ...memory.recoveryEnd });
    }
    memory.recoveryEnd = null;
    this.#lagClock.sample({ server, ...tick });
  }

  /**
   * Takes in the outcome of a collection, of one server or of several.
   *
   * @param snapshots The new knowledge of these servers; what is known of the others stands.
   */
  observe(snapshots: readonly ServerSnapshot[]): void {
    for (const snapshot of snapshots) {
      this.#latest.set(snapshot.server, snapshot);
      this.#observeServer(snapshot);
    }
    for (const [systemIdentifier, group] of groupByCluster([...this.#latest.values()])) {
      const senders = joinSenders(group);
      for (const standby of group) this.#observeFromUpstream(standby, group, senders);
      this.#remembered.observe(systemIdentifier, group, senders);
    }
  }

  /**
   * Derives the view.
   *
   * @param snapshots The latest knowledge of every configured server.
   * @param at The moment of the view: our monotonic seconds; now, when absent.
   */
  derive(snapshots: readonly ServerSnapshot[], at: number = this.#options.clock.monotonic()): View {
    const lags = new Map<string, StandbyLag>();
    const connected = new Map<string, boolean>();
    const slowest = new Map<string, SlowestStandby>();
    const clusters: ClusterStatus[] = [];
    const grouped = new Set<ServerSnapshot>();
    for (const [systemIdentifier, group] of groupByCluster(snapshots)) {
      const senders = joinSenders(group);
      for (const server of group) {
        grouped.add(server);
        if (!isStandby(server, group)) continue;
        lags.set(server.server, this.#lagOf(server, { systemIdentifier, group, senders, at }));
        const isConnected = deriveConnected(server, group, senders);
        if (isConnected !== null) connected.set(server.server, isConnected);
      }
      const primaries = livePrimaries(group);
      for (const primary of primaries) {
        const configured = group.map((each) => lags.get(each.server)).filter((lag) => lag !== undefined);
        const others = this.#remembered.lagsOf(systemIdentifier, { primary, at, lagClock: this.#lagClock });
        slowest.set(primary.server, slowestOf([...configured, ...others], primary));
      }
      clusters.push({
        systemIdentifier,
        cluster: group.find((each) => each.cluster !== "")?.cluster ?? "",
        servers: group.map((each) => each.server),
        primaries: primaries.map((each) => each.server),
        expectedStandbys: this.#options.expectedStandbys,
        connectedStandbys: connectedStandbys(group, senders, connected),
      });
    }
    for (const server of snapshots) {
      if (!grouped.has(server) && server.role !== "primary") lags.set(server.server, lagOfStranger(server));
    }
    const health = new Map(
      snapshots.map((server) => [server.server, this.#scoreOf(server, { lags, slowest, clusters })]),
    );
    return {
      at,
      servers: snapshots,
      lags,
      walBytesPerSecond: this.#rates(snapshots, (memory) => memory.wal),
      replayBytesPerSecond: this.#rates(snapshots, (memory) => memory.replay),
      connected,
      slowest,
      health,
      clusters,
      standbys: [],
      edges: [],
      stranded: [],
      failovers: new Map(),
      slotForecasts: [],
      findings: [],
      events: [],
    };
  }

  #rates(
    snapshots: readonly ServerSnapshot[],
    rateOf: (memory: Memory) => PositionRate,
  ): ReadonlyMap<string, number> {
    const rates = new Map<string, number>();
    for (const { server, up } of snapshots) {
      const memory = this.#memories.get(server);
      const rate = up && memory !== undefined ? rateOf(memory).bytesPerSecond : null;
      if (rate !== null) rates.set(server, rate);
    }
    return rates;
  }

  #memory(server: string): Memory {
    let memory = this.#memories.get(server);
    if (memory === undefined) {
      memory = {
        applied: null,
        appliedBefore: null,
        recoveryEnd: null,
        role: null,
        wal: new PositionRate(),
        replay: new PositionRate(),
      };
      this.#memories.set(server, memory);
    }
    return memory;
  }

  #observeServer(snapshot: ServerSnapshot): void {
    const fact = serverFact(snapshot);
    if (!snapshot.up || fact === null || snapshot.readAt === null) return;
    const memory = this.#memory(snapshot.server);
    const at = snapshot.readAt;
    if (memory.role !== snapshot.role) {
      memory.wal.add(null, at);
      memory.replay.add(null, at);
      memory.role = snapshot.role;
    }
    if (fact.inRecovery) {
      const received = furthestLsn(fact.receivePosition, fact.replayPosition);
      if (received !== null) memory.recoveryEnd = { position: received, at };
      memory.wal.add(received, at);
      memory.replay.add(fact.replayPosition, at);
      if (fact.replayPosition !== null && at !== memory.applied?.at) {
        memory.appliedBefore = memory.applied;
        memory.applied = { position: fact.replayPosition, at, timeline: fact.timeline };
      }
      return;
    }
    memory.applied = null;
    memory.appliedBefore = null;
    memory.wal.add(fact.writePosition, at);
    if (fact.systemIdentifier !== null && fact.timeline !== null && fact.writePosition !== null) {
      this.sample(snapshot.server, {
        systemIdentifier: fact.systemIdentifier,
        timeline: fact.timeline,
        position: fact.writePosition,
        at,
      });
    }
  }

  /** A standby that is not reached is still known to its upstream: by its sender row or, failing that, its slot. */
  #observeFromUpstream(
    standby: ServerSnapshot,
    group: readonly ServerSnapshot[],
    senders: SenderJoin,
  ): void {
    if (standby.up || standby.role === "primary") return;
    const memory = this.#memory(standby.server);
    const row = senders.joined.get(standby.server);
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

  #lagOf(
    standby: ServerSnapshot,
    { systemIdentifier, group, senders, at }: {
      readonly systemIdentifier: string;
      readonly group: readonly ServerSnapshot[];
      readonly senders: SenderJoin;
      readonly at: number;
    },
  ): StandbyLag {
    const { server } = standby;
    const memory = this.#memory(server);
    const applied = memory.applied;
    if (applied === null) {
      return unknownLag(server, {
        reason: "never_seen",
        because: "No position of it has been read, neither from itself nor from its upstream",
      });
    }
    const reference = referenceOf(group, {
      lagClock: this.#lagClock,
      systemIdentifier,
      timeline: applied.timeline,
    });
    if ("reason" in reference) return unknownLag(server, reference);
    const newest = this.#lagClock.newestOf(systemIdentifier, reference.timeline);
    const before = memory.appliedBefore;
    if (
      newest !== null && before !== null && before.timeline === reference.timeline &&
      newest.at - before.at > DIVERGED_AFTER_SECONDS && newest.position < before.position
    ) {
      return unknownLag(server, {
        reason: "diverged",
        because:
          "It has applied WAL that the primary does not have: they have parted, or the primary was restored",
      });
    }
    const row = senders.joined.get(server);
    return deriveStandbyLag(this.#lagClock, {
      server,
      systemIdentifier,
      applied,
      fresh: standby.up || (row !== undefined && row.upstream.readAt === applied.at),
      own: standby.up ? serverFact(standby) : null,
      sender: row !== undefined && row.upstream.server === reference.primary ? row.sender : null,
      reference,
      at,
    });
  }

  #scoreOf(
    server: ServerSnapshot,
    { lags, slowest, clusters }: Pick<View, "lags" | "slowest" | "clusters">,
  ): number {
    if (!server.up) return UNREACHABLE_SCORE;
    const cluster = clusters.find((each) => each.servers.includes(server.server));
    if (server.role === "primary") {
      return scorePrimary({
        connectedStandbys: cluster?.connectedStandbys ?? null,
        expectedStandbys: this.#options.expectedStandbys,
        lagBytes: slowest.get(server.server)?.bytes ?? null,
        primaries: cluster?.primaries.length ?? 1,
      }, this.#options.health);
    }
    const lag = lags.get(server.server);
    return scoreStandby(
      { lagBytes: lag?.bytes ?? null, lagSeconds: lag?.seconds ?? null },
      this.#options.health,
    );
  }
}

/** The lag of a server that belongs to no cluster we know. */
function lagOfStranger({ server, role }: ServerSnapshot): StandbyLag {
  if (role === null) {
    return unknownLag(server, { reason: "never_seen", because: "It has never been reached" });
  }
  return unknownLag(server, {
    reason: "identity_unknown",
    because: "Its system identifier is not known, so it cannot be told which primary it follows",
  });
}

/** In recovery when last seen; or never reached, in a cluster that has its primary elsewhere. */
function isStandby(server: ServerSnapshot, group: readonly ServerSnapshot[]): boolean {
  if (server.role !== null) return server.role === "standby";
  return group.some((each) => each.role === "primary");
}

/** The largest lag known; 0 only when every lag is known, so that one that is not known cannot pass for none. */
function slowestOf(
  lags: readonly Pick<StandbyLag, "seconds" | "bytes">[],
  primary: ServerSnapshot,
): SlowestStandby {
  const sendersKnown = primary.facts.senders !== undefined;
  const largest = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    const max = Math.max(0, ...known);
    const complete = sendersKnown && known.length === values.length;
    return complete || max > 0 ? max : null;
  };
  return { seconds: largest(lags.map((lag) => lag.seconds)), bytes: largest(lags.map((lag) => lag.bytes)) };
}
