/**
 * What is remembered of one cluster between collections.
 *
 * @module
 */
import type { ServerSnapshot } from "../../domain/view.ts";
import { LagClock } from "../lag/lag_clock.ts";
import { type ClusterTopology, isStandby } from "../topology/cluster_topology.ts";
import { deriveConnected } from "../topology/connected.ts";
import { slotNamesOf } from "../topology/receiver_facts.ts";
import { type StandbyPlace, upstreamPlaceOf } from "../topology/standby_place.ts";
import { ClusterChanges } from "./cluster_changes.ts";
import { ConnectionMemory } from "./connection_memory.ts";
import type { Happening } from "./event_memory.ts";
import { SenderOwners } from "./sender_owners.ts";
import { appliedByRow, type ServerMemories } from "./server_memory.ts";
import { StandbyObservations } from "./standby_observations.ts";
import { UnconfiguredStandbys } from "./unconfigured_standbys.ts";

/** One cluster at one moment, and what is remembered of its servers. */
export interface ObservedCluster extends ClusterTopology {
  /** What is remembered of each server. */
  readonly memories: ServerMemories;
  /** The moment: our monotonic seconds. */
  readonly at: number;
}

/** Remembers one cluster. */
export class ClusterMemory {
  /** Its name given by the user; "" when none. */
  readonly cluster: string;
  /** Its `system_identifier`; it may become known later. */
  systemIdentifier: string;
  /** Its WAL positions over time. */
  readonly lagClock = new LagClock();
  /** Which server each connection belongs to. */
  readonly owners = new SenderOwners();
  /** Standbys that are not configured. */
  readonly unconfigured: UnconfiguredStandbys;
  /** Since when standbys are connected. */
  readonly connections = new ConnectionMemory();
  /** Failovers and stranded servers. */
  readonly changes = new ClusterChanges();
  /** What was observed of standbys over time. */
  readonly observations = new StandbyObservations();
  /** The slot that each standby last used; null when it used none. */
  readonly slotNames = new Map<string, string | null>();

  /**
   * Remembers nothing yet.
   *
   * @param options `isTaken`: whether a server or standby of any cluster has a name.
   */
  constructor(
    { cluster, systemIdentifier, isTaken }: Pick<ClusterMemory, "cluster" | "systemIdentifier"> & {
      readonly isTaken: (name: string) => boolean;
    },
  ) {
    this.cluster = cluster;
    this.systemIdentifier = systemIdentifier;
    this.unconfigured = new UnconfiguredStandbys(isTaken);
  }

  /**
   * Records the current state of the cluster.
   *
   * @returns What happened.
   */
  observe(cluster: ObservedCluster): readonly Happening[] {
    const { servers, senders, index, memories } = cluster;
    this.owners.observe(senders, servers, index);
    for (const server of servers) observeFromUpstream(server, cluster);
    this.unconfigured.observe(servers, senders);
    const happenings = [...this.#observeConnections(cluster), ...this.changes.observe(servers, memories)];
    this.#observeStandbys(cluster);
    return happenings;
  }

  /**
   * Forgets what is remembered of servers that turned out to be of another cluster.
   *
   * @param isForeign Whether a server is.
   */
  release(isForeign: (server: string) => boolean): void {
    this.lagClock.forget(isForeign);
    this.owners.forget(isForeign);
    this.unconfigured.forgetFollowers(isForeign);
    this.connections.forgetUpstreams(isForeign);
    this.changes.forget(isForeign);
  }

  #observeConnections(cluster: ObservedCluster): readonly Happening[] {
    const { servers, senders, edges, at } = cluster;
    const configured = servers.filter((each) => isStandby(each, cluster)).map((standby) => ({
      name: standby.server,
      connected: deriveConnected(standby, servers, senders),
      upstream: edges.get(standby.server)?.upstream ?? null,
      isNew: false,
    }));
    const standbys = [...configured, ...this.unconfigured.all];
    this.connections.keepOnly(new Set(standbys.map(({ name }) => name)));
    return standbys.flatMap(({ name, connected, upstream, isNew }) => {
      const other = upstream ?? this.connections.of(name)?.upstream ?? null;
      const kind = this.connections.observe({ name, connected, upstream, isNew, at });
      if (kind === null) return [];
      const from = other === null ? "" : ` from "${other}"`;
      const message = kind === "attached"
        ? `Standby "${name}" streams${upstream === null ? "" : from}`
        : `Standby "${name}" no longer streams${from}`;
      return [{ kind, server: name, message }];
    });
  }

  #observeStandbys(cluster: ObservedCluster): void {
    const readings:
      readonly (Pick<StandbyPlace, "own" | "upstream" | "sender"> & { readonly name: string })[] = [
        ...cluster.servers.filter((each) => isStandby(each, cluster))
          .map((own) => ({
            name: own.server,
            own,
            ...upstreamPlaceOf(own, cluster, this.connections.of(own.server)?.upstream ?? null),
          })),
        ...this.unconfigured.all
          .map(({ name, upstream, row }) => ({
            name,
            own: null,
            upstream: cluster.index.named(upstream),
            sender: row,
          })),
      ];
    const names = new Set(readings.map(({ name }) => name));
    this.observations.retain(names);
    for (const name of this.slotNames.keys()) if (!names.has(name)) this.slotNames.delete(name);
    for (const { name, ...reading } of readings) {
      this.observations.observe(name, reading);
      const { sender } = reading;
      if (sender !== null && !sender.isSlotHidden) {
        this.slotNames.set(name, sender.slot === "" ? null : sender.slot);
      }
    }
  }
}

/** Records what the upstream of an unreachable standby knows of it: its sender row, else its slot. */
function observeFromUpstream(
  standby: ServerSnapshot,
  { servers, senders, memories }: Pick<ObservedCluster, "servers" | "senders" | "memories">,
): void {
  const row = senders.joined.get(standby.server);
  if (standby.up || (standby.role === "primary" && row === undefined)) return;
  const memory = memories.of(standby.server);
  const applied = row === undefined ? null : appliedByRow(row.upstream, row.sender);
  if (applied !== null) return memory.observeFromUpstream({ ...applied, by: "sender" });
  const names = slotNamesOf(standby);
  for (const upstream of servers) {
    const slot = (upstream.up ? upstream.facts.slots ?? [] : [])
      .find((each) => each.type === "physical" && names.includes(each.slot));
    if (slot === undefined || slot.restartPosition === null || upstream.readAt === null) continue;
    memory.observeFromUpstream({
      position: slot.restartPosition,
      at: upstream.readAt,
      timeline: null,
      by: "slot",
    });
  }
}
