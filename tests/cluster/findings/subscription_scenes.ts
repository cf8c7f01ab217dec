/**
 * Views of a publisher and its subscriber, healthy but for what a test changes.
 *
 * @module
 */
import type {
  DecodingFact,
  Facts,
  SenderFact,
  SlotFact,
  SubscriptionFact,
} from "../../../src/domain/facts.ts";
import type {
  SubscriptionLag,
  SubscriptionReason,
  SubscriptionView,
} from "../../../src/domain/subscription.ts";
import type { ServerView, View } from "../../../src/domain/view.ts";
import { buildView, NOW, override } from "../build_view.ts";
import {
  decoding,
  reached,
  sender,
  server,
  subscription,
  subscriptionSender,
  subscriptionSlot,
  wal,
} from "../fixtures.ts";

/** What is changed of the pair. */
export interface PairScene {
  /** Of the subscription, as its server shows it. */
  readonly fact?: Partial<SubscriptionFact>;
  /** What is derived of it. */
  readonly derived?: Partial<Omit<SubscriptionView, "lag">>;
  /** Its lag. */
  readonly lag?: Partial<SubscriptionLag>;
  /** Its reason. */
  readonly reason?: SubscriptionReason | null;
  /** Of its slot; null when there is none. */
  readonly slot?: Partial<SlotFact> | null;
  /** Further slots of the publisher. */
  readonly slots?: readonly SlotFact[];
  /** Further senders of the publisher. */
  readonly senders?: readonly SenderFact[];
  /** Decoding for each slot. */
  readonly decoding?: readonly DecodingFact[];
  /** More facts of the publisher. */
  readonly publisher?: Facts;
  /** What is derived of the publisher. */
  readonly server?: Partial<ServerView>;
}

/** A publisher, its subscriber, and a consumer of change data capture. */
export function pairOf(scene: PairScene = {}): View {
  const slot = scene.slot === null ? [] : [
    subscriptionSlot({ restartPosition: 5000n, confirmedFlushPosition: 5000n, ...scene.slot }),
  ];
  const snapshots = [
    {
      ...reached("pub", {
        readAt: NOW - 1,
        facts: {
          server: [server({ writePosition: 5000n, hasLogicalSlots: true })],
          slots: [...slot, ...scene.slots ?? []],
          senders: [subscriptionSender({ sentPosition: 5000n }), ...scene.senders ?? []],
          decoding: scene.decoding ?? [decoding()],
          wal: [wal({ level: "logical" })],
          ...scene.publisher,
        },
      }),
      address: { host: "10.0.0.1", hostAddress: "", port: 5433 },
    },
    reached("sub", {
      readAt: NOW - 1,
      facts: {
        server: [server({ systemIdentifier: "77", writePosition: 7000n, hasSubscriptions: true })],
        subscriptions: [subscription({ latestEndPosition: 5000n, ...scene.fact })],
        slots: [],
        senders: [],
      },
    }),
  ];
  const view = buildView({ snapshots });
  return override(view, {
    ...scene.server === undefined ? {} : { servers: { pub: scene.server } },
    view: {
      subscriptions: view.subscriptions.map((each) => ({
        ...each,
        ...scene.reason === undefined ? {} : { reason: scene.reason, reasonText: "A reason" },
        ...scene.derived,
        lag: { ...each.lag, ...scene.lag },
      })),
    },
  });
}

/** The slot of a CDC connector that reads it. */
export function cdcSlot(fact: Partial<SlotFact> = {}): SlotFact {
  return subscriptionSlot({ slot: "cdc", plugin: "pgoutput", activePid: 700, ...fact });
}

/** Its sender. */
export function cdcSender(fact: Partial<SenderFact> = {}): SenderFact {
  return sender({
    standby: "debezium",
    applicationName: "debezium",
    slot: "cdc",
    kind: "logical",
    pid: 700,
    ...fact,
  });
}
