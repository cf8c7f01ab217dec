import { lagChecks } from "../../../src/cluster/findings/lag.ts";
import { recovery, sender } from "../fixtures.ts";
import { testChecks } from "./cases.ts";
import { viewOf } from "./views.ts";

const MIB = 1024 ** 2;

testChecks(lagChecks, [
  {
    check: "lag_high",
    when: "over a minute, stuck in replay",
    view: viewOf({
      derived: { lag: { seconds: 61, bytes: 19 * MIB }, reason: "streaming", stage: "replay" },
    }),
    raises: ["warning standby"],
    says: ["is 1 min 1 s behind", "stuck at stage replay", "19.0 MiB", "recovery_prefetch"],
    derived: true,
  },
  {
    check: "lag_high",
    when: "over five minutes, for a reason that has its own finding",
    view: viewOf({
      derived: { lag: { seconds: 301, bytes: MIB }, reason: "paused", reasonText: "Replay is paused" },
    }),
    raises: ["critical standby"],
    says: ["reason paused: Replay is paused", "see replay_paused"],
    derived: true,
  },
  {
    check: "lag_high",
    when: "cascading, with an upstream that is itself behind",
    view: viewOf({
      derived: {
        lag: { seconds: 676, bytes: MIB },
        reason: "streaming",
        stage: "transport",
        upstream: "standby0",
        upstreamLagSeconds: 0,
      },
    }),
    raises: ["critical standby"],
    says: ['Its upstream "standby0" is itself behind', 'see the findings of "standby0"'],
    derived: true,
  },
  {
    check: "lag_high",
    when: "stage and reason not known",
    view: viewOf({ derived: { lag: { seconds: 100 }, reason: null } }),
    raises: ["warning standby"],
    says: ["compare sent_lsn"],
    derived: true,
  },
  {
    check: "lag_high",
    when: "not for a delay on purpose",
    view: viewOf({
      standby: { recovery: [recovery({ applyDelaySeconds: 3600 })] },
      derived: { lag: { seconds: 3620 }, reason: "delayed" },
    }),
    raises: [],
  },
  {
    check: "lag_high",
    when: "not when the lag is unknown",
    view: viewOf({ derived: { lag: { seconds: null, bytes: null } } }),
    raises: [],
  },
  {
    check: "falling_behind",
    when: "the primary writes faster than it replays",
    view: viewOf({
      derived: { fallingBehind: true, lag: { seconds: 20, bytes: 64 * MIB }, stage: "transport" },
      servers: { primary: { walBytesPerSecond: MIB } },
    }),
    raises: ["warning standby"],
    says: ["its upstream's WAL grows by 1.0 MiB per second", "bandwidth"],
    derived: true,
  },
  {
    check: "falling_behind",
    when: "not when it receives nothing, which has its own finding",
    view: viewOf({ derived: { fallingBehind: true, lag: { bytes: 64 * MIB }, reason: "disconnected" } }),
    raises: [],
  },
  {
    check: "falling_behind",
    when: "not for a moment's backlog",
    view: viewOf({ derived: { fallingBehind: true, lag: { seconds: 0.5, bytes: MIB } } }),
    raises: [],
  },
  {
    check: "half_open",
    when: "nothing arrives any more",
    view: viewOf({
      primary: {
        senders: [sender({ applicationName: "standby", slot: "standby", pid: 815, replyAgeSeconds: 42 })],
      },
      derived: { reason: "half_open", reasonText: "No reply for 42 s" },
    }),
    raises: ["critical standby"],
    says: [
      "No reply for 42 s",
      "last reply 42.0 s ago",
      "wal_sender_timeout = 1 min",
      "pg_terminate_backend(815)",
    ],
    derived: true,
  },
  {
    check: "half_open",
    when: "its row is gone: what is to be pasted still runs",
    view: viewOf({ primary: { senders: [] }, derived: { reason: "half_open" } }),
    raises: ["critical standby"],
    says: ["SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE application_name = 'standby'"],
    derived: true,
  },
  {
    check: "half_open",
    when: "of an unconfigured standby",
    view: viewOf({
      primary: { senders: [sender({ applicationName: "reports", pid: 9 })] },
      standbys: { reports: { reason: "half_open" } },
    }),
    raises: ["critical primary reports"],
    says: ["pg_terminate_backend(9)"],
    derived: true,
  },
  {
    check: "half_open",
    when: "not when it streams",
    view: viewOf({ derived: { reason: "streaming" } }),
    raises: [],
  },
]);
