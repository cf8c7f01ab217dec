/**
 * PostgreSQL servers in memory: what each of them does, and what it would answer to the exporter under some name.
 *
 * The truth is known here and nowhere else: who follows whom, where timelines begin, which names lead to one server.
 *
 * @module
 */
import type { SenderFact, SettingsFact, SlotFact, WalFact } from "../../../src/domain/facts.ts";
import type { ServerErrorKind, ServerSnapshot } from "../../../src/domain/view.ts";
import { neverReached, reached, receiver, recovery, sender, server, slot, sync } from "../fixtures.ts";

/** Unix time less the exporter's monotonic seconds. */
export const WALL_OFFSET = 1_700_000_000;

/** Little WAL is kept, so that a standby without a slot is reported. */
const WAL: WalFact = {
  segmentBytes: 2 ** 24,
  maxSenders: 10,
  maxSlots: 10,
  keepBytes: 0,
  maxWalBytes: 2 ** 30,
  level: "replica",
};

const SETTINGS: SettingsFact = {
  dataChecksums: true,
  fsync: true,
  fullPageWrites: true,
  walLogHints: false,
  maxConnections: 100,
  maxWorkerProcesses: 8,
  maxPreparedTransactions: 0,
  maxLocksPerTransaction: 64,
  walSenderTimeoutSeconds: 60,
  walReceiverTimeoutSeconds: 60,
  walReceiverStatusIntervalSeconds: 10,
  maxStandbyStreamingDelaySeconds: 30,
  synchronousStandbyNames: "",
  maxSlotWalKeepBytes: null,
  hasArchiveCommand: false,
  recoveryTargetTimeline: "latest",
  hasRecoveryTarget: false,
};

/** A timeline and where it began. */
interface Timeline {
  readonly number: number;
  readonly parent: Timeline | null;
  readonly beginsAt: bigint;
}

/** A connection of a standby to its upstream. */
export interface Link {
  readonly standby: Postmaster;
  readonly upstream: Postmaster;
  readonly pid: number;
  readonly startUnixSeconds: number;
  /** The host in the standby's `primary_conninfo`. */
  readonly senderHost: string;
  /** `pg_stat_replication.state`. */
  state: "startup" | "catchup" | "streaming";
  /** Since when nothing arrives any more although neither end has noticed, or only the standby; null when it works. */
  silentSince: number | null;
  /** What the standby had when the connection ended without its upstream noticing; null while it lasts. */
  ended: { readonly position: bigint; readonly replayed: bigint } | null;
}

/** How a standby presents itself to its upstream. */
export interface Identity {
  readonly applicationName: string;
  /** Name of its slot; "" without one. */
  readonly slot: string;
  readonly syncState: string;
  readonly clusterName: string;
  readonly host: string;
  readonly hasArchive: boolean;
}

/** One server. */
export interface Postmaster {
  readonly name: string;
  readonly systemIdentifier: string;
  readonly identity: Identity;
  startUnixSeconds: number;
  isRunning: boolean;
  inRecovery: boolean;
  isPaused: boolean;
  timeline: Timeline;
  /** Written by a primary, received by a standby. */
  position: bigint;
  replayed: bigint;
  link: Link | null;
  /** Connections that have ended and that it has not noticed to be gone. */
  readonly stale: Link[];
  /** Physical slots on it. */
  readonly slots: Set<string>;
}

/** A name under which the exporter watches a server. */
export interface WatchedName {
  readonly name: string;
  /** Cluster name given by the user; "" when none. */
  readonly cluster: string;
  /** The server that answers; a virtual address moves. */
  target: Postmaster;
  isReachable: boolean;
  /** How a connection fails when it does not. */
  trouble: ServerErrorKind;
  canSeeStatistics: boolean;
  canSeeIdentity: boolean;
  readsSenders: boolean;
  /** The host that the user wrote; "" when it is not configured. */
  readonly host: string;
}

/** All servers of a test, over time. */
export class Simulation {
  /** The exporter's monotonic seconds. */
  now = 1000;
  /** How often a server was promoted. */
  promotions = 0;
  readonly postmasters: Postmaster[] = [];
  #processes = 100;

  /** Starts a primary: of a cluster of its own, or restored from another one's backup. */
  addPrimary(
    name: string,
    { systemIdentifier, identity, copyOf, isPromoted }: {
      readonly systemIdentifier: string;
      readonly identity: Identity;
      readonly copyOf: Postmaster | null;
      readonly isPromoted: boolean;
    },
  ): Postmaster {
    const timeline = copyOf?.timeline ?? { number: 1, parent: null, beginsAt: 0n };
    const position = copyOf?.position ?? 0x3000000n;
    return this.#add(name, {
      systemIdentifier: copyOf?.systemIdentifier ?? systemIdentifier,
      identity,
      inRecovery: false,
      timeline: copyOf !== null && isPromoted
        ? { number: timeline.number + 1, parent: timeline, beginsAt: position }
        : timeline,
      position,
    });
  }

  /** Starts a standby from a base backup, not connected yet. */
  addStandby(name: string, upstream: Postmaster, identity: Identity): Postmaster {
    if (identity.slot !== "") upstream.slots.add(identity.slot);
    const { systemIdentifier, timeline, position } = upstream;
    return this.#add(name, { systemIdentifier, identity, inRecovery: true, timeline, position });
  }

  #add(
    name: string,
    given: Pick<Postmaster, "systemIdentifier" | "identity" | "inRecovery" | "timeline" | "position">,
  ): Postmaster {
    const postmaster: Postmaster = {
      ...given,
      name,
      startUnixSeconds: this.#startTime(),
      isRunning: true,
      isPaused: false,
      replayed: given.position,
      link: null,
      stale: [],
      slots: new Set(),
    };
    this.postmasters.push(postmaster);
    return postmaster;
  }

  /** No two servers start within one microsecond. */
  #startTime(): number {
    return WALL_OFFSET + this.now - 500 + ++this.#processes / 1000;
  }

  /** Connects a standby to an upstream, when that has the WAL it needs next. */
  follow(
    standby: Postmaster,
    upstream: Postmaster,
    { state = "streaming", host = upstream.identity.host }: {
      readonly state?: Link["state"];
      readonly host?: string;
    } = {},
  ): void {
    if (!mayFollow(standby, upstream)) return;
    this.disconnect(standby, true);
    if (standby.identity.slot !== "") upstream.slots.add(standby.identity.slot);
    const pid = ++this.#processes;
    standby.link = {
      standby,
      upstream,
      pid,
      startUnixSeconds: WALL_OFFSET + this.now + pid / 1000,
      senderHost: host,
      state,
      silentSince: null,
      ended: null,
    };
  }

  /** Ends the connection of a standby; its upstream may not notice. */
  disconnect(standby: Postmaster, isNoticed: boolean): void {
    const { link } = standby;
    standby.link = null;
    if (link === null || isNoticed || !link.upstream.isRunning) return;
    const { position, replayed } = standby;
    link.ended = { position, replayed };
    link.silentSince ??= this.now;
    link.upstream.stale.push(link);
  }

  /** Stops a server with all its connections. */
  stop(postmaster: Postmaster, isNoticed: boolean): void {
    this.disconnect(postmaster, isNoticed);
    postmaster.isRunning = false;
    postmaster.stale.length = 0;
    for (const each of this.postmasters) if (each.link?.upstream === postmaster) this.disconnect(each, true);
  }

  /** Starts a server again, in the role it had. */
  start(postmaster: Postmaster): void {
    if (postmaster.isRunning) return;
    postmaster.isRunning = true;
    postmaster.startUnixSeconds = this.#startTime();
  }

  /** Promotes a standby; it replays what it has received first. */
  promote(postmaster: Postmaster, skippedTimelines: number): void {
    if (!postmaster.isRunning || !postmaster.inRecovery) return;
    this.disconnect(postmaster, true);
    const { timeline, position } = postmaster;
    postmaster.replayed = position;
    postmaster.inRecovery = false;
    postmaster.timeline = {
      number: timeline.number + 1 + skippedTimelines,
      parent: timeline,
      beginsAt: position,
    };
    this.promotions++;
  }

  /** Makes a server a standby of another one, rewound or rebuilt. */
  rebuild(postmaster: Postmaster, upstream: Postmaster): void {
    if (postmaster === upstream || postmaster.systemIdentifier !== upstream.systemIdentifier) return;
    if (!upstream.isRunning || isBelow(upstream, postmaster)) return;
    this.stop(postmaster, true);
    const { timeline, position } = upstream;
    Object.assign(postmaster, { inRecovery: true, timeline, position, replayed: position });
    this.start(postmaster);
    this.follow(postmaster, upstream);
  }

  /** Lets time pass: primaries write, standbys receive and replay a share of what they need. */
  pass(seconds: number, { bytes, share }: { readonly bytes: number; readonly share: number }): void {
    this.now += seconds;
    for (const postmaster of this.postmasters) {
      if (postmaster.isRunning && !postmaster.inRecovery) postmaster.position += BigInt(bytes);
    }
    for (const standby of this.postmasters.toSorted((a, b) => depthOf(a) - depthOf(b))) {
      const { link } = standby;
      if (link === null || link.silentSince !== null || !standby.isRunning || link.state === "startup") {
        continue;
      }
      standby.timeline = link.upstream.timeline;
      const missing = link.upstream.position - standby.position;
      if (missing > 0n) standby.position += missing * BigInt(share) / 4n;
      if (!standby.isPaused) standby.replayed = standby.position;
    }
  }

  /** What the exporter reads under a name now. */
  read(watched: WatchedName, before: ServerSnapshot | null): ServerSnapshot {
    const { name, cluster, target } = watched;
    const { host } = watched;
    const address = host === "" ? {} : { address: { host, hostAddress: "", port: 5432 } };
    if (!watched.isReachable || !target.isRunning) {
      return {
        ...(before ?? neverReached(name, cluster)),
        ...address,
        up: false,
        trouble: { kind: watched.trouble, step: "connect", sqlstate: null, message: "No response" },
      };
    }
    const { inRecovery, position, replayed, timeline } = target;
    const facts = {
      server: [server({
        systemIdentifier: watched.canSeeIdentity ? target.systemIdentifier : null,
        inRecovery,
        timeline: timeline.number,
        ...inRecovery ? { receivePosition: position, replayPosition: replayed } : {
          writePosition: position,
          recoveryEndPosition: timeline.parent === null ? null : timeline.beginsAt,
        },
        clockUnixSeconds: WALL_OFFSET + this.now,
        startUnixSeconds: target.startUnixSeconds,
        clusterName: target.identity.clusterName,
        canReadStatistics: watched.canSeeStatistics,
      })],
      ...watched.readsSenders ? { senders: this.#senders(target, watched.canSeeStatistics) } : {},
      slots: [...target.slots].map((each) => this.#slot(target, each)),
      wal: [WAL],
      settings: [SETTINGS],
      ...inRecovery ? this.#recovery(target, watched.canSeeStatistics) : { sync: [sync()] },
    };
    return { ...reached(name, { readAt: this.now, facts, cluster }), ...address, heardAt: this.now };
  }

  #linksOf(upstream: Postmaster): readonly Link[] {
    const open = this.postmasters.flatMap(({ link }) => link?.upstream === upstream ? [link] : []);
    return [...upstream.stale, ...open];
  }

  #senders(upstream: Postmaster, canSeeStatistics: boolean): readonly SenderFact[] {
    return this.#linksOf(upstream).map(({ standby, pid, ...link }) => {
      const { applicationName, slot, syncState, host } = standby.identity;
      const { position, replayed } = link.ended ?? standby;
      // Without the right only the process and its slot are shown.
      if (!canSeeStatistics) {
        return sender({ applicationName: "", clientAddress: "", slot, pid, state: null, syncState: null });
      }
      const isOpen = link.state !== "startup";
      return sender({
        applicationName,
        clientAddress: host,
        slot: isOpen && link.ended === null ? slot : "",
        pid,
        backendStartUnixSeconds: link.startUnixSeconds,
        state: link.state,
        syncState: isOpen ? syncState : "async",
        flushPosition: isOpen ? position : null,
        replayPosition: isOpen ? replayed : null,
        serverPosition: upstream.position,
        replyAgeSeconds: link.silentSince === null ? 0.5 : this.now - link.silentSince + 0.5,
      });
    });
  }

  #slot(owner: Postmaster, name: string): SlotFact {
    const user = this.postmasters.find(({ link, identity }) =>
      link?.upstream === owner && identity.slot === name && link.state !== "startup"
    );
    return slot({
      slot: name,
      active: user !== undefined,
      activePid: user?.link?.pid ?? null,
      restartPosition: user?.position ?? owner.position,
    });
  }

  #recovery(standby: Postmaster, canSeeStatistics: boolean) {
    const { link, identity, isPaused } = standby;
    const { slot, hasArchive } = identity;
    const status = link?.state === "startup" ? "starting" : "streaming";
    return {
      receiver: link === null ? [] : canSeeStatistics
        ? [
          receiver({
            status,
            slot,
            senderHost: link.senderHost,
            senderPort: 5432,
            lastMessageAgeSeconds: link.silentSince === null ? 0.5 : this.now - link.silentSince,
          }),
        ]
        : [receiver({ status: null, slot: "", senderHost: "", senderPort: null })],
      recovery: [recovery({
        primarySlotName: slot,
        pauseState: isPaused ? "paused" : "not paused",
        hasRestoreCommand: hasArchive,
      })],
    };
  }
}

function depthOf({ link }: Postmaster): number {
  return link === null ? 0 : 1 + depthOf(link.upstream);
}

/** Whether a server receives from another one, over any number of steps. */
function isBelow(server: Postmaster, above: Postmaster): boolean {
  return server.link !== null && (server.link.upstream === above || isBelow(server.link.upstream, above));
}

function mayFollow(standby: Postmaster, upstream: Postmaster): boolean {
  if (standby === upstream || !standby.isRunning || !upstream.isRunning || !standby.inRecovery) return false;
  if (standby.systemIdentifier !== upstream.systemIdentifier || isBelow(upstream, standby)) return false;
  if (standby.timeline === upstream.timeline) return standby.position <= upstream.position;
  for (let timeline = upstream.timeline; timeline.parent !== null; timeline = timeline.parent) {
    if (timeline.parent === standby.timeline) return standby.position <= timeline.beginsAt;
  }
  return false;
}
