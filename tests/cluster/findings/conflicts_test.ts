import { conflictChecks } from "../../../src/cluster/findings/conflicts.ts";
import { activity, recovery, sender, settings, slot } from "../fixtures.ts";
import { testChecks } from "./cases.ts";
import { viewOf } from "./views.ts";

const feedback = [recovery({ hotStandbyFeedback: true })];
const cancelledRecently = new Map([["standby", 2]]);

const COPY = "pg_16404_sync_16397_7713975838201775220";
const copying = (xminAgeTransactions: number) =>
  sender({ applicationName: COPY, kind: "logical", state: "startup", xminAgeTransactions });

testChecks(conflictChecks, [
  {
    check: "replay_conflict",
    when: "a query holds replay up",
    view: viewOf({
      standby: {
        activity: [activity({ oldestSnapshotSeconds: 90 })],
        settings: [settings({ maxStandbyStreamingDelaySeconds: null })],
      },
      derived: { reason: "conflict", reasonText: "Replay waits for a query" },
    }),
    raises: ["warning standby"],
    says: [
      "the oldest snapshot is 1 min 30 s",
      "max_standby_streaming_delay = -1 (for ever)",
      "pg_terminate_backend(PID)",
    ],
    derived: true,
  },
  { check: "replay_conflict", when: "not when it streams", view: viewOf(), raises: [] },
  {
    check: "queries_cancelled",
    when: "two recently",
    view: viewOf(),
    context: { cancelledRecently },
    raises: ["warning standby"],
    says: ["cancelled 2 queries", "snapshot 3", "hot_standby_feedback = on; SELECT pg_reload_conf()"],
  },
  {
    check: "queries_cancelled",
    when: "although feedback is on",
    view: viewOf({ standby: { recovery: feedback } }),
    context: { cancelledRecently },
    raises: ["info standby"],
    says: ["locks"],
  },
  { check: "queries_cancelled", when: "not for those of long ago", view: viewOf(), raises: [] },
  {
    check: "old_xmin",
    when: "a standby's query, a slot's catalog",
    view: viewOf({
      primary: {
        senders: [sender({ applicationName: "standby", slot: "standby", xminAgeTransactions: 11_000_000 })],
        slots: [
          slot({ slot: "logical", active: false, type: "logical", catalogXminAgeTransactions: 500_000_000 }),
        ],
      },
    }),
    raises: ["critical primary slot logical", "warning primary standby"],
    says: ["rows needed 500000000 transactions ago", "pg_drop_replication_slot('logical')"],
  },
  {
    check: "old_xmin",
    when: "a standby with the default application_name is named as it is listed",
    view: viewOf({ primary: { senders: [sender({ slot: "standby", xminAgeTransactions: 11_000_000 })] } }),
    raises: ["warning primary standby"],
    says: ['held back by standby "standby"', 'Then on "standby": SELECT pg_terminate_backend(PID)'],
  },
  {
    check: "old_xmin",
    when: "the sender of an initial copy",
    view: viewOf({ primary: { senders: [copying(11_000_000)] } }),
    raises: [`warning primary ${COPY}`],
    says: [`held back by "${COPY}", a client of logical decoding`, "copies tables in one transaction"],
  },
  {
    check: "old_xmin",
    when: "the slot of an initial copy that runs",
    view: viewOf({
      primary: {
        senders: [copying(1)],
        slots: [
          slot({
            slot: COPY,
            active: false,
            type: "logical",
            plugin: "pgoutput",
            catalogXminAgeTransactions: 12_000_000,
          }),
        ],
      },
    }),
    raises: [`warning primary slot ${COPY}`],
    says: ["Let the initial copy of a table that it belongs to end"],
  },
  {
    check: "old_xmin",
    when: "not while it is young",
    view: viewOf({ primary: { senders: [sender({ xminAgeTransactions: 1000 })] } }),
    raises: [],
  },
  {
    check: "long_query",
    when: "with feedback",
    view: viewOf({ standby: { activity: [activity({ oldestSnapshotSeconds: 7200 })], recovery: feedback } }),
    raises: ["warning standby"],
    says: ["has run for 2 h", "vacuum on the primary waits for it"],
  },
  {
    check: "long_query",
    when: "with a delay without end",
    view: viewOf({
      standby: {
        activity: [activity({ oldestSnapshotSeconds: 7200 })],
        settings: [settings({ maxStandbyStreamingDelaySeconds: null })],
      },
    }),
    raises: ["warning standby"],
    says: ["replay may wait for it for ever"],
  },
  {
    check: "long_query",
    when: "not when replay will cancel it",
    view: viewOf({ standby: { activity: [activity({ oldestSnapshotSeconds: 7200 })] } }),
    raises: [],
  },
]);
