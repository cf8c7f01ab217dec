/**
 * Clusters with two primaries, none, or too few standbys.
 *
 * @module
 */
import type { ClusterStatus, ServerSnapshot, View } from "../../domain/view.ts";
import type { Check } from "./check.ts";
import { freshRow, freshRows, placeOfCluster, serverNamed } from "./view_queries.ts";

const splitBrain: Check = {
  name: "split_brain",
  title: "Every cluster has one primary at most",
  looksAt: "pg_is_in_recovery() and system_identifier of all servers",
  reads: ["server"],
  severities: ["critical"],
  meaning: "Two servers of one cluster accept writes: what one of them takes in will be lost.",
  remedy: "Fence one of them now, the one on the older timeline unless it has the writes that count.",
  *find(view) {
    for (const cluster of view.clusters) {
      if (cluster.primaries.length < 2) continue;
      const primaries = cluster.primaries.map((name) => {
        const server = serverNamed(view, name);
        return { name, timeline: server === null ? null : freshRow(server, "server")?.timeline ?? null };
      }).sort((a, b) => (b.timeline ?? 0) - (a.timeline ?? 0));
      const newest = primaries[0]?.name ?? "";
      const others = primaries.slice(1).map(({ name }) => name);
      yield {
        severity: "critical",
        ...placeOfCluster(cluster),
        summary: `Two or more servers are primaries: ${cluster.primaries.join(", ")}`,
        evidence: primaries.map(({ name, timeline }) => `"${name}" on timeline ${timeline ?? "unknown"}`)
          .join("; "),
        advice:
          `Decide at once which one is right; "${newest}" was promoted last. Stop clients from reaching the other, stop it ` +
          `(${
            others.join(", ")
          }: pg_ctl stop -m fast), save what only it has, then pg_rewind -R or rebuild it as a standby`,
      };
    }
  },
};

const noPrimary: Check = {
  name: "no_primary",
  title: "Every cluster has a primary",
  looksAt: "pg_is_in_recovery() of all servers, pg_stat_wal_receiver of the standbys",
  reads: ["server", "receiver"],
  severities: ["critical"],
  meaning:
    "No server of the cluster that can be reached accepts writes, and no standby streams from one that we do not watch.",
  remedy: "Bring the primary back, or promote the most advanced standby (SELECT pg_promote()).",
  *find(view) {
    for (const cluster of view.clusters) {
      if (cluster.primaries.length > 0 || mayHaveUnseenPrimary(view, cluster)) continue;
      const servers = cluster.servers.map((name) => serverNamed(view, name)).filter((each) => each !== null);
      yield {
        severity: "critical",
        ...placeOfCluster(cluster),
        summary: "No primary is reached",
        evidence: servers.map((server) => `"${server.server}" ${tellRole(server)}`).join("; "),
        advice: "Bring the old primary back; when it is gone, promote the standby that received most: run " +
          "pg-replication-exporter preflight NAME for the losses and the steps, then on it SELECT pg_promote(); and " +
          "make sure that the old one cannot come back as a primary",
      };
    }
  },
};

const fewStandbys: Check = {
  name: "few_standbys",
  title: "As many standbys are connected as there should be",
  looksAt: "pg_stat_replication, pg_stat_wal_receiver, the configuration",
  reads: ["senders"],
  severities: ["critical", "warning"],
  meaning: "Fewer standbys receive WAL than the configuration expects; critical when there is none.",
  remedy: "See standby_disconnected and receiver_not_running for which and why.",
  *find(view) {
    for (const cluster of view.clusters) {
      const { expectedStandbys, connectedStandbys } = cluster;
      if (connectedStandbys === null || connectedStandbys >= expectedStandbys) continue;
      const missing = view.standbys.filter(({ systemIdentifier, connected }) =>
        systemIdentifier === cluster.systemIdentifier && connected === false
      ).map(({ name }) => name);
      yield {
        severity: connectedStandbys === 0 ? "critical" : "warning",
        ...placeOfCluster(cluster),
        summary: connectedStandbys === 0
          ? "No standby is connected"
          : `Only ${connectedStandbys} of ${expectedStandbys} expected standbys ${
            connectedStandbys === 1 ? "is" : "are"
          } connected`,
        evidence: `${expectedStandbys} expected, ${connectedStandbys} connected` +
          (missing.length === 0 ? "" : `; not connected: ${missing.join(", ")}`),
        advice:
          "Bring the missing standby back, see standby_disconnected and receiver_not_running; when fewer are meant to be, " +
          "correct the number of expected standbys in the configuration",
      };
    }
  },
};

/** Roles within a cluster. */
export const roleChecks: readonly Check[] = [splitBrain, noPrimary, fewStandbys];

/**
 * Whether nothing speaks against a primary that we do not watch or reach: a standby streams from a server that is
 * not one of the standbys we know, or it is not known whether it does, or nobody of the cluster is reached at all.
 */
function mayHaveUnseenPrimary(view: View, cluster: ClusterStatus): boolean {
  const standbys = cluster.servers.map((name) => serverNamed(view, name)).filter((each) => each?.up === true);
  return standbys.length === 0 || standbys.some((standby) => {
    const rows = standby === null ? null : freshRows(standby, "receiver");
    if (standby === null || rows === null) return true;
    const [receiver] = rows;
    if (receiver === undefined || (receiver.status !== null && receiver.status !== "streaming")) return false;
    const upstream = view.edges.find(({ downstream }) => downstream === standby.server)?.upstream ?? null;
    return serverNamed(view, upstream)?.role !== "standby";
  });
}

function tellRole({ up, role }: ServerSnapshot): string {
  if (up) return "is a standby";
  return role === null ? "was never reached" : `is not reached, it was a ${role}`;
}
