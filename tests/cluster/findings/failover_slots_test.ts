import { failoverSlotChecks } from "../../../src/cluster/findings/failover_slots.ts";
import { slot } from "../fixtures.ts";
import { copyScene } from "../logical/copies.ts";
import { testChecks } from "./cases.ts";

const NOT_READY = "failover_slot_not_ready";
const UNGUARDED = "failover_slot_unguarded";
const WAITS = "decoding_waits_for_standby";
const physical = [
  slot({ slot: "standby", restartPosition: 5000n, retainedBytes: 0 }),
  slot({ slot: "dead", active: false, restartPosition: 100n, retainedBytes: 4900 }),
];

testChecks(failoverSlotChecks, [
  { check: NOT_READY, when: "the copy is ready", view: copyScene(), raises: [], derived: true },
  {
    check: NOT_READY,
    when: "no slot has failover = true",
    view: copyScene({ slot: { failover: false }, copy: null }),
    raises: [],
    derived: true,
  },
  {
    check: NOT_READY,
    when: "slots are not synchronized",
    view: copyScene({
      copy: null,
      sync: { isOn: false, hasDatabase: false, isRunning: null },
      recovery: { hotStandbyFeedback: false },
    }),
    raises: ["warning standby"],
    derived: true,
    says: [
      '"standby" is not ready to take over logical slot "app_sub" of "primary"',
      'sync_replication_slots = off on "standby"',
      'On "standby": ALTER SYSTEM SET sync_replication_slots = on; ALTER SYSTEM SET hot_standby_feedback = on; SELECT pg_reload_conf();',
      "|| ' dbname=postgres') \\gexec",
    ],
  },
  {
    check: NOT_READY,
    when: "it has no physical slot",
    view: copyScene({ recovery: { primarySlotName: "" } }),
    raises: ["warning standby"],
    derived: true,
    says: [
      '"standby" no longer keeps logical slots of "primary" in sync',
      "On \"primary\": SELECT pg_create_physical_replication_slot('standby', true);",
      "ALTER SYSTEM SET primary_slot_name = 'standby';",
    ],
  },
  {
    check: NOT_READY,
    when: "primary_conninfo names no database",
    view: copyScene({ sync: { hasDatabase: false } }),
    raises: ["warning standby"],
    derived: true,
    says: ['primary_conninfo of "standby" names no database', 'pg_hba.conf of "primary"'],
  },
  {
    check: NOT_READY,
    when: "the copy is temporary: only time is needed",
    view: copyScene({ copy: { temporary: true } }),
    raises: ["info standby"],
    derived: true,
    says: ["the copy is still temporary", "SELECT pg_log_standby_snapshot();"],
  },
  {
    check: NOT_READY,
    when: "it has a slot of its own of that name, which stops the worker",
    view: copyScene({ copy: { synced: false }, sync: { isRunning: false } }),
    raises: ["warning standby"],
    derived: true,
    says: ["which is not synchronized", "Check first", "SELECT pg_drop_replication_slot('app_sub');"],
  },
  {
    check: NOT_READY,
    when: "the worker has not started yet",
    view: copyScene({ sync: { isRunning: false } }),
    raises: [],
    derived: true,
  },
  {
    check: NOT_READY,
    when: "the slot itself is lost, which is a finding of its own",
    view: copyScene({ slot: { walStatus: "lost" }, copy: { walStatus: "lost" } }),
    raises: [],
    derived: true,
  },
  { check: UNGUARDED, when: "decoding waits for the standby", view: copyScene(), raises: [], derived: true },
  {
    check: UNGUARDED,
    when: "decoding waits for nobody",
    view: copyScene({ awaited: [] }),
    raises: ["info primary"],
    derived: true,
    says: ["ALTER SYSTEM SET synchronized_standby_slots = 'standby'; SELECT pg_reload_conf();"],
  },
  { check: WAITS, when: "the slot is active", view: copyScene(), raises: [] },
  {
    check: WAITS,
    when: "a slot is inactive, and nothing was written since",
    view: copyScene({ awaited: ["standby", "dead"], physical }),
    raises: ["warning primary"],
    says: ['will wait for the standby of slot "dead"', '"dead" is inactive'],
  },
  {
    check: WAITS,
    when: "a consumer waits for it",
    view: copyScene({ awaited: ["standby", "dead"], physical, waits: true }),
    raises: ["critical primary"],
    says: [
      'waiting: "app_sub"',
      "ALTER SYSTEM SET synchronized_standby_slots = 'standby'; SELECT pg_reload_conf();",
    ],
  },
  {
    check: WAITS,
    when: "the slot was dropped",
    view: copyScene({ awaited: ["gone"], waits: true }),
    raises: ["critical primary"],
    says: ['"gone" does not exist', "synchronized_standby_slots = ''"],
  },
  {
    check: WAITS,
    when: "no slot has failover = true: then nobody waits",
    view: copyScene({ awaited: ["gone"], slot: { failover: false } }),
    raises: [],
  },
]);
