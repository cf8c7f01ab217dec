import { retentionChecks } from "../../../src/cluster/findings/retention.ts";
import { receiver, recovery, sender, slot, wal } from "../fixtures.ts";
import { testChecks } from "./cases.ts";
import { viewOf } from "./views.ts";

const MIB = 1024 ** 2;
const noSlot = {
  senders: [sender({ applicationName: "standby" })],
  slots: [],
};
const alone = { receiver: [receiver()], recovery: [recovery()] };

testChecks(retentionChecks, [
  {
    check: "no_slot",
    when: "a standby without slot and archive, and nothing kept",
    view: viewOf({ primary: noSlot, standby: alone }),
    raises: ["warning primary standby"],
    says: [
      "wal_keep_size = 0 B",
      "it has no restore_command",
      "ALTER SYSTEM SET primary_slot_name = 'standby'",
    ],
  },
  {
    check: "no_slot",
    when: "what is kept lasts minutes only",
    view: viewOf({
      primary: { ...noSlot, wal: [wal({ keepBytes: 1024 * MIB })] },
      standby: alone,
      servers: { primary: { walBytesPerSecond: 10 * MIB } },
    }),
    raises: ["warning primary standby"],
    says: ["1 min 42 s of WAL"],
  },
  {
    check: "no_slot",
    when: "info when its archive is not known, and a slot of its receiver's own making is none",
    view: viewOf({
      primary: { senders: [sender({ applicationName: "Reports-1", slot: "pg_walreceiver_77" })], slots: [] },
      standby: alone,
    }),
    raises: ["info primary Reports-1"],
    says: ["pg_create_physical_replication_slot('reports_1', true)"],
  },
  {
    check: "no_slot",
    when: "not before it streams, when it has not taken its slot yet",
    view: viewOf({
      primary: { ...noSlot, senders: [sender({ applicationName: "standby", state: "startup" })] },
      standby: alone,
    }),
    raises: [],
  },
  {
    check: "no_slot",
    when: "not when the slot that it is to use is there",
    view: viewOf({
      primary: { ...noSlot, slots: [slot({ slot: "s1", active: false })] },
      standby: { ...alone, recovery: [recovery({ primarySlotName: "s1" })] },
    }),
    raises: [],
  },
  {
    check: "no_slot",
    when: "a logical slot of that name is no slot for a standby",
    view: viewOf({
      primary: { ...noSlot, slots: [slot({ slot: "standby", type: "logical", plugin: "pgoutput" })] },
      standby: alone,
    }),
    raises: ["warning primary standby"],
    says: [
      "pg_create_physical_replication_slot('standby_standby', true)",
      "ALTER SYSTEM SET primary_slot_name = 'standby_standby'",
    ],
  },
  {
    check: "no_slot",
    when: "a slot of that name is there: nothing is created that already exists",
    view: viewOf({
      primary: { ...noSlot, slots: [slot({ slot: "standby", active: false })] },
      standby: alone,
    }),
    raises: ["warning primary standby"],
    says: [
      'If no other standby uses slot \'standby\' of "primary", on "standby": ALTER SYSTEM SET primary_slot_name',
    ],
  },
  {
    check: "no_slot",
    when: "two of one application name, known by their rows: each gets a slot of its own",
    view: viewOf({
      primary: {
        senders: [1, 2].map((pid) => sender({ pid, clientAddress: `10.0.0.${pid}`, replayPosition: 5000n })),
        slots: [],
      },
      standby: alone,
    }),
    raises: ["info primary walreceiver", "info primary walreceiver#2"],
    says: ["pg_create_physical_replication_slot('walreceiver', true)"],
  },
  {
    check: "no_slot",
    when: "not when it can read the archive",
    view: viewOf({
      primary: noSlot,
      standby: { ...alone, recovery: [recovery({ hasRestoreCommand: true })] },
    }),
    raises: [],
  },
  {
    check: "no_slot",
    when: "not when much is kept",
    view: viewOf({
      primary: { ...noSlot, wal: [wal({ keepBytes: 1024 * MIB })] },
      standby: alone,
    }),
    raises: [],
  },
  {
    check: "no_slot",
    when: "not of a base backup",
    view: viewOf({ primary: { ...noSlot, senders: [sender({ kind: "backup" })] } }),
    raises: [],
  },
  {
    check: "slots_keep_unlimited",
    when: "slots without limit",
    view: viewOf({ primary: { slots: [slot({ retainedBytes: 2048 })] } }),
    raises: ["info primary"],
    says: ["max_slot_wal_keep_size = -1; 1 slot, the largest retains 2.0 KiB"],
  },
  {
    check: "slots_keep_unlimited",
    when: "not with a limit, and not without slots",
    view: viewOf({ primary: { slots: [slot({ maxKeepBytes: MIB })] } }),
    raises: [],
  },
]);
