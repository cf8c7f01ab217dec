/**
 * A primary and two standbys, healthy but for what a test changes, to look at before a promotion.
 *
 * @module
 */
import { type PreflightScene, sceneOf } from "../../../src/cluster/preflight/preflight_context.ts";
import type { Facts } from "../../../src/domain/facts.ts";
import type { StandbyView } from "../../../src/domain/standby.ts";
import type { ServerSnapshot, View } from "../../../src/domain/view.ts";
import { EMPTY_VIEW } from "../../fixtures/empty_view.ts";
import { NOW } from "../findings/views.ts";
import {
  activity,
  archiver,
  CLUSTER,
  reached,
  receiver,
  recovery,
  sender,
  server,
  settings,
  slot,
  sync,
  wal,
} from "../fixtures.ts";

/** Where the primary has written to. */
export const WRITTEN = 0x5000000n;

/** What a test changes. */
export interface Trio {
  readonly primary?: Facts;
  readonly standby?: Facts;
  readonly standby2?: Facts;
  /** More of the snapshots. */
  readonly snapshots?: Readonly<Record<string, Partial<ServerSnapshot>>>;
  /** More of what is derived of the standbys. */
  readonly derived?: Readonly<Record<string, Partial<StandbyView>>>;
  readonly view?: Partial<View>;
}

function standbyFacts(name: string): Facts {
  return {
    server: [server({ inRecovery: true, receivePosition: WRITTEN, replayPosition: WRITTEN })],
    senders: [],
    slots: [],
    receiver: [receiver({ slot: name, lastMessageAgeSeconds: 1 })],
    recovery: [recovery({ primarySlotName: name })],
    activity: [activity()],
    wal: [wal()],
    settings: [settings()],
    archiver: [archiver()],
    wal_directory: [{ files: 3, bytes: 3 * 16 * 1024 ** 2, oldestFile: "000000010000000000000003" }],
  };
}

/** The primary, `standby` and `standby2`, which stream through slots of their names. */
export function trio({ snapshots = {}, derived = {}, ...changes }: Trio = {}): View {
  const row = (name: string) =>
    sender({
      applicationName: name,
      slot: name,
      replayPosition: WRITTEN,
      flushPosition: WRITTEN,
      user: "replicator",
    });
  const facts: Readonly<Record<string, Facts>> = {
    primary: {
      server: [server({ writePosition: WRITTEN })],
      senders: [row("standby"), row("standby2")],
      slots: ["standby", "standby2"].map((name) =>
        slot({ slot: name, activePid: 1, restartPosition: WRITTEN })
      ),
      sync: [sync()],
      wal: [wal()],
      settings: [settings()],
      archiver: [archiver()],
      ...changes.primary,
    },
    standby: { ...standbyFacts("standby"), ...changes.standby },
    standby2: { ...standbyFacts("standby2"), ...changes.standby2 },
  };
  const servers = Object.entries(facts).map(([name, its], index): ServerSnapshot => ({
    ...reached(name, { readAt: NOW - 0.5, facts: its }),
    address: { host: `db${index}.example`, hostAddress: "", port: 5432 },
    ...snapshots[name],
  }));
  const standbys = ["standby", "standby2"].map((name): StandbyView => ({
    name,
    configured: true,
    cluster: "",
    systemIdentifier: CLUSTER,
    upstream: "primary",
    connected: true,
    connectedChangedAt: null,
    lag: { server: name, seconds: 0, bytes: 0, source: "clock", unknownReason: null, unknownBecause: "" },
    upstreamLagSeconds: null,
    lastPosition: WRITTEN,
    reason: "idle",
    reasonText: "",
    stage: null,
    catchUp: "streaming",
    catchUpText: "",
    catchUpSeconds: 0,
    fallingBehind: false,
    ...derived[name],
  }));
  const primaries = servers.filter(({ up, role }) => up && role === "primary").map((each) => each.server);
  return {
    ...EMPTY_VIEW,
    at: NOW,
    servers,
    standbys,
    lags: new Map(standbys.map(({ name, lag }) => [name, lag])),
    clusters: [{
      systemIdentifier: CLUSTER,
      cluster: "",
      servers: servers.map((each) => each.server),
      primaries,
      expectedStandbys: 2,
      connectedStandbys: standbys.filter(({ connected }) => connected === true).length,
    }],
    ...changes.view,
  };
}

/** A primary that is not reached any more; its facts are the last that were read. */
export const GONE: Partial<ServerSnapshot> = {
  up: false,
  readAt: NOW - 20,
  trouble: { kind: "refused", step: "connect", sqlstate: null, message: "Nothing listens at db0.example" },
};

/** The same, never reached. */
export const NEVER: Partial<ServerSnapshot> = { ...GONE, readAt: null, role: null, facts: {} };

/** What changes when the primary is gone: no receiver runs. */
export const ORPHANS = {
  derived: {
    standby: { connected: false, reason: "disconnected" },
    standby2: { connected: false, reason: "disconnected" },
  },
  standby: { receiver: [] },
  standby2: { receiver: [] },
} as const satisfies Trio;

/** The scene around `standby`, or another one. */
export function sceneAround(view: View, name = "standby"): PreflightScene {
  const candidate = view.servers.find((each) => each.server === name);
  const scene = candidate === undefined ? null : sceneOf(view, candidate);
  if (scene === null) throw new Error(`No scene around ${name}`);
  return scene;
}

/** The facts of a standby that has received and replayed only so far. */
export function behind(bytes: number, replayed = bytes): NonNullable<Facts["server"]> {
  return [server({
    inRecovery: true,
    receivePosition: WRITTEN - BigInt(bytes),
    replayPosition: WRITTEN - BigInt(replayed),
  })];
}
