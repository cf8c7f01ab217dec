/**
 * What keeps a standby from having a copy of a logical slot, and what to do about it.
 *
 * @module
 */
import type { CopyObstacle, SlotCopy } from "../../domain/slot_copy.ts";
import { quoteText } from "../../domain/sql_text.ts";
import type { NewSetting } from "../managers/remedy.ts";
import { destructive } from "./destructive.ts";
import { slotNameOf } from "./rebuild.ts";

/** What is in the way, a clause; in the order in which it is solved. */
export const COPY_FAULTS: Readonly<Record<CopyObstacle, (copy: SlotCopy) => string>> = {
  too_old: ({ standby }) =>
    `slots are synchronized to a standby from PostgreSQL 17 on, and "${standby}" is older`,
  not_failover: ({ slot }) => `slot "${slot}" was not created with failover = true`,
  slot_lost: ({ slot, server }) => `slot "${slot}" is lost on "${server}"`,
  cascading: ({ standby }) =>
    `"${standby}" streams from another standby, and slots are synchronized from the primary only`,
  sync_off: ({ standby }) => `sync_replication_slots = off on "${standby}"`,
  no_slot: ({ standby }) => `primary_slot_name is empty on "${standby}"`,
  no_feedback: ({ standby }) => `hot_standby_feedback = off on "${standby}"`,
  no_database: ({ standby }) => `primary_conninfo of "${standby}" names no database`,
  other_slot: ({ standby, slot }) =>
    `"${standby}" has a slot "${slot}" of its own, which is not synchronized`,
  no_worker: ({ standby }) => `the worker that synchronizes slots does not run on "${standby}"`,
  invalidated: ({ copy }) => `the copy is invalid (${copy?.invalidationReason ?? "conflicting"})`,
  missing: ({ standby }) => `"${standby}" has no copy yet`,
  temporary: () => "the copy is still temporary",
};

/** What to do about each obstacle, in the order in which they are solved. */
export const COPY_STEPS: readonly string[] = [
  "On the standby: `ALTER SYSTEM SET sync_replication_slots = on; ALTER SYSTEM SET hot_standby_feedback = on; SELECT pg_reload_conf();`",
  "The standby must use a physical slot: on the primary `SELECT pg_create_physical_replication_slot('SLOT', true);`, on the standby `ALTER SYSTEM SET primary_slot_name = 'SLOT'; SELECT pg_reload_conf();`",
  "`primary_conninfo` must name a database, such as `dbname=postgres`, and `pg_hba.conf` of the primary must let its role into that database.",
  destructive({
    because:
      "A slot of the same name on the standby that is not synchronized, left from before a switchover, stops the synchronization of all slots",
    checkFirst:
      "on the standby `SELECT active, synced FROM pg_replication_slots WHERE slot_name = 'SLOT';` has `f` and `f`, and its consumer reads from the primary.",
    step: "on the standby: `SELECT pg_drop_replication_slot('SLOT');`",
    loses: "a consumer that decodes on the standby loses its position.",
  }),
  "A copy becomes persistent once the standby has all that the slot needs: on the primary `SELECT pg_log_standby_snapshot();`, while its consumer is connected.",
  "The worker does not run although all is set: the log of the standby says why.",
];

const RELOAD = "SELECT pg_reload_conf();";

/** Settings of the standby that must change, apart from where it streams from. */
export function missingSettings({ obstacles }: SlotCopy): readonly NewSetting[] {
  return [
    ...obstacles.includes("sync_off") ? [["sync_replication_slots", "on"] as const] : [],
    ...obstacles.includes("no_feedback") ? [["hot_standby_feedback", "on"] as const] : [],
  ];
}

/** What to do so that a standby has a copy: everything that is known to be missing, in one go. */
export function adviseOnCopy(copy: SlotCopy): string {
  const { standby, server, obstacles } = copy;
  const settings = missingSettings(copy);
  const name = slotNameOf(standby);
  const parts = [
    ...obstacles.includes("cascading")
      ? [`Let "${standby}" stream from "${server}", or promote another standby. `]
      : [],
    ...obstacles.includes("no_slot")
      ? [`On "${server}": SELECT pg_create_physical_replication_slot(${quoteText(name)}, true); `]
      : [],
    ...settings.length > 0 || obstacles.includes("no_slot")
      ? [
        `On "${standby}": ${
          [
            ...settings,
            ...obstacles.includes("no_slot") ? [["primary_slot_name", quoteText(name)] as const] : [],
          ]
            .map(([setting, value]) => `ALTER SYSTEM SET ${setting} = ${value}; `).join("")
        }${RELOAD} `,
      ]
      : [],
    ...obstacles.includes("no_database") ? [nameDatabase(copy)] : [],
  ];
  return (parts.length > 0 ? parts.join("") : adviseOnLast(copy)).trimEnd().replace(/\.$/, "");
}

/** Appends to what is there, so that nothing else of it is lost and no secret is shown. */
function nameDatabase({ standby, server }: SlotCopy): string {
  return `On "${standby}", in psql as a superuser: SELECT format('ALTER SYSTEM SET primary_conninfo = %L', ` +
    `current_setting('primary_conninfo') || ' dbname=postgres') \\gexec; then: ${RELOAD} pg_hba.conf of "${server}" must let ` +
    "its role into that database as well ";
}

function adviseOnLast({ standby, server, slot, obstacles: [first], copy }: SlotCopy): string {
  const name = quoteText(slot);
  switch (first) {
    case "other_slot":
      return destructive({
        because:
          `It is most likely left from when "${standby}" was the primary, and stops the synchronization of all slots`,
        checkFirst:
          `on "${standby}": SELECT active, synced FROM pg_replication_slots WHERE slot_name = ${name}; it has f and f; and on ` +
          `"${server}" the same query shows that its consumer reads there, or last did`,
        step: `on "${standby}": SELECT pg_drop_replication_slot(${name});`,
        loses: `a consumer that decodes on "${standby}" loses its position`,
      });
    case "no_worker":
      return `The log of "${standby}" says why ("slot synchronization"): most often pg_hba.conf of "${server}" does not let the ` +
        "role of primary_conninfo into the database that it names. It tries again by itself";
    case "invalidated":
      return copy?.invalidationReason === "rows_removed"
        ? `Nothing: while hot_standby_feedback = on on "${standby}" it is made again by itself`
        : `Nothing: it is made again by itself. If that recurs, raise max_slot_wal_keep_size on "${standby}"`;
    case "missing":
      return `Nothing for half a minute: it is made by itself. If it stays away, the log of "${standby}" says why ("slot ` +
        'synchronization")';
    case "temporary":
      return `Its consumer must be connected; then, on "${server}": SELECT pg_log_standby_snapshot(); The copy becomes ` +
        `persistent once the slot has moved past what "${standby}" needs`;
    default:
      return `See the slot on "${server}"`;
  }
}
