import { settingsMismatchChecks } from "../../../src/cluster/findings/settings_mismatch.ts";
import { recovery, server, settings, wal } from "../fixtures.ts";
import { testChecks } from "./cases.ts";
import { viewOf } from "./views.ts";

const larger = { settings: [settings({ maxConnections: 200, maxLocksPerTransaction: 128 })] };

testChecks(settingsMismatchChecks, [
  {
    check: "settings_mismatch",
    when: "the primary was given more",
    view: viewOf({ primary: { ...larger, wal: [wal({ maxSenders: 30 })] } }),
    raises: ["critical standby"],
    says: [
      "its replay will stop",
      "max_connections = 100, on the primary 200; max_wal_senders = 10, on the primary 30; max_locks_per_transaction = 64, on the primary 128",
      "ALTER SYSTEM SET max_connections = 200; ALTER SYSTEM SET max_wal_senders = 30; ALTER SYSTEM SET max_locks_per_transaction = 128; then restart it",
      "pg_wal_replay_resume() would shut it down",
    ],
  },
  {
    check: "settings_mismatch",
    when: "replay has paused for it",
    view: viewOf({ primary: larger, standby: { recovery: [recovery({ pauseState: "paused" })] } }),
    raises: ["critical standby"],
    says: ["has stopped", "replay is paused"],
  },
  {
    check: "settings_mismatch",
    when: "on 13, which does not pause",
    view: viewOf({
      primary: larger,
      standby: { server: [server({ inRecovery: true, versionNum: 130023 })] },
    }),
    raises: ["critical standby"],
    says: ["then restart it"],
  },
  {
    check: "settings_mismatch",
    when: "not when the standby has more",
    view: viewOf({ standby: larger }),
    raises: [],
  },
  {
    check: "settings_mismatch",
    when: "not with two primaries, when it is unknown which counts",
    view: viewOf({ primary: larger, cluster: { primaries: ["primary", "old"] } }),
    raises: [],
  },
]);
