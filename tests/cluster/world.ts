/**
 * A simulated cluster: what its servers would answer, second by second, to a tracker that ticks every second and
 * collects every five. No server, no waiting; the truth is known.
 */
import { ClusterTracker } from "../../src/cluster/tracker.ts";
import type { ClusterEvent } from "../../src/domain/event.ts";
import type { SenderFact, ServerFact, SlotFact, SubscriptionFact } from "../../src/domain/facts.ts";
import { DEFAULT_HEALTH_THRESHOLDS } from "../../src/domain/thresholds.ts";
import type { ServerSnapshot, View } from "../../src/domain/view.ts";
import { CLUSTER, lost, neverReached, reached, receiver, recovery, sender, server } from "./fixtures.ts";

const COLLECT_EVERY = 5;

/** One simulated server; tests change it as they go. */
export interface SimServer {
  readonly name: string;
  inRecovery: boolean;
  timeline: number;
  /** Written on a primary; received on a standby. */
  position: bigint;
  replayed: bigint;
  /** Whether we reach it. */
  reachable: boolean;
  /** Status of its receiver; null when none runs. */
  receiver: string | null;
  senders: SenderFact[];
  slots: SlotFact[];
  /** Not read when absent. */
  subscriptions?: SubscriptionFact[];
  /** More of the server fact. */
  fact: Partial<ServerFact>;
}

export class World {
  readonly tracker: ClusterTracker;
  /** Unix time less the exporter's monotonic seconds. */
  readonly wallOffset: number;
  readonly servers: SimServer[] = [];
  readonly events: ClusterEvent[] = [];
  readonly #snapshots = new Map<string, ServerSnapshot>();
  now: number;

  constructor(
    { expectedStandbys = 1, now = 1000, wallOffset = 1_000_000, servers = [] }: {
      readonly expectedStandbys?: number;
      readonly now?: number;
      readonly wallOffset?: number;
      readonly servers?: readonly string[];
    } = {},
  ) {
    this.now = now;
    this.wallOffset = wallOffset;
    this.tracker = new ClusterTracker({
      clock: {
        monotonic: () => this.now,
        wall: () => this.now + this.wallOffset,
        sleep: () => Promise.reject(new Error("No sleeping")),
      },
      expectedStandbys,
      servers,
      health: DEFAULT_HEALTH_THRESHOLDS,
    });
  }

  add(name: string, options: Partial<SimServer> = {}): SimServer {
    const added: SimServer = {
      name,
      inRecovery: name.startsWith("standby"),
      timeline: 1,
      position: 1000n,
      replayed: 1000n,
      reachable: true,
      receiver: "streaming",
      senders: [],
      slots: [],
      fact: {},
      ...options,
    };
    this.servers.push(added);
    return added;
  }

  /** Collects every server, in order. */
  collect(): void {
    for (const sim of this.servers) this.events.push(...this.tracker.observe([this.#collected(sim)]));
  }

  /** Collects every server at one moment: quick with a thousand servers. */
  collectAtOnce(): void {
    this.events.push(...this.tracker.observe(this.servers.map((sim) => this.#collected(sim))));
  }

  /** Lets seconds pass; `each` moves the servers on before each of them is read. */
  pass(seconds: number, each: (second: number) => void = () => {}): void {
    for (let second = 1; second <= seconds; second++) {
      this.now += 1;
      each(second);
      for (const sim of this.servers) {
        const known = this.#snapshots.get(sim.name);
        // As the real watch does: the role and timeline of a tick are those of the latest collection.
        if (sim.reachable && !sim.inRecovery && known?.role === "primary") {
          this.tracker.sample(sim.name, {
            systemIdentifier: sim.fact.systemIdentifier ?? CLUSTER,
            timeline: known.facts.server?.[0]?.timeline ?? 1,
            position: sim.position,
            at: this.now,
            confirmed: new Map(
              sim.slots.flatMap(({ slot, confirmedFlushPosition: at }) =>
                at === null ? [] : [[slot, at] as const]
              ),
            ),
          });
        }
      }
      if (this.now % COLLECT_EVERY === 0) this.collect();
    }
  }

  /** The latest snapshot of every server. */
  get snapshots(): readonly ServerSnapshot[] {
    return this.servers.map((sim) => this.#snapshots.get(sim.name) ?? neverReached(sim.name));
  }

  view(): View {
    return this.tracker.derive(this.snapshots);
  }

  /** What happened so far, without the words. */
  happened(): string[] {
    return this.events.map(({ kind, server }) => `${kind} ${server}`);
  }

  /** Lag as published: seconds, bytes, and where the seconds are from or why there are none. */
  lag(name: string): readonly [seconds: number | null, bytes: number | null, told: string | null] {
    const lag = this.view().servers.find(({ server }) => server === name)?.lag ?? null;
    if (lag === null) throw new Error(`No lag of ${name}`);
    return [lag.seconds, lag.bytes, lag.source ?? lag.unknownReason];
  }

  #collected(sim: SimServer): ServerSnapshot {
    const snapshot = sim.reachable
      ? this.#read(sim)
      : lost(this.#snapshots.get(sim.name) ?? neverReached(sim.name));
    this.#snapshots.set(sim.name, snapshot);
    return snapshot;
  }

  #read(sim: SimServer): ServerSnapshot {
    const positions = sim.inRecovery
      ? { receivePosition: sim.position, replayPosition: sim.replayed }
      : { writePosition: sim.position };
    const status = sim.receiver;
    return reached(sim.name, {
      readAt: this.now,
      facts: {
        server: [server({ inRecovery: sim.inRecovery, timeline: sim.timeline, ...positions, ...sim.fact })],
        senders: sim.senders,
        slots: sim.slots,
        ...sim.subscriptions === undefined ? {} : { subscriptions: sim.subscriptions },
        ...sim.inRecovery
          ? { receiver: status === null ? [] : [receiver({ status })], recovery: [recovery()] }
          : {},
      },
    });
  }
}

/** The sender row of a standby at its upstream. */
export function row(standby: SimServer, fact: Partial<SenderFact> = {}): SenderFact {
  return sender({ applicationName: standby.name, replayPosition: standby.replayed, ...fact });
}

/** A primary and a standby that streams, 30 s old, at rest. */
export function streaming() {
  const world = new World();
  const primary = world.add("primary");
  const standby = world.add("standby");
  primary.senders = [row(standby)];
  world.collect();
  world.pass(30);
  return { world, primary, standby };
}
