/**
 * Standbys that cannot follow any more, or not without help.
 *
 * @module
 */
import { formatBytes } from "../../domain/quantities.ts";
import type { StandbyView } from "../../domain/standby.ts";
import type { ServerView, View } from "../../domain/view.ts";
import { type Check, joinEvidence, mayHaveStandbys, perStandby } from "./check.ts";
import { mayRewind } from "../topology/stranded.ts";
import { slotNamesOf } from "../topology/receiver_facts.ts";
import {
  clusterOf,
  distinctServers,
  freshRow,
  hostAndPort,
  hostOf,
  livePrimaryOf,
  placeOfStandby,
  serverNamed,
  serversOf,
  slotNameFor,
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
      "Save what only it has: rewinding or rebuilding loses it.",
      "Stop it; then `pg_rewind --target-pgdata=DATADIR --source-server='host=NEW_PRIMARY …' -R` (needs data checksums or `wal_log_hints = on`) and start it, or rebuild it with `pg_basebackup`.",
    ],
    *find(view) {
      const names = new Set([
        ...distinctServers(view).flatMap(({ server, isStranded }) => isStranded ? [server] : []),
        ...view.standbys.flatMap(({ name, reason }) => reason === "stranded" ? [name] : []),
      ]);
      for (const name of names) {
        const standby = standbyNamed(view, name);
        const primary = livePrimaryOf(view, name);
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
    steps: ["Find out which of the two is right, then rewind or rebuild the other."],
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
        advice:
          "Find out whether the primary lost data (a crash with fsync = off, a restored backup) before anything " +
          "else; then pg_rewind or rebuild the one that is wrong",
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
      "Is there an archive? Set `restore_command` on the standby and restart it.",
      "Otherwise rebuild it: stop it, then `pg_basebackup -h PRIMARY -D DATADIR -R -C -S SLOT` into an empty data directory (without `-C` if the slot exists).",
      "To keep it from happening again: a replication slot, or a larger `wal_keep_size`; and a `max_slot_wal_keep_size` that the disk can hold.",
    ],
    find: perStandby((standby, view) => {
      const cannotFollow = standby.catchUp === "must_rebuild" || standby.reason === "lost";
      if (!cannotFollow || isStranded(view, standby.name)) return null;
      const known = slotToRebuildWith(view, standby);
      const host = hostOf(view, standby.upstream ?? known?.server ?? null);
      return {
        severity: "critical",
        remedy: { intent: { kind: "rebuild" } },
        summary: `Standby "${standby.name}" cannot catch up: it must be rebuilt`,
        evidence: catchUpEvidence(standby),
        advice:
          `Stop it, empty its data directory and run pg_basebackup -h ${host} -D DATADIR -R -X stream ` +
          `-S ${
            known?.slot ?? "SLOT"
          } there (with -C if the slot does not exist); or restore the missing WAL files ` +
          "and set restore_command",
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
          intent: { kind: "give_slot", slot: slotNameFor(standby.name) },
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
  const source = primary === null ? "host=PRIMARY" : hostAndPort(primary);
  const rebuild = `rebuild it: stop it, empty its data directory and run pg_basebackup -h ${
    hostOf(view, primary?.server ?? "PRIMARY")
  } -D DATADIR -R -X stream`;
  const lost = "what only it has is lost: save it first";
  const canRewind = mayRewind(serverNamed(view, name)?.facts.settings?.[0] ?? null);
  if (canRewind === false) {
    return `pg_rewind cannot work on it (no data checksums, wal_log_hints = off): ${rebuild}; ${lost}`;
  }
  return `Stop it and run pg_rewind -D DATADIR --source-server="${source} user=SUPERUSER dbname=postgres" -R` +
    `${
      canRewind === null ? " (it needs data checksums or wal_log_hints = on)" : ""
    }, then start it; or ${rebuild}; ${lost}`;
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
