/**
 * A primary of 17 with a failover slot, and a standby that has a copy of it; changed as wanted.
 *
 * @module
 */
import type {
  Facts,
  RecoveryFact,
  ServerFact,
  SlotFact,
  SlotSyncSettings,
} from "../../../src/domain/facts.ts";
import type { View } from "../../../src/domain/view.ts";
import type { Scene } from "../findings/views.ts";
import { viewOf } from "../findings/views.ts";
import { decoding, recovery, server, settings, slot, subscriptionSlot } from "../fixtures.ts";

/** What a test changes. */
export interface CopyScene
  extends Pick<Scene, "standbySnapshot" | "primarySnapshot" | "view" | "servers" | "before"> {
  readonly version?: number;
  /** The slot on the primary. */
  readonly slot?: Partial<SlotFact>;
  /** The copy; null when there is none. */
  readonly copy?: Partial<SlotFact> | null;
  /** Settings of the standby. */
  readonly sync?: Partial<SlotSyncSettings>;
  readonly recovery?: Partial<RecoveryFact>;
  readonly standbyServer?: Partial<ServerFact>;
  /** `synchronized_standby_slots` of the primary. */
  readonly awaited?: readonly string[];
  /** Other slots of the primary, instead of that of the standby. */
  readonly physical?: readonly SlotFact[];
  /** Whether the consumer waits for a standby. */
  readonly waits?: boolean;
  readonly primary?: Facts;
}

const SYNC: SlotSyncSettings = { isOn: true, hasDatabase: true, isRunning: true, awaited: [] };

/** The view of it. */
export function copyScene(scene: CopyScene = {}): View {
  const { version: versionNum = 170005, copy = {}, awaited = ["standby"] } = scene;
  const synchronizes = versionNum >= 170000;
  return viewOf({
    ...scene,
    primary: {
      server: [server({ versionNum, writePosition: 5000n })],
      slots: [
        ...scene.physical ?? [slot({ slot: "standby", restartPosition: 5000n, retainedBytes: 0 })],
        subscriptionSlot({ failover: synchronizes ? true : null, synced: false, ...scene.slot }),
      ],
      settings: [settings(synchronizes ? { slotSync: { ...SYNC, isOn: false, awaited } } : {})],
      decoding: [decoding({ waitsForStandby: scene.waits ?? false })],
      ...scene.primary,
    },
    standby: {
      server: [
        server({
          versionNum,
          inRecovery: true,
          receivePosition: 5000n,
          replayPosition: 5000n,
          ...scene.standbyServer,
        }),
      ],
      recovery: [recovery({ primarySlotName: "standby", hotStandbyFeedback: true, ...scene.recovery })],
      slots: copy === null
        ? []
        : [subscriptionSlot({ active: false, failover: true, synced: true, ...copy })],
      settings: [settings(synchronizes ? { slotSync: { ...SYNC, ...scene.sync } } : {})],
    },
  });
}
