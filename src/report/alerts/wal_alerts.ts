import type { AlertGroup } from "./alert.ts";

const DROP_SLOT =
  "If nobody will use it again: `SELECT pg_drop_replication_slot('SLOT');` That frees the WAL at the next checkpoint; a standby that needed it must be rebuilt.";

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
      meaning:
        "The slot went over `max_slot_wal_keep_size` or was invalidated. Whoever used it cannot go on from it.",
      look: [
        "`SELECT slot_name, wal_status, active, restart_lsn FROM pg_replication_slots;`",
        "`pgrepl_slot_invalidation == 1` has the reason (17 and later).",
      ],
      steps: [
        "Rebuild the standby that used it (or let it read from the archive), then drop and create the slot.",
        "A logical consumer must be initialised anew.",
        "Raise `max_slot_wal_keep_size` if the disk can bear it.",
      ],
    },
    {
      name: "PgreplSlotLostSoon",
      severity: "warning",
      expression: "pgrepl_slot_lost_in_seconds > 0 and pgrepl_slot_lost_in_seconds < 3600",
      forSeconds: 120,
      summary:
        "At the present WAL rate slot {{ $labels.slot }} on {{ $labels.instance }} is lost in {{ $value | humanizeDuration }}",
      meaning:
        "Its consumer does not keep up or is away, and the WAL it keeps nears `max_slot_wal_keep_size`.",
      look: ["`pgrepl_slot_headroom_ratio`, `pgrepl_slot_retained_bytes`, `pgrepl_slot_active`"],
      steps: [
        "Bring back its consumer, or find out why it is slow.",
        "Win time: `ALTER SYSTEM SET max_slot_wal_keep_size = '…'; SELECT pg_reload_conf();` if the disk has room.",
        DROP_SLOT,
      ],
    },
    {
      name: "PgreplSlotInactive",
      severity: "warning",
      expression:
        "pgrepl_slot_active == 0 and on (instance, cluster, slot) pgrepl_slot_retained_bytes > 1073741824",
      forSeconds: 600,
      summary:
        "Slot {{ $labels.slot }} on {{ $labels.instance }} is not used and keeps more than 1 GiB of WAL",
      meaning:
        "WAL is kept for somebody who is away. Without `max_slot_wal_keep_size` it goes on until the disk is full and the primary stops.",
      look: ["`pgrepl_slot_retained_bytes`, `pgrepl_wal_directory_bytes`"],
      steps: ["Bring back its consumer.", DROP_SLOT],
    },
    {
      name: "PgreplArchivingFails",
      severity: "warning",
      expression:
        "increase(pgrepl_archiver_failed_total[15m]) > 0 and on (instance, cluster) increase(pgrepl_archiver_archived_total[15m]) == 0",
      forSeconds: 300,
      summary: "Archiving on {{ $labels.instance }} fails",
      meaning:
        "`archive_command` fails and nothing was archived for 15 minutes: backups have a hole, and WAL piles up on the disk.",
      look: ["`SELECT * FROM pg_stat_archiver;` and the server's log.", "`pgrepl_archive_ready_files`"],
      steps: [
        "Run `archive_command` by hand as the server's user; look at space and rights at its destination.",
      ],
    },
    {
      name: "PgreplArchiveQueue",
      severity: "warning",
      expression: "pgrepl_archive_ready_files > 100",
      forSeconds: 600,
      summary: "{{ $value }} WAL files on {{ $labels.instance }} wait for the archiver",
      meaning: "Archiving is slower than writing, or stands still.",
      look: ["`rate(pgrepl_archiver_archived_total[5m])` against `pg_wal_generation_rate`"],
      steps: ["As for PgreplArchivingFails; or let `archive_command` work on several files at once."],
    },
    {
      name: "PgreplDataDiffers",
      severity: "critical",
      expression: "pg_data_consistency_check == 0",
      forSeconds: 0,
      summary: "A table has other rows on a standby than on the primary",
      meaning:
        "A conclusive comparison: the primary agreed with itself before and after, the standby did not agree with it. A physical standby must be equal, so something is badly wrong: it was written to, or its files are damaged.",
      look: [
        "`pgrepl_consistency_different == 1` names table and standby; the page and `doctor` the range of keys. It stands until that part of the table was compared equal (docs/CONSISTENCY.md).",
      ],
      steps: [
        "Take the standby out of read traffic and out of the candidates for a failover.",
        "Keep a copy of its data directory if you want to know why; then rebuild it.",
        "Check the disks, and data checksums (`pg_checksums --check` on a stopped server).",
      ],
    },
  ],
};
