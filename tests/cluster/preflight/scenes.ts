/**
 * A primary and two standbys, healthy but for what a test changes, to look at before a promotion.
 *
 * @module
 */
import {
  type PreflightContext,
  preflightContextOf,
} from "../../../src/cluster/preflight/preflight_context.ts";
import type { Facts } from "../../../src/domain/facts.ts";
import type { ServerSnapshot, View } from "../../../src/domain/view.ts";
import { buildView, NOW, type Overrides } from "../build_view.ts";
import {
  activity,
  archiver,
  reached,
  receiver,
  recovery,
  sender,
  server,
  settings,
  slot,
  sync,
  traces,
  wal,
} from "../fixtures.ts";

/** Where the primary has written to. */
export const WRITTEN = 0x5000000n;

/** What a test changes: facts, and derived values that it is about. */
export interface Trio extends Overrides {
  readonly primary?: Facts;
  readonly standby?: Facts;
  readonly standby2?: Facts;
  /** More of the snapshots. */
  readonly snapshots?: Readonly<Record<string, Partial<ServerSnapshot>>>;
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
    manager: [traces()],
    archiver: [archiver()],
    wal_directory: [{ files: 3, bytes: 3 * 16 * 1024 ** 2, oldestFile: "000000010000000000000003" }],
  };
}

function primaryFacts(): Facts {
  const row = (name: string) =>
    sender({
      applicationName: name,
      slot: name,
      replayPosition: WRITTEN,
      flushPosition: WRITTEN,
      user: "replicator",
    });
  return {
    server: [server({ writePosition: WRITTEN })],
    senders: [row("standby"), row("standby2")],
    slots: ["standby", "standby2"].map((name) =>
      slot({ slot: name, activePid: 1, restartPosition: WRITTEN })
    ),
    sync: [sync()],
    wal: [wal()],
    settings: [settings()],
    manager: [traces()],
    archiver: [archiver()],
  };
}

/** The primary, `standby` and `standby2`, which stream, or did a collection before, through slots of their names. */
export function trio({ snapshots = {}, ...changes }: Trio = {}): View {
  const healthy: Readonly<Record<string, Facts>> = {
    primary: primaryFacts(),
    standby: standbyFacts("standby"),
    standby2: standbyFacts("standby2"),
  };
  const facts = { primary: changes.primary, standby: changes.standby, standby2: changes.standby2 };
  const servers = Object.entries(facts).map(([name, its], index): ServerSnapshot => ({
    ...reached(name, { readAt: NOW - 0.5, facts: { ...healthy[name], ...its } }),
    address: { host: `db${index}.example`, hostAddress: "", port: 5432 },
    ...snapshots[name],
  }));
  const before = Object.fromEntries(
    servers.map((each) => [each.server, { ...healthy[each.server], server: each.facts.server ?? [] }]),
  );
  return buildView({ snapshots: servers, before }, changes);
}

/** A primary that has become unreachable; its facts are the last that were read. */
export const GONE: Partial<ServerSnapshot> = {
  up: false,
  readAt: NOW - 20,
  trouble: { kind: "refused", step: "connect", sqlstate: null, message: "Nothing listens at db0.example" },
};

/** The same, never reached. */
export const NEVER: Partial<ServerSnapshot> = { ...GONE, readAt: null, role: null, facts: {} };

/** What changes when the primary is gone: no receiver runs. */
export const ORPHANS = {
  standby: { receiver: [] },
  standby2: { receiver: [] },
} as const satisfies Trio;

/** The context of `standby`, or of another one. */
export function contextAround(view: View, name = "standby"): PreflightContext {
  const candidate = view.servers.find((each) => each.server === name);
  const context = candidate === undefined ? null : preflightContextOf(view, candidate);
  if (context === null) throw new Error(`No context of ${name}`);
  return context;
}

/** The facts of a standby that has received and replayed only so far. */
export function behind(bytes: number, replayed = bytes): NonNullable<Facts["server"]> {
  return [server({
    inRecovery: true,
    receivePosition: WRITTEN - BigInt(bytes),
    replayPosition: WRITTEN - BigInt(replayed),
  })];
}
