/**
 * What is remembered of all servers and clusters between collections.
 *
 * @module
 */
import type { Clock } from "../../domain/clock.ts";
import type { ClusterEvent } from "../../domain/event.ts";
import { furthestLsn, type Lsn } from "../../domain/lsn.ts";
import type { ServerSnapshot } from "../../domain/view.ts";
import { clusterContextOf, type RememberedGroup } from "../cluster_context.ts";
import type { SavedTrack } from "../lag/lag_state.ts";
import { Aliases, type DistinctGroup } from "../topology/aliases.ts";
import {
  clusterKeyOf,
  groupServers,
  isKnownIdentifier,
  serverFact,
  UNKNOWN_IDENTIFIER,
} from "../topology/identity.ts";
import { Kinship } from "../topology/kinship.ts";
import { ClusterMemory } from "./cluster_memory.ts";
import { ClusterNews } from "./cluster_news.ts";
import { EventMemory, type Happening } from "./event_memory.ts";
import {
  clusterNamesOf,
  isSameReading,
  isUnchanged,
  LatestReadings,
  placeByName,
} from "./latest_readings.ts";
import { type Before, isAsBefore, serverHappenings } from "./server_changes.ts";
import type { SlotSample } from "./logical_memory.ts";
import { ServerMemories, type StandbyTick } from "./server_memory.ts";

/** One tick of the lag clock. */
export interface PositionTick extends SlotSample {
  /** `system_identifier` of the server, or {@linkcode UNKNOWN_IDENTIFIER}. */
  readonly systemIdentifier: string;
  /** The timeline it writes. */
  readonly timeline: number;
  /** `pg_current_wal_lsn()`. */
  readonly position: Lsn;
}

/** What a memory needs. */
export interface TrackerMemoryOptions {
  /** Time. */
  readonly clock: Clock;
  /** Names of the configured servers, which no other standby may have. */
  readonly servers?: readonly string[];
  /** Whether servers without a cluster name that share an identifier are one cluster; see {@linkcode Kinship}. */
  readonly isUnnamedOneCluster?: boolean;
}

interface Grouped {
  readonly snapshots: readonly ServerSnapshot[];
  readonly groups: readonly RememberedGroup[];
  readonly revision: number;
}

/** Remembers servers and clusters. */
export class TrackerMemory {
  /** What is remembered of each server. */
  readonly servers = new ServerMemories();
  /** What happened. */
  readonly events: EventMemory;
  readonly #clock: Clock;
  readonly #configured: Set<string>;
  readonly #clusters = new Map<string, ClusterMemory>();
  readonly #aliases = new Aliases();
  readonly #kinship: Kinship;
  /** The latest reading of each server. */
  protected readonly before = new LatestReadings();
  /** Latest reading of each server, by each of its names, whose events are recorded: later changes are new events. */
  readonly #recorded = new Map<string, ServerSnapshot>();
  /** Place of each name in configured order, as of the latest view: what is recorded is recorded in the same order. */
  #places: ReadonlyMap<string, number>;
  /** The servers of each cluster as last recorded, by the name that the user gave it, and by its key. */
  readonly #observed = new Map<string, Map<string, readonly ServerSnapshot[]>>();
  /** Latest readings whose cluster was not looked at since, and what was known of each server before. */
  readonly #unseen = new Map<string, { readonly snapshot: ServerSnapshot; readonly before: Before | null }>();
  /** What of it is new. */
  protected readonly news = new ClusterNews();
  /** Groups as last asked for, by cluster name. */
  readonly #grouped = new Map<string, Grouped>();

  /** Remembers nothing yet. */
  constructor({ clock, servers = [], isUnnamedOneCluster = true }: TrackerMemoryOptions) {
    this.#clock = clock;
    this.#configured = new Set(servers);
    this.#places = placeByName(servers);
    this.#kinship = new Kinship(isUnnamedOneCluster);
    this.events = new EventMemory(clock);
  }

  /** The history of the lag clocks. */
  get history(): readonly SavedTrack[] {
    return [...this.#clusters.values()].flatMap(({ cluster, systemIdentifier, lagClock }) =>
      lagClock.tracks.map(({ server, timeline, history: { samples } }) => (
        { cluster, systemIdentifier, server, timeline, samples }
      ))
    );
  }

  /**
   * Restores the history of an earlier run, before the first sample.
   *
   * @param tracks The history, moments in our monotonic seconds.
   */
  restore(tracks: readonly SavedTrack[]): void {
    for (const { cluster, systemIdentifier, samples, ...writer } of tracks) {
      const { lagClock } = this.#cluster({ cluster, systemIdentifier });
      for (const sample of samples) lagClock.sample({ ...writer, ...sample });
      if (isKnownIdentifier(systemIdentifier)) this.servers.of(writer.server).writtenAs = systemIdentifier;
    }
  }

  /**
   * Records a tick of the lag clock.
   *
   * @param server The server's name.
   * @param tick Its position, read outside recovery.
   */
  sample(server: string, { systemIdentifier, timeline, position, ...slots }: PositionTick): void {
    this.#look();
    const [{ at }, cluster] = [slots, this.before.nameOf(server)];
    const key = this.#keyOf(server, { cluster, systemIdentifier });
    const { lagClock } = this.#cluster({ cluster, systemIdentifier, key });
    const memory = this.servers.of(server);
    memory.logical.sample(slots);
    if (memory.recoveryEnd !== null && memory.recoveryEnd.position <= position) {
      // Until its promotion the WAL ended there: the new timeline had not been written.
      lagClock.begin({ server, timeline, ...memory.recoveryEnd });
    }
    memory.recoveryEnd = null;
    memory.write({ position, at }, lagClock.sample({ server, timeline, position, at }));
  }

  /**
   * Records a sample of a standby: the end of its WAL, and its replay position.
   *
   * @param server The server's name.
   * @param tick The sample.
   */
  sampleStandby(server: string, tick: StandbyTick): void {
    this.servers.of(server).sampleStandby(tick);
  }

  /**
   * Records the outcome of a collection, of one server or of several.
   *
   * @param snapshots The outcome.
   * @param options `mayWait`: the cluster of a standby that is as it was is looked at when more is asked or recorded of it:
   * looking at hundreds of standbys after each of them takes their number squared.
   * @returns What has happened since the last call, or since the events were taken.
   */
  observe(
    snapshots: readonly ServerSnapshot[],
    { mayWait = false }: { readonly mayWait?: boolean } = {},
  ): readonly ClusterEvent[] {
    const waits = mayWait &&
      snapshots.every((each) =>
        !this.#unseen.has(each.server) && isAsBefore(each, this.before.of(each.server)?.latest ?? null)
      );
    if (!waits) this.#look();
    for (const snapshot of snapshots) {
      const { server } = snapshot;
      // A name that moved to another server counts as a server seen for the first time.
      if (this.#aliases.observe(snapshot)) this.forget(server, { keepsName: true });
      const before = this.before.of(server);
      this.#unseen.set(server, { snapshot, before });
      this.servers.of(server).observe(snapshot, (at) => this.#receivedFrom(snapshot, at));
      const reached = snapshot.up ? snapshot : before?.reached ?? null;
      this.before.set({ latest: snapshot, reached }, this.servers.of(server).writtenAs);
      this.#sampleWriter(snapshot);
      for (const name of clusterNamesOf(snapshot, before)) this.news.add(name);
    }
    if (!waits) this.#look();
    return this.events.take();
  }

  /** Looks at the clusters of the servers that were read since the last look. */
  #look(): void {
    if (this.#unseen.size === 0) return;
    const unseen = [...this.#unseen.values()];
    this.#unseen.clear();
    const happenings: Happening[] = [];
    const lastReached = new Map<string, ServerSnapshot | null>();
    const touched = new Set(unseen.flatMap(({ snapshot, before }) => clusterNamesOf(snapshot, before)));
    const distinct = this.#distinct([...touched].flatMap((name) => this.#latestOf(name)));
    for (const group of distinct) if (this.#kinship.mayDivide(group)) this.#kinship.observe(group);
    const groups = this.#remembered(distinct);
    const aliases = new Map(groups.flatMap((group) => [...group.aliases]));
    for (const { snapshot, before } of unseen) {
      const { server } = snapshot;
      const names = [server, ...[...aliases].filter(([, own]) => own === server).map(([alias]) => alias)];
      const reached = this.#lastRecorded(names) ?? before?.reached ?? null;
      const happened = serverHappenings(before === null ? null : { ...before, reached }, snapshot);
      // What happens to a server happens once, whatever it is called.
      const isAlias = aliases.has(server);
      happenings.push(
        ...happened.filter(({ kind }) => !isAlias || kind === "reachable" || kind === "unreachable"),
      );
      if (isAlias) continue;
      lastReached.set(server, reached);
      if (snapshot.up) { for (const name of names) this.#recorded.set(name, snapshot); }
    }
    const keyOf = new Map(
      groups.flatMap(({ key, servers, aliases }) =>
        [...servers.map(({ server }) => server), ...aliases.keys()].map((server) => [server, key] as const)
      ),
    );
    const observed = new Map([...touched].flatMap((name) => [...this.#observed.get(name) ?? []]));
    for (const name of touched) this.#observed.delete(name);
    for (const group of groups) {
      const servers = [...group.servers, ...group.aliasSnapshots];
      this.#observed.set(group.name, (this.#observed.get(group.name) ?? new Map()).set(group.key, servers));
      if (isSameReading(servers, observed.get(group.key))) continue;
      group.memory.release((server) => this.before.of(server) !== null && keyOf.get(server) !== group.key);
      for (const server of group.servers) {
        const reached = lastReached.get(server.server);
        if (reached !== undefined) group.memory.changes.observeServer(server, reached);
      }
      happenings.push(...group.memory.observe(clusterContextOf(group, this.#clock.monotonic())));
    }
    this.events.add(happenings);
  }

  /** The latest snapshots of the servers with a cluster name, in configured order. */
  #latestOf(cluster: string): readonly ServerSnapshot[] {
    return this.before.named(cluster).toSorted((a, b) => this.#placeOf(a) - this.#placeOf(b));
  }

  #placeOf(snapshot: ServerSnapshot | undefined): number {
    return this.#places.get(snapshot?.server ?? "") ?? this.#places.size;
  }

  #lastRecorded(names: readonly string[]): ServerSnapshot | null {
    const recorded = names.flatMap((name) => this.#recorded.get(name) ?? []);
    return recorded.toSorted((a, b) => (b.readAt ?? 0) - (a.readAt ?? 0))[0] ?? null;
  }

  /**
   * Groups servers into clusters, each postmaster once, with what is remembered of them.
   *
   * @param snapshots The servers, in configured order.
   */
  groups(snapshots: readonly ServerSnapshot[]): readonly RememberedGroup[] {
    this.#places = placeByName(snapshots.map(({ server }) => server));
    const names = new Set(snapshots.map(({ cluster }) => cluster));
    this.news.keepOnly(names);
    for (const name of this.#grouped.keys()) if (!names.has(name)) this.#grouped.delete(name);
    return this.groupsAmong(snapshots);
  }

  /**
   * The same of some servers: all of each cluster name that they have.
   *
   * @param snapshots The servers, in configured order.
   */
  groupsAmong(snapshots: readonly ServerSnapshot[]): readonly RememberedGroup[] {
    this.#look();
    return [...Map.groupBy(snapshots, ({ cluster }) => cluster)]
      .flatMap(([name, its]) => this.#groupsOf(name, its))
      .sort((a, b) => this.#placeOf(a.servers[0]) - this.#placeOf(b.servers[0]));
  }

  /** The groups of one cluster name; the same ones again while nothing but positions is read there. */
  #groupsOf(name: string, snapshots: readonly ServerSnapshot[]): readonly RememberedGroup[] {
    const known = this.#grouped.get(name);
    const isCurrent = known !== undefined && known.revision === this.news.of(name);
    if (isCurrent && isUnchanged(snapshots, known.snapshots)) return known.groups;
    const groups = this.#remembered(this.#distinct(snapshots));
    // Which of several primaries are live depends on when each was last heard, which is news every second.
    const isSettled = groups.every(({ servers }) =>
      servers.filter(({ role }) => role === "primary").length < 2
    );
    if (isSettled) this.#grouped.set(name, { snapshots, groups, revision: this.news.of(name) });
    else this.#grouped.delete(name);
    return groups;
  }

  #distinct(snapshots: readonly ServerSnapshot[]): readonly DistinctGroup[] {
    return groupServers(snapshots, (server) => this.servers.of(server).writtenAs)
      .map((group) => ({ ...group, ...this.#aliases.resolve(group.servers) }));
  }

  #remembered(groups: readonly DistinctGroup[]): readonly RememberedGroup[] {
    return groups.flatMap((group) => this.#kinship.mayDivide(group) ? this.#kinship.separate(group) : [group])
      .map(
        (group) => {
          const names = new Set(group.servers.map(({ server }) => server));
          return {
            ...group,
            aliases: new Map([...group.aliases].filter(([, server]) => names.has(server))),
            aliasSnapshots: group.aliasSnapshots.filter(({ server }) =>
              names.has(group.aliases.get(server) ?? "")
            ),
            memory: this.#cluster({ ...group, cluster: group.name }),
            memories: this.servers,
          };
        },
      );
  }

  /**
   * Follows one more server, before its first snapshot. What is remembered of a server of this name stays; a standby that
   * was remembered under it is this server.
   *
   * @param server Its name.
   */
  follow(server: string): void {
    this.news.addOfAll();
    this.#configured.add(server);
    for (const { unconfigured } of this.#clusters.values()) unconfigured.forget(server);
  }

  /**
   * Forgets a server.
   *
   * @param server Its name.
   * @param options `keepsName`: it is still watched, and no other standby may have its name.
   */
  forget(server: string, { keepsName = false }: { readonly keepsName?: boolean } = {}): void {
    const cluster = this.before.nameOf(server);
    this.news.add(cluster);
    this.before.forget(server);
    this.#unseen.delete(server);
    if (!this.before.hasName(cluster)) this.#observed.delete(cluster);
    this.#recorded.delete(server);
    this.servers.forget(server);
    if (keepsName) return;
    this.#aliases.forget(server);
    this.#kinship.forget(server);
    this.#configured.delete(server);
  }

  #cluster(
    { cluster, systemIdentifier, key = clusterKeyOf(cluster, systemIdentifier) }: {
      readonly cluster: string;
      readonly systemIdentifier: string;
      readonly key?: string;
    },
  ): ClusterMemory {
    const known = this.#clusters.get(key);
    if (known !== undefined) return known;
    this.news.add(cluster);
    // The identifier of a cluster that is watched without may become readable: then it is that one.
    const isPlain = isKnownIdentifier(systemIdentifier) && key === clusterKeyOf(cluster, systemIdentifier);
    const hidden = isPlain ? clusterKeyOf(cluster, UNKNOWN_IDENTIFIER) : key;
    const memory = this.#clusters.get(hidden) ??
      new ClusterMemory({ cluster, systemIdentifier, isTaken: (name) => this.#isTaken(name) });
    this.#clusters.delete(hidden);
    memory.systemIdentifier = systemIdentifier;
    this.#clusters.set(key, memory);
    return memory;
  }

  #isTaken(name: string): boolean {
    return this.#configured.has(name) ||
      this.#clusters.values().some(({ unconfigured }) => unconfigured.has(name));
  }

  /** The key of a server's cluster. */
  #keyOf(
    server: string,
    { cluster, systemIdentifier }: { readonly cluster: string; readonly systemIdentifier: string },
  ): string {
    const mayDivide = this.#kinship.mayDivide({ isGuessed: !isKnownIdentifier(systemIdentifier) });
    const divided = mayDivide ? this.#kinship.keyOf(this.#aliases.ownName(server)) : null;
    return divided ?? clusterKeyOf(cluster, systemIdentifier);
  }

  /** The furthest position that standbys which were connected to the end of a primary had received at a moment. */
  #receivedFrom(primary: ServerSnapshot, at: number): Lsn | null {
    const systemIdentifier = serverFact(primary)?.systemIdentifier ?? UNKNOWN_IDENTIFIER;
    const key = this.#keyOf(primary.server, { cluster: primary.cluster, systemIdentifier });
    const connections = this.#clusters.get(key)?.connections;
    const endedAt = this.servers.of(primary.server).written?.at ?? Infinity;
    return furthestLsn(...this.before.servers.flatMap((server) => {
      const connection = connections?.of(server) ?? null;
      if (connection?.upstream !== primary.server) return [];
      if (!connection.connected && (connection.changedAt ?? -Infinity) < endedAt) return [];
      return this.servers.of(server).wal.samples.findLast((each) => each.at <= at)?.position ?? [];
    }));
  }

  #sampleWriter(snapshot: ServerSnapshot): void {
    const fact = serverFact(snapshot);
    if (!snapshot.up || fact === null || fact.inRecovery || snapshot.readAt === null) return;
    const { systemIdentifier, timeline, writePosition: position } = fact;
    if (timeline === null || position === null) return;
    this.sample(snapshot.server, {
      systemIdentifier: systemIdentifier ?? UNKNOWN_IDENTIFIER,
      timeline,
      position,
      at: snapshot.readAt,
    });
  }
}
