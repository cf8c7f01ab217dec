/**
 * Standbys that cannot follow any more, or not without help.
 *
 * @module
 */
import { formatBytes } from "../../domain/quantities.ts";
import type { StandbyView } from "../../domain/standby.ts";
import type { ServerView, View } from "../../domain/view.ts";
import { type Check, joinEvidence, mayHaveStandbys, perStandby } from "./check.ts";
import { destructive } from "./destructive.ts";
import { rebuildFromBackup, rewindTo, slotNameOf } from "./rebuild.ts";
import { mayRewind } from "../topology/stranded.ts";
import { slotNamesOf } from "../topology/receiver_facts.ts";
import {
  clusterOf,
  distinctServers,
  freshRow,
  livePrimaryOf,
  placeOfStandby,
  serverNamed,
  serversOf,
  standbyNamed,
} from "./view_queries.ts";

/** Standbys that cannot follow, the worst first. */
export const recoveryChecks: readonly Check[] = [
  {
    name: "stranded",
    title: "Every server is on the timeline of its cluster",
    looksAt: "timelines of all servers of the cluster, and where they forked",
    reads: ["server"],
    isHidden: ({ facts }) => facts.server?.[0]?.timeline === null,
    severities: ["critical"],
    meaning:
      "After a failover the server did not follow: it went on after the point where the current primary was promoted, and " +
      "can never follow it as it is. It looks healthy from inside and serves data that no longer grows.",
    look: ["`pgrepl_timeline` of all servers of the cluster.", "`pg-replication-exporter doctor`"],
    steps: [
      destructive({
        because: "It can never follow the current primary as it is",
        checkFirst:
          "is the current primary the right one, and was anything written to this server since the fork? Save what counts, as with `pg_dump`.",
        step:
          "stop it, and run `CHECKPOINT;` on the right one, `pg_rewind -D DATADIR --source-server='host=NEW_PRIMARY user=SUPERUSER dbname=postgres'`, which needs data checksums or `wal_log_hints = on` and overwrites its configuration files, `touch DATADIR/standby.signal`, `primary_conninfo`, and start it; or rebuild it: move its data directory away and run `pg_basebackup -h NEW_PRIMARY -U REPLICATION_ROLE -D DATADIR -R -X stream`.",
        loses: "what was written to it since the fork is gone; a rebuild keeps it in the old data directory.",
      }),
    ],
    *find(view) {
      const names = new Set([
        ...distinctServers(view).flatMap(({ server, isStranded }) => isStranded ? [server] : []),
        ...view.standbys.flatMap(({ name, reason }) => reason === "stranded" ? [name] : []),
      ]);
      for (const name of names) {
        const standby = standbyNamed(view, name);
        // Also while there are several, as in a split brain: the one that was promoted last.
        const primary = serverNamed(view, clusterOf(view, name)?.primary ?? null);
        const timelines = [serverNamed(view, name), primary].map((server) => {
          const timeline = server === null ? null : freshRow(server, "server")?.timeline ?? null;
          return timeline !== null && `"${server?.server}" is on timeline ${timeline}`;
        });
        yield {
          severity: "critical",
          ...standby === null ? { server: name } : placeOfStandby(standby),
          remedy: { intent: { kind: "rejoin" } },
          summary: `Server "${name}" is stranded on a timeline that its cluster has left`,
          evidence: joinEvidence(...timelines, standby?.reasonText ?? "") ||
            "its timeline forked off before its last position",
          advice: adviseOnParting(view, { name, primary }),
        };
      }
    },
  },
  {
    name: "diverged",
    title: "No standby has WAL that its primary does not have",
    looksAt: "pg_last_wal_replay_lsn() on the standby, pg_current_wal_lsn() on the primary",
    reads: ["server"],
    applies: mayHaveStandbys,
    severities: ["critical"],
    meaning:
      "A standby has replayed more WAL than its primary has: the primary was restored or lost data, or they have diverged.",
    steps: [
      destructive({
        because:
          "On one timeline, `pg_rewind` finds no difference and does nothing: only a base backup makes the two equal",
        checkFirst:
          "which of the two is right? Did the primary lose data: a crash with `fsync = off`, a restored backup, a restored snapshot of the host? Compare the newest rows of both.",
        step:
          "rebuild the other: the standby as in `wal_removed`; or promote the standby (`pg-replication-exporter preflight STANDBY`) and rebuild the old primary.",
        loses: "the rows that only the rebuilt one has are gone, but for its old data directory.",
      }),
    ],
    find: perStandby((standby, view) => {
      if (standby.lag.unknownReason !== "diverged" || isStranded(view, standby.name)) return null;
      return {
        severity: "critical",
        remedy: {
          intent: { kind: "rejoin" },
          before:
            "Find out whether the primary lost data (a crash with fsync = off, a restored backup) before anything " +
            "else; if the standby is the one that is wrong,",
        },
        summary: `Standby "${standby.name}" has replayed WAL that its primary does not have`,
        evidence: standby.lag.unknownBecause || "its position is beyond its primary's",
        advice: adviseOnDiverged(view, standby),
      };
    }),
  },
  {
    name: "wal_removed",
    title: "Every standby can still get the WAL it needs",
    looksAt: "the standby's position, its upstream's oldest WAL and slots, timelines",
    reads: ["server"],
    applies: mayHaveStandbys,
    severities: ["critical"],
    meaning:
      "The WAL that the standby needs next has been removed from its upstream, and no archive is seen to bring it. Waiting " +
      "does not help: it must get the missing WAL from an archive, or be rebuilt.",
    look: ["The standby's log: `requested WAL segment … has already been removed`."],
    steps: [
      "Is there an archive? On the standby: `ALTER SYSTEM SET restore_command = 'cp ARCHIVE/%f \"%p\"'; SELECT pg_reload_conf();` (13: restart it).",
      destructive({
        because: "Otherwise it can never catch up: no server has the WAL that it needs next",
        checkFirst:
          "its log has `requested WAL segment … has already been removed`, no archive has that file, and its slot is not lost (`slot_lost`).",
        step:
          "stop it, move its data directory away, and run `pg_basebackup -h PRIMARY -U REPLICATION_ROLE -D DATADIR -R -X stream -S SLOT` (with `-C` if the slot does not exist), copy its own `postgresql.conf` and `pg_hba.conf` back if they were there, and start it.",
        loses: "only time is: the old data directory is still there.",
      }),
      "To keep it from happening again: a replication slot, or a larger `wal_keep_size`; and a `max_slot_wal_keep_size` that the disk can hold.",
    ],
    find: perStandby((standby, view) => {
      const cannotFollow = standby.catchUp === "must_rebuild" || standby.reason === "lost";
      if (!cannotFollow || isStranded(view, standby.name)) return null;
      const known = slotToRebuildWith(view, standby);
      return {
        severity: "critical",
        remedy: { intent: { kind: "rebuild" } },
        summary: `Standby "${standby.name}" cannot catch up: it must be rebuilt`,
        evidence: catchUpEvidence(standby),
        advice:
          `If an archive has the missing WAL, on "${standby.name}": ALTER SYSTEM SET restore_command = ` +
          `'cp ARCHIVE/%f "%p"'; SELECT pg_reload_conf(); (13: restart it). ` + destructive({
            because: "Otherwise it can only be rebuilt",
            checkFirst:
              'its log has "requested WAL segment ... has already been removed", and no archive has that file' +
              (known === null
                ? ""
                : `; if slot "${known.slot}" is lost, create it again first, see slot_lost`),
            step: rebuildFromBackup(view, {
              name: standby.name,
              source: standby.upstream ?? known?.server ?? null,
              ...known === null ? {} : { slot: known.slot },
            }),
            loses: "only time is lost: DATADIR.old has what it had",
          }),
      };
    }),
  },
  {
    name: "needs_archive",
    title: "No standby depends on the archive to catch up",
    looksAt: "the standby's position, its upstream's oldest WAL and slots",
    reads: ["server"],
    applies: mayHaveStandbys,
    severities: ["warning"],
    meaning: "The standby cannot catch up by streaming alone: only the archive has WAL that it needs.",
    steps: ["Check that `restore_command` works, and give the standby a slot."],
    find: perStandby((standby) => {
      if (standby.catchUp !== "needs_archive") return null;
      return {
        severity: "warning",
        remedy: {
          intent: { kind: "give_slot", slot: slotNameOf(standby.name) },
          before: "Check in the standby's log that restore_command finds the files. For the next time:",
        },
        summary: `Standby "${standby.name}" needs WAL that only the archive has`,
        evidence: catchUpEvidence(standby),
        advice: "Check in the standby's log that restore_command finds the files; give it a slot " +
          "(primary_slot_name) so that its upstream retains the WAL it needs next time",
      };
    }),
  },
];

/** How a server comes back: with pg_rewind if that can work, else from a base backup; both lose what only it has. */
function adviseOnParting(
  view: View,
  { name, primary }: { readonly name: string; readonly primary: ServerView | null },
): string {
  const source = primary?.server ?? null;
  const canRewind = mayRewind(serverNamed(view, name)?.facts.settings?.[0] ?? null);
  const rebuild = rebuildFromBackup(view, { name, source });
  return destructive({
    because: `It can never follow ${source === null ? "the primary" : `"${source}"`} as it is` +
      (canRewind === false ? ", and pg_rewind cannot work (no data checksums, wal_log_hints = off)" : ""),
    checkFirst:
      `${source === null ? "is the primary" : `is "${source}"`} the right one, and what was written to ` +
      `"${name}" since the fork? Save what counts, as with pg_dump`,
    step: canRewind === false ? rebuild : rewindTo(view, { name, source }) +
      `${canRewind === null ? " (it needs data checksums or wal_log_hints = on)" : ""}; or ${rebuild}`,
    loses: "what only it has is gone; a rebuild keeps it in DATADIR.old",
  });
}

/** On one timeline pg_rewind finds no fork, and leaves everything as it is. */
function adviseOnDiverged(view: View, { name }: StandbyView): string {
  const primary = livePrimaryOf(view, name);
  const its = primary === null ? "the primary" : `"${primary.server}"`;
  return destructive({
    because: `Only one of the two can be right, and pg_rewind does nothing on one timeline`,
    checkFirst:
      `did ${its} lose data (a crash with fsync = off, a restored backup or snapshot)? Compare the newest rows of both`,
    step:
      `if ${its} is right, ${
        rebuildFromBackup(view, { name, source: primary?.server ?? null })
      }; if "${name}" is right, stop ${its} (pg_ctl stop -D DATADIR -m immediate) and promote it ` +
      `(pg-replication-exporter preflight ${name} has the steps), and rebuild ${its} from it in the same way`,
    loses: "the rows that only the rebuilt one has are gone, but for DATADIR.old",
  });
}

/** The slot that a standby uses, and its server: its upstream, else the only server that has one for it. */
function slotToRebuildWith(
  view: View,
  { name, upstream }: StandbyView,
): { readonly server: string; readonly slot: string } | null {
  const own = serverNamed(view, name);
  if (own === null) return null;
  const names = slotNamesOf(own);
  const cluster = clusterOf(view, name);
  const [only = null, ...more] = (cluster === null ? [] : serversOf(view, cluster))
    .filter(({ server }) => upstream === null ? server !== name : server === upstream)
    .flatMap(({ server, facts }) =>
      (facts.slots ?? []).filter(({ type, slot }) => type === "physical" && names.includes(slot))
        .map(({ slot }) => ({ server, slot }))
    );
  return more.length === 0 ? only : null;
}

function isStranded(view: View, name: string): boolean {
  return serverNamed(view, name)?.isStranded === true || standbyNamed(view, name)?.reason === "stranded";
}

function catchUpEvidence({ lag, reasonText, catchUpText }: StandbyView): string {
  return joinEvidence(
    catchUpText || reasonText,
    lag.bytes !== null && `backlog ${formatBytes(lag.bytes)}`,
  ) || "derived from its position and its upstream's oldest WAL";
}
