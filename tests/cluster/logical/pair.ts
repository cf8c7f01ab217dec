/**
 * A simulated publisher and its subscriber: what they would answer, second by second, to a tracker that samples every second
 * and collects every five. No server, no waiting; the truth is known.
 *
 * @module
 */
import { ClusterTracker } from "../../../src/cluster/tracker.ts";
import type { DecodingFact, SenderFact, SlotFact, SubscriptionFact } from "../../../src/domain/facts.ts";
import type { SubscriptionView } from "../../../src/domain/subscription.ts";
import { DEFAULT_HEALTH_THRESHOLDS } from "../../../src/domain/thresholds.ts";
import type { ServerSnapshot, View } from "../../../src/domain/view.ts";
import {
  decoding,
  lost,
  reached,
  server,
  subscription,
  subscriptionSender,
  subscriptionSlot,
} from "../fixtures.ts";

export const MIB = 1024n * 1024n;

/** One simulated server. */
export interface LogicalServer {
  readonly name: string;
  readonly systemIdentifier: string;
  up: boolean;
  inRecovery: boolean;
  timeline: number;
  /** End of its WAL. */
  position: bigint;
  slots: SlotFact[];
  senders: SenderFact[];
  decoding: DecodingFact[];
  subscriptions: SubscriptionFact[];
}

/** Servers, and what a tracker makes of them. */
export class LogicalWorld {
  readonly servers: LogicalServer[] = [];
  readonly tracker: ClusterTracker;
  readonly #snapshots = new Map<string, ServerSnapshot>();
  now = 1000;

  constructor() {
    this.tracker = new ClusterTracker({
      clock: {
        monotonic: () => this.now,
        wall: () => this.now + 1_000_000,
        sleep: () => Promise.reject(new Error("No sleeping")),
      },
      expectedStandbys: null,
      servers: [],
      health: DEFAULT_HEALTH_THRESHOLDS,
    });
  }

  add(name: string, options: Partial<LogicalServer> = {}): LogicalServer {
    const added: LogicalServer = {
      name,
      systemIdentifier: name,
      up: true,
      inRecovery: false,
      timeline: 1,
      position: 1000n * MIB,
      slots: [],
      senders: [],
      decoding: [],
      subscriptions: [],
      ...options,
    };
    this.servers.push(added);
    return added;
  }

  /** Lets seconds pass; `each` moves the servers on before each is read. */
  pass(seconds: number, each: () => void = () => {}): void {
    for (let second = 0; second < seconds; second++) {
      this.now += 1;
      each();
      for (const sim of this.servers) {
        if (!sim.up || sim.inRecovery || !this.#snapshots.has(sim.name)) continue;
        this.tracker.sample(sim.name, {
          systemIdentifier: sim.systemIdentifier,
          timeline: sim.timeline,
          position: sim.position,
          at: this.now,
          confirmed: new Map(
            sim.slots.flatMap(({ slot, confirmedFlushPosition: confirmed }) =>
              confirmed === null ? [] : [[slot, confirmed] as const]
            ),
          ),
        });
      }
      if (this.now % 5 === 0) this.collect();
    }
  }

  /** Collects every server, and derives the view. */
  collect(): void {
    for (const sim of this.servers) {
      const before = this.#snapshots.get(sim.name);
      const snapshot = sim.up
        ? this.#read(sim)
        : lost(before ?? { ...this.#read(sim), facts: {}, role: null, readAt: null });
      this.#snapshots.set(sim.name, snapshot);
      this.tracker.observe([snapshot]);
    }
    // As the exporter does: it remembers publishers.
    this.view();
  }

  view(): View {
    return this.tracker.derive(this.servers.flatMap(({ name }) => this.#snapshots.get(name) ?? []));
  }

  /** The only subscription. */
  get only(): SubscriptionView {
    const [only, ...others] = this.view().subscriptions;
    if (only === undefined || others.length > 0) throw new Error(`There are ${others.length} others`);
    return only;
  }

  /** Reason, and lag as published: seconds rounded, and where they are from or why there are none. */
  get state(): readonly [reason: string | null, seconds: number | null, told: string | null] {
    const { reason, lag } = this.only;
    return [reason, lag.seconds === null ? null : Math.round(lag.seconds), lag.source ?? lag.unknownReason];
  }

  #read(sim: LogicalServer): ServerSnapshot {
    const { systemIdentifier, inRecovery, timeline, position } = sim;
    const positions = inRecovery
      ? { receivePosition: position, replayPosition: position }
      : { writePosition: position };
    return reached(sim.name, {
      readAt: this.now,
      facts: {
        server: [
          server({
            systemIdentifier,
            inRecovery,
            timeline,
            hasSubscriptions: sim.subscriptions.length > 0,
            hasLogicalSlots: sim.slots.length > 0,
            ...positions,
          }),
        ],
        slots: sim.slots.map((slot) => ({
          ...slot,
          retainedBytes: slot.restartPosition === null ? null : Number(position - slot.restartPosition),
        })),
        senders: sim.senders,
        ...sim.slots.length === 0 ? {} : { decoding: sim.decoding },
        ...sim.subscriptions.length === 0 || inRecovery ? {} : { subscriptions: sim.subscriptions },
      },
    });
  }
}

/** A publisher and its subscriber, which has applied everything; 30 s old, 1 MiB a second. */
export function streamingPair() {
  const world = new LogicalWorld();
  const pub = world.add("pub", { senders: [subscriptionSender()], decoding: [decoding()] });
  const sub = world.add("sub", { subscriptions: [subscription({ oid: "16403" })] });
  /** The publisher writes, and what it wrote is applied. */
  const apply = () => {
    pub.position += MIB;
    confirm();
  };
  const confirm = () => {
    const position = pub.position;
    pub.slots = [subscriptionSlot({ restartPosition: position, confirmedFlushPosition: position })];
    pub.senders = [subscriptionSender({ sentPosition: position })];
    sub.subscriptions = sub.subscriptions.map((fact) => ({
      ...fact,
      receivedPosition: position,
      latestEndPosition: position,
      lastMessageAgeSeconds: 0.5,
    }));
  };
  /** Nothing reads the slot any longer; `fact`: what the subscriber says of it. */
  const stop = (fact: Partial<SubscriptionFact> = {}) => {
    pub.slots = pub.slots.map((slot) => ({ ...slot, active: false, activePid: null }));
    pub.senders = [];
    sub.subscriptions = sub.subscriptions.map((each) => ({
      ...each,
      workerPid: null,
      lastMessageAgeSeconds: null,
      receivedPosition: null,
      latestEndPosition: null,
      waitEventType: null,
      waitEvent: null,
      ...fact,
    }));
  };
  const write = () => void (pub.position += MIB);
  confirm();
  world.collect();
  world.pass(30, apply);
  return { world, pub, sub, apply, confirm, stop, write };
}
