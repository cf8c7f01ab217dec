import { connectionChecks } from "../../../src/cluster/findings/connection.ts";
import { receiver, recovery, slot } from "../fixtures.ts";
import { testChecks } from "./cases.ts";
import { down, viewOf } from "./views.ts";

const cut = { connected: false, connectedChangedAt: 880, reason: "disconnected" } as const;
const inactive = slot({ slot: "standby", active: false, restartPosition: 1n, retainedBytes: 36 * 1024 ** 2 });
const other = {
  name: "reports",
  configured: false,
  ...cut,
  lag: { bytes: 5 * 1024 ** 2 },
} as const;

testChecks(connectionChecks, [
  {
    check: "receiver_not_running",
    when: "the link is cut",
    view: viewOf({ standby: { receiver: [] }, primary: { senders: [], slots: [inactive] }, derived: cut }),
    raises: ["critical standby"],
    says: [
      "pg_stat_wal_receiver is empty",
      'slot "standby" on "primary" is inactive and retains 36.0 MiB',
      "disconnected for 2 min",
      "pg_hba.conf",
    ],
  },
  {
    check: "receiver_not_running",
    when: "a warning while another standby is connected",
    view: viewOf({ standby: { receiver: [] }, derived: cut, cluster: { connectedStandbys: 1 } }),
    raises: ["warning standby"],
  },
  {
    check: "receiver_not_running",
    when: "it only waits",
    view: viewOf({ standby: { receiver: [receiver({ status: "waiting" })] }, derived: cut }),
    raises: ["critical standby"],
    says: ["its status is waiting", "127.0.0.1:5432"],
  },
  {
    check: "receiver_not_running",
    when: "info when it is fed from the archive",
    view: viewOf({
      standby: { receiver: [], recovery: [recovery({ hasRestoreCommand: true })] },
      derived: { connected: false, reason: "archive" },
    }),
    raises: ["info standby"],
    says: ["it follows the archive"],
  },
  {
    check: "receiver_not_running",
    when: "info at its recovery target",
    view: viewOf({
      standby: { receiver: [], recovery: [recovery({ pauseState: "paused", hasRecoveryTarget: true })] },
      derived: { connected: false, reason: "paused" },
    }),
    raises: ["info standby"],
    says: ["it is paused at its recovery target", "see replay_paused"],
  },
  {
    check: "receiver_not_running",
    when: "without primary_conninfo it has no upstream, whatever pg_hba.conf says",
    view: viewOf({
      standby: { receiver: [], recovery: [recovery({ hasPrimaryConninfo: false })] },
      derived: cut,
    }),
    raises: ["critical standby"],
    says: ["primary_conninfo is empty", "ALTER SYSTEM SET primary_conninfo"],
  },
  {
    check: "receiver_not_running",
    when: "not when the status is hidden for lack of a right",
    view: viewOf({ standby: { receiver: [receiver({ status: null })] } }),
    raises: [],
  },
  { check: "receiver_not_running", when: "not on a primary", view: viewOf(), raises: [] },
  {
    check: "standby_disconnected",
    when: "the standby is down and its upstream has no row",
    view: viewOf({
      standbySnapshot: down({}),
      primary: { senders: [], slots: [inactive] },
      before: { primary: {} },
      derived: cut,
    }),
    raises: ["critical standby"],
    says: ['"primary" has no WAL sender for it', "is inactive and retains 36.0 MiB"],
    derived: true,
  },
  {
    check: "standby_disconnected",
    when: "an unconfigured standby left",
    view: viewOf({ view: { standbys: [{ ...viewOf({ derived: other }).standbys[0] ?? fail() }] } }),
    raises: ["warning primary reports"],
    says: ["see slot_inactive", "backlog 5.0 MiB"],
    derived: true,
  },
  {
    check: "standby_disconnected",
    when: "not when the standby itself reports it, which is better",
    view: viewOf({ standby: { receiver: [] }, derived: cut }),
    raises: [],
    derived: true,
  },
  {
    check: "standby_disconnected",
    when: "not when unknown",
    view: viewOf({ standbySnapshot: down({}), derived: { connected: null } }),
    raises: [],
  },
  {
    check: "upstream_slot_missing",
    when: "the slot it names was dropped",
    view: viewOf({ standby: { receiver: [] }, primary: { slots: [] }, derived: cut }),
    raises: ["critical standby standby"],
    says: [
      "primary_slot_name = 'standby'",
      "SELECT pg_create_physical_replication_slot('standby', true)",
      "has no slots",
    ],
  },
  {
    check: "upstream_slot_missing",
    when: "its upstream was never known, and only the primary can be it",
    view: viewOf({
      standby: { receiver: [receiver({ status: "starting" })] },
      primary: { slots: [slot({ slot: "a" })] },
      derived: { ...cut, upstream: null },
    }),
    raises: ["critical standby standby"],
    says: ["the slots a"],
  },
  {
    check: "upstream_slot_missing",
    when: "not while its upstream may be another that we do not know",
    view: viewOf({
      standby: { receiver: [] },
      primary: { slots: [] },
      derived: { ...cut, upstream: null },
      cluster: { servers: ["primary", "standby", "standby2"] },
    }),
    raises: [],
  },
  {
    check: "upstream_slot_missing",
    when: "not while the slot is there",
    view: viewOf({ standby: { receiver: [] }, primary: { slots: [inactive] }, derived: cut }),
    raises: [],
  },
]);

function fail(): never {
  throw new Error("No standby");
}
