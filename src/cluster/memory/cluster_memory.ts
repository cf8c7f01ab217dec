/**
 * Everything remembered between collections: what `observe` takes in and `derive` reads.
 *
 * @module
 */
import type { Clock } from "../../domain/clock.ts";
import type { ClusterEvent } from "../../domain/event.ts";
import type { Lsn } from "../../domain/lsn.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { isStandby } from "../lag/cluster_lags.ts";
import { deriveConnected } from "../topology/connected.ts";
import { ConnectionMemory } from "./connection_memory.ts";
import { groupByCluster, serverFact } from "../topology/identity.ts";
import { ClusterChanges } from "./cluster_changes.ts";
import { EventMemory, type Happening } from "./event_memory.ts";
import { joinSenders, type SenderJoin } from "../topology/join_senders.ts";
import { LagClock } from "../lag/lag_clock.ts";
import { UnconfiguredStandbys } from "./unconfigured_standbys.ts";
import { SenderOwners } from "./sender_owners.ts";
import { ServerMemories } from "./server_memory.ts";
import { deriveEdges } from "../topology/edges.ts";
import { type Before, serverHappenings } from "./server_changes.ts";
import { DiagnosisMemory } from "../diagnosis/diagnosis_memory.ts";

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

/** Remembers clusters. */
export class ClusterMemory {
  /** Where the WAL of each cluster was and when. */
  readonly lagClock = new LagClock();
  /** What is remembered of the configured servers. */
  readonly servers = new ServerMemories();
  /** Standbys that are not configured. */
  readonly remembered: UnconfiguredStandbys;
  /** Since when standbys are connected. */
  readonly connections = new ConnectionMemory();
  /** Failovers, and servers that were left behind. */
  readonly changes = new ClusterChanges();
  /** What happened. */
  readonly events: EventMemory;
  /** What explanations and forecasts need. */
  readonly why = new DiagnosisMemory();
  readonly #owners = new SenderOwners();
  readonly #before = new Map<string, Before>();
  /** What was last taken in of each cluster. */
  readonly #observed = new Map<string, readonly ServerSnapshot[]>();
  readonly #clock: Clock;

  /** Remembers nothing yet. */
  constructor(clock: Clock, servers: readonly string[] = []) {
    this.#clock = clock;
    this.remembered = new UnconfiguredStandbys(new Set(servers));
    this.events = new EventMemory(clock);
  }

  /** Takes a tick of the lag clock. */
  sample(server: string, tick: PositionTick): void {
    const memory = this.servers.of(server);
    const { systemIdentifier, timeline, position } = tick;
    if (memory.recoveryEnd !== null && memory.recoveryEnd.position <= position) {
      // Until it was promoted its WAL ended there, so nothing of the new timeline had been written.
      this.lagClock.sample({ server, systemIdentifier, timeline, ...memory.recoveryEnd });
    }
    memory.recoveryEnd = null;
    memory.walEnd = position;
    this.lagClock.sample({ server, ...tick });
  }

  /** Takes in the outcome of a collection, of one server or of several, and tells what happened. */
  observe(snapshots: readonly ServerSnapshot[]): readonly ClusterEvent[] {
    const happenings: Happening[] = [];
    for (const snapshot of snapshots) {
      const before = this.#before.get(snapshot.server) ?? null;
      this.servers.observe(snapshot);
      this.#sampleWriter(snapshot);
      this.changes.observeServer(snapshot, before);
      happenings.push(...serverHappenings(before, snapshot));
      this.#before.set(snapshot.server, {
        latest: snapshot,
        reached: snapshot.up ? snapshot : before?.reached ?? null,
      });
    }
    const latest = [...this.#before.values()].map((each) => each.latest);
    const groups = groupByCluster(latest);
    for (const [systemIdentifier, group] of groups) {
      // One server's collection is news of its own cluster alone: with a hundred clusters the others cost nothing.
      if (isSameGroup(group, this.#observed.get(systemIdentifier))) continue;
      this.#observed.set(systemIdentifier, group);
      const senders = this.joinSenders(group);
      this.#owners.observe(senders, group);
      for (const standby of group) this.servers.observeFromUpstream(standby, group, senders);
      this.remembered.observe(systemIdentifier, group, senders);
      happenings.push(
        ...this.#observeConnections(systemIdentifier, group, senders),
        ...this.changes.observeCluster(systemIdentifier, group, this.servers),
      );
      const remembered = this.remembered.of(systemIdentifier);
      this.why.observe({ systemIdentifier, group, senders, remembered }, this.connections);
    }
    for (const systemIdentifier of this.#observed.keys()) {
      if (!groups.has(systemIdentifier)) this.#observed.delete(systemIdentifier);
    }
    return this.events.add(happenings);
  }

  /** Forgets a server that is no longer watched. */
  forget(server: string): void {
    this.#before.delete(server);
    this.servers.forget(server);
    this.remembered.release(server);
  }

  /** Joins the sender rows of a cluster, with what is known from before. */
  joinSenders(group: readonly ServerSnapshot[]): SenderJoin {
    return joinSenders(group, this.#owners);
  }

  #sampleWriter(snapshot: ServerSnapshot): void {
    const fact = serverFact(snapshot);
    if (!snapshot.up || fact === null || fact.inRecovery || snapshot.readAt === null) return;
    const { systemIdentifier, timeline, writePosition: position } = fact;
    if (systemIdentifier === null || timeline === null || position === null) return;
    this.sample(snapshot.server, { systemIdentifier, timeline, position, at: snapshot.readAt });
  }

  #observeConnections(
    systemIdentifier: string,
    group: readonly ServerSnapshot[],
    senders: SenderJoin,
  ): readonly Happening[] {
    const edges = deriveEdges(group, senders);
    const configured = group.filter((each) => isStandby(each, group)).map((standby) => ({
      name: standby.server,
      connected: deriveConnected(standby, group, senders),
      upstream: edges.find((each) => each.downstream === standby.server)?.upstream ?? null,
      isNew: false,
    }));
    const standbys = [...configured, ...this.remembered.of(systemIdentifier)];
    this.connections.keepOnly(systemIdentifier, new Set(standbys.map((each) => each.name)));
    const at = this.#clock.monotonic();
    return standbys.flatMap(({ name, connected, upstream, isNew }) => {
      const last = this.connections.of(systemIdentifier, name);
      const kind = this.connections.observe({ systemIdentifier, name, connected, upstream, isNew, at });
      if (kind === null) return [];
      const other = upstream ?? last?.upstream ?? null;
      const message = kind === "attached"
        ? `Standby "${name}" streams${upstream === null ? "" : ` from "${upstream}"`}`
        : `Standby "${name}" no longer streams${other === null ? "" : ` from "${other}"`}`;
      return [{ kind, server: name, message }];
    });
  }
}

function isSameGroup(
  group: readonly ServerSnapshot[],
  before: readonly ServerSnapshot[] | undefined,
): boolean {
  return group.length === before?.length && group.every((each, index) => each === before[index]);
}
