import { type AlertGroup, explainedBy } from "./alert.ts";

/** About slots, WAL on disk and the archive. */
export const walAlerts: AlertGroup = {
  name: "pgrepl-wal",
  title: "Slots, WAL and archive",
  alerts: [
    {
      name: "PgreplSlotLost",
      severity: "critical",
      expression: 'pgrepl_slot_wal_status{status="lost"} == 1',
      forSeconds: 0,
      summary: "Slot {{ $labels.slot }} on {{ $labels.instance }} has lost WAL that it needs",
      ...explainedBy("slot_lost"),
    },
    {
      name: "PgreplSlotLostSoon",
      severity: "warning",
      expression: "pgrepl_slot_lost_in_seconds > 0 and pgrepl_slot_lost_in_seconds < 3600",
      forSeconds: 120,
      summary:
        "At the current WAL rate slot {{ $labels.slot }} on {{ $labels.instance }} is lost in {{ $value | humanizeDuration }}",
      ...explainedBy("slot_at_risk"),
    },
    {
      name: "PgreplSlotInactive",
      severity: "warning",
      // The WAL that an inactive slot retains shrinks only if something moves the slot.
      expression:
        "pgrepl_slot_active == 0 and on (instance, cluster, slot) pgrepl_slot_retained_bytes > 1073741824 and on (instance, cluster, slot) resets(pgrepl_slot_retained_bytes[10m]) == 0",
      forSeconds: 600,
      summary:
        "Slot {{ $labels.slot }} on {{ $labels.instance }} is inactive and retains more than 1 GiB of WAL",
      ...explainedBy("slot_inactive"),
    },
    {
      name: "PgreplArchivingFails",
      severity: "warning",
      expression:
        "increase(pgrepl_archiver_failed_total[15m]) > 0 and on (instance, cluster) increase(pgrepl_archiver_archived_total[15m]) == 0",
      forSeconds: 300,
      summary: "Archiving on {{ $labels.instance }} fails",
      ...explainedBy("archiver_failing", {
        meaning: "The alert fires when nothing was archived for 15 minutes.",
      }),
    },
    {
      name: "PgreplArchiveQueue",
      severity: "warning",
      expression: "pgrepl_archive_ready_files > 100",
      forSeconds: 600,
      summary: "{{ $value }} WAL files on {{ $labels.instance }} wait for the archiver",
      ...explainedBy("archive_backlog", {
        meaning: "Or archiving has stopped: see `archiver_failing`.",
        steps: ["If archiving has stopped: as for PgreplArchivingFails."],
      }),
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
