import { slotChecks } from "../../../src/cluster/findings/slots.ts";
import type { Facts, SlotFact } from "../../../src/domain/facts.ts";
import { reached, sender, server, slot } from "../fixtures.ts";
import type { ServerView } from "../../../src/domain/view.ts";
import { testChecks } from "./cases.ts";
import { viewOf } from "./views.ts";

const MIB = 1024 ** 2;
const COPY = "pg_16404_sync_16397_7713975838201775220";
const logical = (fact: Partial<SlotFact> = {}) =>
  slot({
    slot: "s1",
    type: "logical",
    plugin: "pgoutput",
    database: "shop",
    active: false,
    restartPosition: 1n,
    ...fact,
  });
/** An initial copy of a table to a watched subscriber. */
const withCopy = (primary: Facts, more: Partial<ServerView> = {}) => {
  const view = viewOf({
    primary: { slots: [logical({ slot: COPY, retainedBytes: 36 * MIB })], ...primary },
    servers: { primary: more },
  });
  const [first] = view.servers;
  if (first === undefined) throw new Error("no server");
  const subscriber = reached("sub", {
    readAt: view.at,
    facts: { server: [server({ systemIdentifier: "7713975838201775220", hasSubscriptions: true })] },
  });
  return {
    ...view,
    servers: [...view.servers, {
      ...first,
      ...subscriber,
      clusterKey: null,
      movedIdleSlots: new Set<string>(),
    }],
  };
};
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
    when:
      "not when it was never used or is temporary, nor on a standby when it is synchronized from the primary",
    view: viewOf({
      primary: {
        slots: [
          slot({ slot: "a", active: false, restartPosition: null }),
          slot({ slot: "b", active: false, restartPosition: 1n, temporary: true }),
        ],
      },
      standby: { slots: [logical({ slot: "c", synced: true, failover: true })] },
    }),
    raises: [],
  },
  {
    check: "slot_inactive",
    when: "synchronized before the promotion of its server",
    view: withSlot(logical({ synced: true, failover: true, retainedBytes: 63 * MIB })),
    raises: ["warning primary s1"],
    says: [
      'synchronized before "primary" was promoted',
      "SELECT subname, subenabled FROM pg_subscription WHERE subslotname = 's1';",
      "ALTER SUBSCRIPTION NAME CONNECTION 'host=primary port=5432 dbname=shop user=... password=...';",
      "Check first",
    ],
  },
  {
    check: "slot_inactive",
    when: "its subscription is away: what to look at there, before any drop",
    view: withSlot(logical({ retainedBytes: 36 * MIB, maxKeepBytes: 80 * MIB }), 7200),
    raises: ["warning primary s1"],
    says: [
      "lost in 2 h at this rate",
      "plugin = pgoutput, database = shop",
      "SELECT subname, subenabled FROM pg_subscription WHERE subslotname = 's1';",
      "ALTER SUBSCRIPTION NAME ENABLE;",
      "Only if that consumer is gone for good",
      "SELECT subname FROM pg_subscription WHERE subslotname = 's1'; has no row",
      "its subscriber must copy all its tables again",
    ],
  },
  {
    check: "slot_inactive",
    when: "that of a CDC connector is no subscription's",
    view: withSlot(logical({ plugin: "wal2json", retainedBytes: 36 * MIB })),
    raises: ["warning primary s1"],
    says: ["with wal2json, not a subscription", "must take a new snapshot"],
  },
  {
    check: "slot_inactive",
    when: "an initial copy of a table fails",
    view: withCopy({}),
    raises: [`warning primary ${COPY}`],
    says: [
      'On "sub", in the database of the subscription',
      "16397::regclass FROM pg_subscription WHERE oid = 16404;",
      "tried again until it succeeds",
    ],
  },
  {
    check: "slot_inactive",
    when: "an initial copy that is begun again and again is not moved by an HA manager",
    view: withCopy({}, { movedIdleSlots: new Set([COPY]) }),
    raises: [`warning primary ${COPY}`],
    says: ["tried again until it succeeds"],
  },
  {
    check: "slot_inactive",
    when: "not while rows are copied",
    view: withCopy({ senders: [sender({ applicationName: COPY, kind: "logical", state: "startup" })] }),
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
    view: withSlot(logical({ walStatus: "reserved", invalidationReason: "rows_removed" })),
    raises: ["critical primary s1"],
    says: [
      "invalidation_reason = rows_removed",
      "SELECT subname, subconninfo, subpublications FROM pg_subscription WHERE subslotname = 's1';",
      "ALTER SUBSCRIPTION NAME SET (slot_name = NONE); DROP SUBSCRIPTION NAME;",
    ],
  },
  {
    check: "slot_lost",
    when: "that of a CDC connector needs a new snapshot",
    view: withSlot(logical({ plugin: "test_decoding", walStatus: "lost" })),
    raises: ["critical primary s1"],
    says: ["end its consumer", "SELECT pg_drop_replication_slot('s1');", "a new snapshot of its tables"],
  },
  {
    check: "slot_lost",
    when: "that of an initial copy: its table is copied again, not all of them",
    view: withSlot(logical({ slot: COPY, walStatus: "lost" })),
    raises: [`critical primary ${COPY}`],
    says: ["ALTER SUBSCRIPTION NAME REFRESH PUBLICATION; TRUNCATE TABLENAME;"],
  },
  {
    check: "slot_lost",
    when: "on a standby that synchronizes it there is nothing to do",
    view: viewOf({
      standby: { slots: [logical({ slot: "s1", synced: true, invalidationReason: "rows_removed" })] },
    }),
    raises: ["critical standby s1"],
    says: ['Nothing on "standby"'],
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
  {
    check: "slot_at_risk",
    when: "its consumer has confirmed nearly all, and an open transaction retains the rest",
    view: withSlot(
      logical({
        active: true,
        restartPosition: 1n,
        confirmedFlushPosition: BigInt(60 * MIB),
        retainedBytes: 61 * MIB,
        safeWalBytes: 3 * MIB,
        maxKeepBytes: 64 * MIB,
      }),
      1800,
    ),
    raises: ["warning primary s1"],
    says: [
      "has confirmed all but 1.0 MiB",
      "WHERE backend_xid IS NOT NULL",
      "pg_terminate_backend(PID)",
      "or, if the disk has room",
    ],
  },
  { check: "slot_at_risk", when: "not when there is time", view: withSlot({}, 3601), raises: [] },
  {
    check: "slot_at_risk",
    when: "not when it is lost already",
    view: withSlot({ walStatus: "lost" }, 0),
    raises: [],
  },
]);
