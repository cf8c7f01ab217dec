/**
 * Views to render.
 *
 * @module
 */
import type { ServerFact } from "../../src/domain/facts.ts";
import { parseLsn } from "../../src/domain/lsn.ts";
import { DEFAULT_HEALTH_THRESHOLDS } from "../../src/domain/thresholds.ts";
import type { StandbyLag } from "../../src/domain/lag.ts";
import type { ServerSnapshot, View } from "../../src/domain/view.ts";
import { EMPTY_VIEW } from "../fixtures/empty_view.ts";
import { deriveOverviewRow, type OverviewRow } from "../../src/report/overview_row.ts";

/** When every view here was derived, and its servers read. */
export const AT = 1000;

const PRIMARY_FACT: ServerFact = {
  versionNum: 180004,
  version: "18.4",
  systemIdentifier: "7512345678901234567",
  inRecovery: false,
  timeline: 1,
  writePosition: parseLsn("0/5000060"),
  insertPosition: parseLsn("0/5000060"),
  flushPosition: parseLsn("0/5000060"),
  receivePosition: null,
  replayPosition: null,
  lastReplayedTransactionUnixSeconds: null,
  clockUnixSeconds: 1_795_000_000,
  startUnixSeconds: 1_794_000_000,
  clusterName: "",
  canReadStatistics: true,
  canReadWalDirectory: true,
};

/** A primary that is well. */
export const PRIMARY: ServerSnapshot = {
  server: "primary",
  cluster: "",
  up: true,
  trouble: null,
  role: "primary",
  readAt: AT,
  facts: { server: [PRIMARY_FACT] },
  runs: [],
  connectDurationSeconds: 0.01,
  collectionDurationSeconds: 0.02,
};

/** A standby that is well. */
export function standby(server: string, changes: Partial<ServerSnapshot> = {}): ServerSnapshot {
  return {
    ...PRIMARY,
    server,
    role: "standby",
    facts: {
      server: [{
        ...PRIMARY_FACT,
        inRecovery: true,
        writePosition: null,
        insertPosition: null,
        flushPosition: null,
        receivePosition: parseLsn("0/5000000"),
        replayPosition: parseLsn("0/4FFFF00"),
      }],
    },
    ...changes,
  };
}

/** A server that was never reached. */
export function neverReached(server: string, message: string): ServerSnapshot {
  return {
    ...PRIMARY,
    server,
    up: false,
    role: null,
    readAt: null,
    facts: {},
    connectDurationSeconds: null,
    trouble: { kind: "refused", step: "connect", sqlstate: null, message },
  };
}

/** A lag that is known. */
export function lag(server: string, seconds: number, bytes: number): StandbyLag {
  return { server, seconds, bytes, source: "clock", unknownReason: null, unknownBecause: "" };
}

/** A view of these servers; further parts as given. */
export function viewOf(
  servers: readonly ServerSnapshot[],
  lags: readonly StandbyLag[] = [],
  changes: Partial<View> = {},
): View {
  return {
    ...EMPTY_VIEW,
    at: AT,
    servers,
    lags: new Map(lags.map((one) => [one.server, one])),
    ...changes,
  };
}

/** A primary and two standbys, all well. */
export const WELL = viewOf([PRIMARY, standby("standby"), standby("standby2")], [
  lag("standby", 0, 0),
  lag("standby2", 0.42, 1536),
]);

/** Hostile text, as a server or a user could send it. */
export const HOSTILE = `<img src=x onerror="document.title='owned'">&amp;'"</td></style><script>\u202e\0`;

/** Everything that can be wrong, once. */
export const TROUBLED = viewOf(
  [
    { ...PRIMARY, cluster: "shop" },
    standby("standby-far-behind", { cluster: "shop" }),
    neverReached(
      "standby-down",
      "Cannot connect to 10.0.0.7:5432: connection refused; check that PostgreSQL runs there",
    ),
    standby("standby-gone", {
      up: false,
      readAt: AT - 754,
      trouble: {
        kind: "timeout",
        step: "query",
        sqlstate: null,
        message: "No answer to a query within 2 s; the server may be frozen or the link cut",
      },
    }),
    standby("standby-unknown", {
      runs: [{ collector: "receiver", outcome: "failed", reason: "statement timeout", durationSeconds: 1 }],
    }),
    standby("standby-cut-off"),
    neverReached(`${HOSTILE}${"w".repeat(120)}`, `${HOSTILE} password authentication failed`),
  ],
  [
    lag("standby-far-behind", 192.34, 25 * 1024 * 1024),
    lag("standby-gone", 754.04, 3 * 1024 ** 3),
    {
      server: "standby-unknown",
      seconds: null,
      bytes: null,
      source: null,
      unknownReason: "history_too_short",
      unknownBecause: "the exporter has not watched the primary long enough",
    },
    lag("standby-cut-off", 7, 1000),
  ],
  {
    connected: new Map([["standby-far-behind", true], ["standby-cut-off", false]]),
    clusters: [{
      systemIdentifier: "1",
      cluster: "shop",
      servers: ["primary", "standby-far-behind"],
      primaries: ["primary", "standby-down"],
      expectedStandbys: 3,
      connectedStandbys: 1,
    }],
  },
);

/** The servers of a view in words, two seconds after it was derived. */
export function rowsOf(view: View): readonly OverviewRow[] {
  const context = { view, thresholds: DEFAULT_HEALTH_THRESHOLDS, now: AT + 2 };
  return view.servers.map((server) => deriveOverviewRow(server, context));
}
