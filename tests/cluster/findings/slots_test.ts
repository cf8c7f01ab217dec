import { slotChecks } from "../../../src/cluster/findings/slots.ts";
import type { SlotFact } from "../../../src/domain/facts.ts";
import { server, slot } from "../fixtures.ts";
import { testChecks } from "./cases.ts";
import { viewOf } from "./views.ts";

const MIB = 1024 ** 2;
const withSlot = (fact: Partial<SlotFact>, lostInSeconds?: number) =>
  viewOf({
    primary: { slots: [slot({ slot: "s1", restartPosition: 1n, ...fact })] },
    servers: { primary: { walBytesPerSecond: MIB } },
    view: lostInSeconds === undefined
      ? {}
      : { slotForecasts: [{ server: "primary", slot: "s1", lostInSeconds }] },
  });

testChecks(slotChecks, [
  {
    check: "slot_inactive",
    when: "its standby is away",
    view: withSlot({ active: false, retainedBytes: 36 * MIB }),
    raises: ["warning primary s1"],
    says: [
      "retains 36.0 MiB",
      "growing by 1.0 MiB per second",
      "max_slot_wal_keep_size = -1",
      "SELECT pg_drop_replication_slot('s1')",
    ],
  },
  {
    check: "slot_inactive",
    when: "a note when something else moves it",
    view: viewOf({
      primary: {
        slots: [slot({ slot: "s1", active: false, restartPosition: 1n, retainedBytes: 11 * 1024 * MIB })],
      },
      servers: { primary: { movedIdleSlots: new Set(["s1"]) } },
    }),
    raises: ["info primary s1"],
    says: ["its restart_lsn moves while no client is connected", "Leave it"],
  },
  {
    check: "slot_inactive",
    when: "critical from 10 GiB without a limit, and since when",
    view: viewOf({
      primary: {
        server: [server({ clockUnixSeconds: 2000 })],
        slots: [
          slot({
            slot: "s1",
            active: false,
            restartPosition: 1n,
            retainedBytes: 10240 * MIB,
            inactiveSinceUnixSeconds: 1900,
          }),
        ],
      },
    }),
    raises: ["critical primary s1"],
    says: ["inactive for 1 min 40 s"],
  },
  {
    check: "slot_inactive",
    when: "a warning at any size with a limit",
    view: withSlot({ active: false, retainedBytes: 10240 * MIB, maxKeepBytes: 20480 * MIB }),
    raises: ["warning primary s1"],
    says: ["limit max_slot_wal_keep_size = 20.0 GiB"],
  },
  {
    check: "slot_inactive",
    when: "info while it keeps no more than a segment",
    view: withSlot({ active: false, retainedBytes: 16 * MIB }),
    raises: ["info primary s1"],
  },
  {
    check: "slot_inactive",
    when: "not when it is active",
    view: withSlot({ retainedBytes: 99 * MIB }),
    raises: [],
  },
  {
    check: "slot_inactive",
    when: "not when it was never used, is temporary, or is synced from the primary",
    view: viewOf({
      primary: {
        slots: [
          slot({ slot: "a", active: false, restartPosition: null }),
          slot({ slot: "b", active: false, restartPosition: 1n, temporary: true }),
          slot({ slot: "c", active: false, restartPosition: 1n, synced: true }),
        ],
      },
    }),
    raises: [],
  },
  {
    check: "slot_lost",
    when: "its WAL is removed",
    view: withSlot({ active: false, walStatus: "lost", restartPosition: null, maxKeepBytes: 80 * MIB }, 0),
    raises: ["critical primary s1"],
    says: [
      "wal_status = lost",
      "max_slot_wal_keep_size = 80.0 MiB",
      `on "primary": SELECT pg_drop_replication_slot('s1');`,
      "see wal_removed",
    ],
  },
  {
    check: "slot_lost",
    when: "a logical slot was invalidated",
    view: withSlot({ type: "logical", walStatus: "reserved", invalidationReason: "rows_removed" }),
    raises: ["critical primary s1"],
    says: ["invalidation_reason = rows_removed", "subscription"],
  },
  { check: "slot_lost", when: "not when reserved", view: withSlot({}), raises: [] },
  {
    check: "slot_at_risk",
    when: "lost within the hour",
    view: withSlot({ safeWalBytes: 30 * MIB, maxKeepBytes: 80 * MIB }, 1800),
    raises: ["warning primary s1"],
    says: ["is lost in 30 min", "safe_wal_size 30.0 MiB", "max_slot_wal_keep_size = '160MB'"],
  },
  {
    check: "slot_at_risk",
    when: "within minutes",
    view: withSlot({ active: false }, 600),
    raises: ["critical primary s1"],
  },
  {
    check: "slot_at_risk",
    when: "beyond its limit",
    view: withSlot({ walStatus: "unreserved", safeWalBytes: -102 * MIB, maxKeepBytes: 80 * MIB }),
    raises: ["critical primary s1"],
    says: ["the next checkpoint may lose it", "safe_wal_size -102.0 MiB"],
  },
  { check: "slot_at_risk", when: "not when there is time", view: withSlot({}, 3601), raises: [] },
  {
    check: "slot_at_risk",
    when: "not when it is lost already",
    view: withSlot({ walStatus: "lost" }, 0),
    raises: [],
  },
]);
