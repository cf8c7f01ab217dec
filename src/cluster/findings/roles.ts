/**
 * Clusters with two primaries, none, or too few standbys.
 *
 * @module
 */
import { joinNames } from "../../domain/quantities.ts";
import type { ClusterStatus, ServerSnapshot, View } from "../../domain/view.ts";
import { type Check, joinEvidence, mayHaveStandbys, perCluster, type Unknown } from "./check.ts";
import { destructive } from "./destructive.ts";
import { rewindTo } from "./rebuild.ts";
import { freshRow, freshRows, serverNamed, serversOf, upstreamNamed } from "./view_queries.ts";

/** Roles within a cluster. */
export const roleChecks: readonly Check[] = [
  {
    name: "split_brain",
    title: "Every cluster has at most one primary",
    looksAt: "pg_is_in_recovery() and system_identifier of all servers",
    reads: ["server"],
    severities: ["critical"],
    meaning:
      "Two servers of one cluster accept writes. What is written to one is not on the other; the longer it lasts, the more " +
      "will be lost.",
    look: [
      '`pgrepl_role{role="primary"} == 1`, `pgrepl_timeline`: the higher timeline is the one promoted last.',
    ],
    steps: [
      "If one of them is a copy (a restored backup, a staging system), stop nothing: give each cluster its name, with `clusters` in the configuration file or with `/probe?cluster=NAME`.",
      "Decide now which one is right: usually the one promoted last, on the higher timeline, unless the other has the writes that count.",
      "Keep clients from the other at once (load balancer, `pg_hba.conf`).",
      destructive({
        because: "The servers have parted, and only one of them can go on",
        checkFirst:
          "does the other have writes that count? Its tables, newest rows first; save them, as with `pg_dump`.",
        step:
          "stop it (`pg_ctl stop -D DATADIR -m fast`), and make it a standby of the right one: `CHECKPOINT;` on the right one, `pg_rewind -D DATADIR --source-server='host=RIGHT_ONE user=SUPERUSER dbname=postgres'`, which needs data checksums or `wal_log_hints = on` and overwrites its configuration files, `touch DATADIR/standby.signal`, `primary_conninfo`, and start it, or a base backup (`stranded`).",
        loses: "what was written to it since they parted is gone.",
      }),
    ],
    find: perCluster((cluster, view) => {
      if (cluster.primaries.length < 2) return null;
      const newest = cluster.primary ?? "";
      const others = cluster.primaries.filter((name) => name !== newest);
      const timelines = [newest, ...others].map((name) => {
        const server = serverNamed(view, name);
        const timeline = server === null ? null : freshRow(server, "server")?.timeline ?? null;
        return `"${name}" on timeline ${timeline ?? "unknown"}`;
      });
      return {
        severity: "critical",
        remedy: {
          intent: { kind: "keep_one_primary", newest, others },
          ...cluster.cluster === "" ? { before: `${ADVICE_ON_COPY} Otherwise` } : {},
        },
        summary: `Two or more servers are primaries: ${cluster.primaries.join(", ")}`,
        evidence: joinEvidence(...timelines),
        advice: cluster.cluster === ""
          ? `${ADVICE_ON_COPY} Otherwise decide at once ${adviseOnSplit(view, { newest, others })}`
          : `Decide at once ${adviseOnSplit(view, { newest, others })}`,
      };
    }),
  },
  {
    name: "no_primary",
    title: "Every cluster has a primary",
    looksAt: "pg_is_in_recovery() of all servers, pg_stat_wal_receiver of the standbys",
    reads: ["server", "receiver"],
    severities: ["critical"],
    meaning:
      "Nothing can be written: no reachable server of the cluster accepts writes, and no standby streams from a primary " +
      "that the exporter does not watch.",
    look: [
      "`pgrepl_role == 1` of its servers.",
      "`pg-replication-exporter preflight STANDBY` for each standby.",
    ],
    steps: [
      "Can the primary be started again at once? That loses nothing.",
      destructive({
        because: "It is gone for good, or would be away for too long",
        checkFirst:
          "`pg-replication-exporter preflight STANDBY` for each standby: which has received most, and what a promotion would lose; and that the old primary is down and cannot come back as one.",
        step: "follow its steps: they end with `SELECT pg_promote();` on that standby.",
        loses: "what it had not received is lost, and if the old primary still runs there are two.",
      }),
    ],
    unknown: (view) => view.clusters.flatMap((cluster) => unseenPrimary(view, cluster)),
    find: perCluster((cluster, view) => {
      if (cluster.primaries.length > 0 || mayHaveUnseenPrimary(view, cluster)) return null;
      const servers = serversOf(view, cluster);
      return {
        severity: "critical",
        remedy: { intent: { kind: "get_primary" } },
        summary: "No primary is reachable",
        evidence: joinEvidence(...servers.map((server) => `"${server.server}" ${describeRole(server)}`)),
        advice: "Start the old primary again: that loses nothing. " + destructive({
          because:
            "Only if it is gone, or would be away for too long, promote the standby that received most",
          checkFirst:
            "pg-replication-exporter preflight NAME for each standby, which shows what would be lost; and that the old " +
            "primary is down and cannot come back as one",
          step: "follow the steps that it prints",
          loses:
            "what that standby had not received is lost, and an old primary that still runs is a second one",
        }),
      };
    }),
  },
  {
    name: "few_standbys",
    title: "All expected standbys are connected",
    looksAt: "pg_stat_replication, pg_stat_wal_receiver, the configuration",
    reads: ["senders"],
    applies: (view) => mayHaveStandbys(view) || view.clusters.some((each) => each.expectedStandbys > 0),
    severities: ["critical", "warning"],
    grades: "Critical when none is connected.",
    meaning: "Fewer standbys stream than the configuration expects.",
    look: ["`pgrepl_standby_connected == 0`", "The topology on the page at `/`."],
    steps: [
      "Bring back the missing standby: `receiver_not_running` and `standby_disconnected` name it and the reason; or, if it was removed on purpose, take it out of the configuration.",
    ],
    unknown: (view) =>
      view.clusters.flatMap((cluster) =>
        // None is expected where only a standby is known: how many there are is known to its primary.
        cluster.expectedStandbys === 0 ? unseenPrimary(view, cluster) : unknownConnections(view, cluster)
      ),
    find: perCluster((cluster, view) => {
      const { expectedStandbys, connectedStandbys } = cluster;
      if (connectedStandbys === null || connectedStandbys >= expectedStandbys) return null;
      const missing = view.standbys.filter(({ clusterKey, connected }) =>
        clusterKey === cluster.key && connected === false
      ).map(({ name }) => name);
      const are = connectedStandbys === 1 ? "is" : "are";
      return {
        severity: connectedStandbys === 0 ? "critical" : "warning",
        summary: connectedStandbys === 0
          ? "No standby is connected"
          : `Only ${connectedStandbys} of ${expectedStandbys} expected standbys ${are} connected`,
        evidence: joinEvidence(
          `${expectedStandbys} expected, ${connectedStandbys} connected`,
          missing.length > 0 && `not connected: ${joinNames(missing)}`,
        ),
        advice:
          "Bring the missing standby back, see standby_disconnected and receiver_not_running; if fewer are intended, " +
          "correct the number of expected standbys in the configuration",
      };
    }),
  },
];

/**
 * Whether the cluster may have a primary that the exporter does not watch or reach: a standby streams from a server
 * that is not a known standby, or it is unknown whether it does, or no server of the cluster is reachable.
 */
function mayHaveUnseenPrimary(view: View, cluster: ClusterStatus): boolean {
  const standbys = serversOf(view, cluster).filter(({ up }) => up);
  return standbys.length === 0 || standbys.some((standby) => mayFollowUnseen(view, standby));
}

/** Whether a standby streams from a server that is not a known standby, or that is unknown. */
function mayFollowUnseen(view: View, standby: ServerSnapshot): boolean {
  const rows = freshRows(standby, "receiver");
  if (rows === null) return true;
  const [receiver] = rows;
  if (receiver === undefined || (receiver.status !== null && receiver.status !== "streaming")) return false;
  return serverNamed(view, upstreamNamed(view, standby.server))?.role !== "standby";
}

/** The standbys that leave open whether a cluster without a reachable primary has one. */
function unseenPrimary(view: View, cluster: ClusterStatus): readonly Unknown[] {
  if (cluster.primaries.length > 0) return [];
  return serversOf(view, cluster).filter((each) => each.up && mayFollowUnseen(view, each)).map((each) => {
    const receiver = freshRow(each, "receiver");
    const from = receiver === null || receiver.senderHost === ""
      ? "an unknown server"
      : `${receiver.senderHost} port ${receiver.senderPort}`;
    return {
      cluster: cluster.key,
      server: each.server,
      because: `It streams from ${from}, which is not watched or reachable: the primary is unknown`,
    };
  });
}

function unknownConnections(view: View, cluster: ClusterStatus): readonly Unknown[] {
  if (cluster.connectedStandbys !== null) return [];
  return serversOf(view, cluster).filter(({ up }) => up).map(({ server }) => ({
    cluster: cluster.key,
    server,
    because: "Neither senders nor receivers are known",
  }));
}

/** Servers without a cluster name are one cluster: a copy among them needs a name of its own. */
const ADVICE_ON_COPY =
  "If one of them is a copy (a restored backup, a staging system), this is no split brain: stop nothing, and give each " +
  "cluster its name, in the configuration file (clusters: [{name: production, servers: [...]}, {name: staging, servers: " +
  "[...]}]) or with /probe?cluster=NAME.";

function adviseOnSplit(
  view: View,
  { newest, others }: { readonly newest: string; readonly others: readonly string[] },
): string {
  const [older = "the other"] = others;
  return `which one is right, and keep clients from the other: "${newest}" was promoted last. ` +
    destructive({
      because:
        `They have parted: only one can go on, here "${newest}" unless "${older}" has the writes that count`,
      checkFirst: `what was written to "${older}" since, its newest rows; save what counts, as with pg_dump`,
      step: `${rewindTo(view, { name: older, source: newest })} (if it has neither data checksums nor ` +
        `wal_log_hints = on, rebuild it, see stranded); the other way round if "${older}" is right`,
      loses: `what was written to "${older}" since is gone`,
    });
}

function describeRole({ up, role }: ServerSnapshot): string {
  if (up) return "is a standby";
  return role === null ? "was never reached" : `is unreachable, it was a ${role}`;
}
