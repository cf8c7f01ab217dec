import { type AlertGroup, explainedBy } from "./alert.ts";

/** While archiving fails, that is the alert, not the files that wait. */
const ARCHIVING_FAILS =
  "increase(pgrepl_archiver_failed_total[15m]) > 0\nand on (instance, cluster) increase(pgrepl_archiver_archived_total[15m]) == 0";

/** About slots, WAL on disk and the archive. */
export const walAlerts: AlertGroup = {
  name: "pgrepl-wal",
  title: "Slots, WAL and archive",
  alerts: [
    {
      name: "PgreplSlotLost",
      severity: "critical",
      // A minute later it is known whether a standby must be rebuilt for it: then that is the alert.
      expression:
        'pgrepl_slot_wal_status{status="lost"} == 1\nunless on (cluster) pgrepl_standby_reason{reason="lost"} == 1',
      forSeconds: 60,
      summary: "Slot {{ $labels.slot }} on {{ $labels.instance }} is lost: its consumer cannot continue",
      ...explainedBy("slot_lost"),
    },
    {
      name: "PgreplSlotLostSoon",
      severity: "warning",
      expression:
        'pgrepl_slot_lost_in_seconds < 3600\nunless on (instance, cluster, slot) pgrepl_slot_wal_status{status="lost"} == 1',
      forSeconds: 120,
      summary:
        "Slot {{ $labels.slot }} on {{ $labels.instance }} {{ if eq $value 0.0 }}is beyond its limit: the next checkpoint " +
        "may lose it{{ else }}is lost in {{ $value | humanizeDuration }} at the current WAL rate{{ end }}",
      ...explainedBy("slot_at_risk"),
    },
    {
      name: "PgreplSlotInactive",
      severity: "warning",
      // The WAL that an inactive slot retains shrinks only if something moves the slot. On a standby the primary moves a
      // synchronized one, and the sender of an initial copy, named as its slot, takes it after the last row.
      expression: [
        "pgrepl_slot_active == 0",
        "and on (instance, cluster, slot) pgrepl_slot_retained_bytes > 1073741824",
        "and on (instance, cluster, slot) resets(pgrepl_slot_retained_bytes[10m]) == 0",
        'unless on (instance, cluster, slot) (pgrepl_slot_synced == 1 and on (instance, cluster) pgrepl_role{role="standby"} == 1)',
        'unless on (instance, cluster, slot) label_replace(pgrepl_sender_info{application_name=~".+_[0-9]+_sync_[0-9]+|pg_[0-9]+_sync_[0-9]+_[0-9]+"}, "slot", "$1", "application_name", "(.+)")',
        // Of a watched subscription there is an alert that says why, whatever the cluster of its publisher is called.
        'unless on (instance, slot) label_replace(pgrepl_subscription_info{publisher!=""}, "instance", "$1", "publisher", "(.+)")',
      ].join("\n"),
      forSeconds: 600,
      summary:
        "Slot {{ $labels.slot }} on {{ $labels.instance }} is inactive and retains more than 1 GiB of WAL",
      ...explainedBy("slot_inactive"),
    },
    {
      name: "PgreplArchivingFails",
      severity: "warning",
      expression: ARCHIVING_FAILS,
      forSeconds: 300,
      summary: "Archiving on {{ $labels.instance }} fails",
      ...explainedBy("archiver_failing", {
        meaning: "The alert fires when nothing was archived for 15 minutes.",
      }),
    },
    {
      name: "PgreplArchiveQueue",
      severity: "warning",
      expression: `pgrepl_archive_ready_files >= 64\nunless on (instance, cluster) (${ARCHIVING_FAILS})`,
      forSeconds: 600,
      summary: "{{ $value }} WAL files on {{ $labels.instance }} wait for the archiver",
      ...explainedBy("archive_backlog"),
    },
    {
      name: "PgreplDataDiffers",
      severity: "critical",
      expression: "pg_data_consistency_check == 0",
      forSeconds: 0,
      summary: "A table has other rows on a standby than on the primary",
      ...explainedBy("data_differs"),
    },
  ],
};
