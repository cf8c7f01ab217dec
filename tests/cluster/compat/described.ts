/**
 * A primary, a standby and a server that is down, as the tests of other exporters' names describe them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { withCompat } from "../../../src/cluster/compat/compat.ts";
import { COMPAT_EXPORTERS, type CompatExporter } from "../../../src/domain/compat.ts";
import type { Facts } from "../../../src/domain/facts.ts";
import type { ServerSnapshot, View } from "../../../src/domain/view.ts";
import { renderText } from "../../../src/exposition/text.ts";
import { gatherFamilies } from "../../../src/metrics/gather.ts";
import { buildView, type Overrides } from "../build_view.ts";
import { archiver, lost, reached, receiver, recovery, sender, server, slot, sync } from "../fixtures.ts";

const END = 0x5000000n;

const PRIMARY: Facts = {
  server: [server({ writePosition: END, insertPosition: END + 8n, flushPosition: END - 8n, timeline: 2 })],
  senders: [
    sender({
      applicationName: "standby",
      clientAddress: "10.0.0.2",
      slot: "s.1",
      pid: 71,
      syncState: "sync",
      syncPriority: 1,
      sentPosition: END,
      writePosition: END,
      flushPosition: END - 16n,
      replayPosition: END - 100n,
      serverPosition: END,
      flushLagSeconds: 0.25,
      replyAgeSeconds: 2,
      backendStartUnixSeconds: 1_699_999_000,
    }),
    sender({
      standby: "standby#2",
      applicationName: "standby",
      clientAddress: "",
      pid: 72,
      state: "catchup",
      flushPosition: null,
      serverPosition: END,
      replyAgeSeconds: null,
    }),
  ],
  slots: [
    slot({
      slot: "s.1",
      activePid: 71,
      restartPosition: END - 200n,
      retainedBytes: 200,
      safeWalBytes: 1000,
      synced: false,
    }),
    slot({
      slot: "decoding",
      type: "logical",
      database: "app.db",
      plugin: "pgoutput",
      active: false,
      confirmedFlushPosition: END - 50n,
      walStatus: "lost",
      invalidationReason: "wal_removed",
      synced: false,
      inactiveSinceUnixSeconds: 1_699_999_900,
    }),
  ],
  sync: [sync({ standbyNames: "standby" })],
  archiver: [archiver({ lastArchivedAgeSeconds: 20 })],
  wal_directory: [{ files: 3, bytes: 3 * 2 ** 24, oldestFile: null }],
};

const STANDBY: Facts = {
  server: [
    server({
      inRecovery: true,
      receivePosition: END,
      replayPosition: END - 100n,
      timeline: 2,
      lastReplayedTransactionUnixSeconds: 1_699_999_970,
    }),
  ],
  senders: [],
  receiver: [
    receiver({
      slot: "repmgr_slot_7",
      senderHost: "10.0.0.1",
      receivedTimeline: 2,
      writtenPosition: END,
      flushedPosition: 2n ** 52n + 5n,
      latestEndPosition: END,
      latestEndAgeSeconds: 3,
      lastMessageAgeSeconds: 1,
      lastMessageLatencySeconds: 0.5,
    }),
  ],
  recovery: [recovery({ pauseState: "pause requested" })],
  slots: [],
  prefetch: [{
    blocksTotal: { prefetch: 1, hit: 2, skip_init: 3, skip_new: 4, skip_fpw: 5, skip_rep: 6 },
    distanceBytes: 7,
    distanceBlocks: 8,
    ioDepth: 9,
  }],
};

function addressed(snapshot: ServerSnapshot, host: string): ServerSnapshot {
  return { ...snapshot, address: { host, hostAddress: "", port: 5432 } };
}

/** The three servers; the standby is 12.5 s behind, the one that is down 400 s. */
export function describedView(overrides: Overrides = {}): View {
  return buildView({
    snapshots: [
      addressed(reached("primary", { readAt: 0, facts: PRIMARY }), "10.0.0.1"),
      addressed(reached("standby", { readAt: 0, facts: STANDBY }), "10.0.0.2"),
      addressed(lost(reached("down", { readAt: 0, facts: STANDBY })), "10.0.0.3"),
    ],
  }, {
    standbys: {
      standby: { connected: true, lag: { seconds: 12.5, bytes: 100 } },
      down: { connected: null, lag: { seconds: 400, bytes: 5000 } },
    },
    ...overrides,
  });
}

/** The page of other exporters' names. */
export function pageOf(view: View, exporters: readonly CompatExporter[]): string {
  const { families, rejected } = gatherFamilies(withCompat([], { view, exporters: new Set(exporters) }));
  assertEquals(rejected, []);
  return renderText(families);
}

/** The samples of one name, without the name itself. */
export function samplesOf(view: View, name: string): readonly string[] {
  const lines = pageOf(view, COMPAT_EXPORTERS).split("\n");
  return lines.filter((line) => line.startsWith(`${name}{`)).map((line) => line.slice(name.length));
}
