/**
 * Standbys that cannot follow any more, or not without help.
 *
 * @module
 */
import { formatBytes } from "../../domain/quantities.ts";
import type { StandbyView } from "../../domain/standby.ts";
import type { View } from "../../domain/view.ts";
import type { Check } from "./check.ts";
import { slotNamesOf } from "../topology/receiver_facts.ts";
import {
  clusterOf,
  freshRow,
  hostOf,
  placeOfStandby,
  primaryOf,
  serverNamed,
  standbyNamed,
} from "./view_queries.ts";

const walRemoved: Check = {
  name: "wal_removed",
  title: "Every standby can still get the WAL it needs",
  looksAt: "the standby's position, its upstream's oldest WAL and slots, timelines",
  reads: ["server"],
  severities: ["critical"],
  meaning:
    "The WAL that the standby needs next is gone from its upstream and from no archive to be had again.",
  remedy: "Rebuild the standby from a base backup, and give it a slot.",
  *find(view) {
    for (const standby of view.standbys) {
      const isLost = standby.catchUp === "must_rebuild" || standby.reason === "lost";
      if (!isLost || isStranded(view, standby.name)) continue;
      const place = slotOf(view, standby);
      yield {
        severity: "critical",
        ...placeOfStandby(standby),
        summary: `Standby "${standby.name}" cannot catch up: it must be rebuilt`,
        evidence: tell(standby, standby.catchUpText),
        advice:
          `Stop it, empty its data directory and run pg_basebackup -h ${
            hostOf(view, standby.upstream ?? place?.server ?? null)
          } -D DATADIR -R -X stream ` +
          `-S ${
            place?.slot ?? "SLOT"
          } there (with -C when the slot does not exist); or restore the missing WAL files ` +
          "and set restore_command",
      };
    }
  },
};

const needsArchive: Check = {
  name: "needs_archive",
  title: "No standby depends on the archive to catch up",
  looksAt: "the standby's position, its upstream's oldest WAL and slots",
  reads: ["server"],
  severities: ["warning"],
  meaning: "Streaming alone cannot bring the standby back: WAL it needs is only in the archive.",
  remedy: "Check that restore_command works, and give the standby a slot.",
  *find(view) {
    for (const standby of view.standbys) {
      if (standby.catchUp !== "needs_archive") continue;
      yield {
        severity: "warning",
        ...placeOfStandby(standby),
        summary: `Standby "${standby.name}" needs WAL that only the archive has`,
        evidence: tell(standby, standby.catchUpText),
        advice: "Check in the standby's log that restore_command finds the files; give it a slot " +
          "(primary_slot_name) so that its upstream keeps what it needs next time",
      };
    }
  },
};

const stranded: Check = {
  name: "stranded",
  title: "Every server is on the timeline of its cluster",
  looksAt: "timelines of all servers of the cluster, and where they forked",
  reads: ["server"],
  severities: ["critical"],
  meaning:
    "The server went on after the point where the present primary was promoted: it can never follow it as it is.",
  remedy: "pg_rewind it to the present primary, or rebuild it from a base backup.",
  *find(view) {
    const names = new Set(view.stranded);
    for (const { name, reason } of view.standbys) if (reason === "stranded") names.add(name);
    for (const name of names) {
      const server = serverNamed(view, name);
      const standby = standbyNamed(view, name);
      const primary = primaryOf(view, name);
      const timelines = [server, primary].flatMap((each) => {
        const timeline = each === null ? null : freshRow(each, "server")?.timeline ?? null;
        return each === null || timeline === null ? [] : [`"${each.server}" is on timeline ${timeline}`];
      });
      yield {
        severity: "critical",
        ...standby === null ? { server: name, subject: "" } : placeOfStandby(standby),
        summary: `Server "${name}" is stranded on a timeline that its cluster has left`,
        evidence: [...timelines, standby?.reasonText ?? ""].filter((text) => text !== "").join("; ") ||
          "its timeline forked off before its last position",
        advice:
          `Stop it and run pg_rewind -D DATADIR --source-server="host=${
            primary?.server ?? "PRIMARY"
          } ..." -R ` +
          "(it needs data checksums or wal_log_hints = on), or rebuild it with pg_basebackup; what only it has is lost: save it first",
      };
    }
  },
};

const diverged: Check = {
  name: "diverged",
  title: "No standby has WAL that its primary lacks",
  looksAt: "pg_last_wal_replay_lsn() on the standby, pg_current_wal_lsn() on the primary",
  reads: ["server"],
  severities: ["critical"],
  meaning:
    "A standby applied more than its primary has: the primary was restored or lost data, or they have parted.",
  remedy: "Find out which of the two is right, then rewind or rebuild the other.",
  *find(view) {
    for (const standby of view.standbys) {
      if (standby.lag.unknownReason !== "diverged" || isStranded(view, standby.name)) continue;
      yield {
        severity: "critical",
        ...placeOfStandby(standby),
        summary: `Standby "${standby.name}" has applied WAL that its primary does not have`,
        evidence: standby.lag.unknownBecause === ""
          ? "its position is beyond its primary's"
          : standby.lag.unknownBecause,
        advice:
          "Find out whether the primary lost data (a crash with fsync = off, a restored backup) before anything " +
          "else; then pg_rewind or rebuild the one that is wrong",
      };
    }
  },
};

/** Standbys that cannot follow, the worst first. */
export const recoveryChecks: readonly Check[] = [stranded, diverged, walRemoved, needsArchive];

/** The slot that a standby uses, where it is: on its upstream, else on the only server that has one for it. */
function slotOf(
  view: View,
  { name, upstream }: StandbyView,
): { readonly server: string; readonly slot: string } | null {
  const own = serverNamed(view, name);
  if (own === null) return null;
  const names = slotNamesOf(own);
  const servers = clusterOf(view, name)?.servers ?? [];
  const [only = null, ...more] = view.servers
    .filter(({ server }) =>
      upstream === null ? servers.includes(server) && server !== name : server === upstream
    )
    .flatMap(({ server, facts }) =>
      (facts.slots ?? []).filter(({ type, slot }) => type === "physical" && names.includes(slot))
        .map(({ slot }) => ({ server, slot }))
    );
  return more.length === 0 ? only : null;
}

function isStranded(view: View, name: string): boolean {
  return view.stranded.includes(name) || standbyNamed(view, name)?.reason === "stranded";
}

function tell({ lag, reasonText }: StandbyView, text: string): string {
  const bytes = lag.bytes === null ? "" : `it lacks ${formatBytes(lag.bytes)}`;
  return [text === "" ? reasonText : text, bytes].filter((each) => each !== "").join("; ") ||
    "derived from its position and its upstream's oldest WAL";
}
