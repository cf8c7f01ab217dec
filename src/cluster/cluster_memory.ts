/**
 * Everything remembered between collections: what `observe` takes in and `derive` reads.
 *
 * @module
 */
import type { Clock } from "../domain/clock.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import { isStandby } from "./cluster_lags.ts";
import { deriveConnected } from "./connected.ts";
import { ConnectionMemory } from "./connection_memory.ts";
import { groupByCluster, serverFact } from "./identity.ts";
import { joinSenders, type SenderJoin } from "./join_senders.ts";
import { LagClock } from "./lag_clock.ts";
import { RememberedStandbys } from "./remembered.ts";
import { RowOwners } from "./row_owners.ts";
import { ServerMemories } from "./server_memory.ts";
import { deriveEdges } from "./topology.ts";
import type { PositionTick } from "./tracker.ts";

/** Remembers clusters. */
export class ClusterMemory {
  /** Where the WAL of each cluster was and when. */
  readonly lagClock = new LagClock();
  /** What is remembered of the configured servers. */
  readonly servers = new ServerMemories();
  /** Standbys that are not configured. */
  readonly remembered = new RememberedStandbys();
  /** Since when standbys are connected. */
  readonly connections = new ConnectionMemory();
  readonly #owners = new RowOwners();
  readonly #latest = new Map<string, ServerSnapshot>();
  readonly #clock: Clock;

  /** Remembers nothing yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
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
    this.lagClock.sample({ server, ...tick });
  }

  /** Takes in the outcome of a collection, of one server or of several. */
  observe(snapshots: readonly ServerSnapshot[]): void {
    for (const snapshot of snapshots) {
      this.#latest.set(snapshot.server, snapshot);
      this.servers.observe(snapshot);
      this.#sampleWriter(snapshot);
    }
    for (const [systemIdentifier, group] of groupByCluster([...this.#latest.values()])) {
      const senders = this.joinSenders(group);
      this.#owners.observe(senders, group);
      for (const standby of group) this.servers.observeFromUpstream(standby, group, senders);
      this.remembered.observe(systemIdentifier, group, senders);
      this.#observeConnections(systemIdentifier, group, senders);
    }
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

  #observeConnections(systemIdentifier: string, group: readonly ServerSnapshot[], senders: SenderJoin): void {
    const at = this.#clock.monotonic();
    const edges = deriveEdges(group, senders);
    for (const standby of group.filter((each) => isStandby(each, group))) {
      this.connections.observe({
        systemIdentifier,
        name: standby.server,
        connected: deriveConnected(standby, group, senders),
        upstream: edges.find((each) => each.downstream === standby.server)?.upstream ?? null,
        at,
        isNew: false,
      });
    }
    for (const { name, connected, upstream } of this.remembered.of(systemIdentifier)) {
      this.connections.observe({ systemIdentifier, name, connected, upstream, at, isNew: false });
    }
  }
}
