/**
 * Servers that cannot belong together, or run different versions.
 *
 * @module
 */
import { joinNames } from "../../domain/quantities.ts";
import { majorOf } from "../../domain/pg_version.ts";
import type { ClusterStatus, ServerSnapshot, View } from "../../domain/view.ts";
import { isSamePostmaster } from "../topology/aliases.ts";
import { isKnownIdentifier, serverFact, subscribes } from "../topology/identity.ts";
import { hostsOf, isLocal, receiverOf } from "../topology/receiver_facts.ts";
import { type Check, joinEvidence, mayHaveStandbys, perCluster } from "./check.ts";
import { serverNamed, serversOf } from "./view_queries.ts";

/** Versions and identities. */
export const versionChecks: readonly Check[] = [
  {
    name: "foreign_server",
    title: "All servers configured as one cluster have one system identifier",
    looksAt: "pg_control_system().system_identifier",
    reads: ["server"],
    isHidden: hidesIdentifier,
    severities: ["critical", "info"],
    grades: "Info where the others are subscribers.",
    meaning:
      "Servers with different system identifiers are configured under one cluster name: they can never follow each other.",
    steps: [
      "Correct the configuration: different clusters need different names.",
      "A server that should be a standby of the other is not one: set it up as a new standby.",
    ],
    *find(view) {
      for (const [name, identifiers] of identifiersByName(view)) {
        if (identifiers.size < 2) continue;
        const evidence = joinEvidence(
          ...[...identifiers].map(([identifier, servers]) => `${joinNames(servers)}: ${identifier}`),
        );
        const subscribers = [...identifiers.values()].filter((servers) =>
          servers.every((each) => subscribesIn(view, each))
        );
        if (identifiers.size - subscribers.length < 2) {
          yield {
            severity: "info",
            server: "cluster",
            subject: name,
            summary: `Cluster "${name}" is configured with its subscribers`,
            evidence,
            advice: `Give ${
              joinNames(subscribers.flat().map((each) => `"${each}"`))
            } another cluster name in the configuration: ` +
              "a cluster is a primary and its standbys, and a subscriber is one of its own",
          };
          continue;
        }
        yield {
          severity: "critical",
          server: "cluster",
          subject: name,
          remedy: {
            intent: { kind: "rebuild" },
            before:
              "Name them as different clusters in the configuration; or, if one of them should be a standby,",
          },
          summary: `The servers configured as cluster "${name}" are not one cluster`,
          evidence,
          advice:
            "Name them as different clusters in the configuration; a server that should be a standby of the other has " +
            "been set up on its own: nothing makes it one but a new standby in its place",
        };
      }
    },
  },
  {
    name: "divided_cluster",
    title: "No standby streams from a server of another cluster",
    looksAt:
      "pg_control_system().system_identifier, pg_postmaster_start_time(), sender_host in pg_stat_wal_receiver",
    reads: ["server"],
    isHidden: hidesIdentifier,
    applies: mayHaveStandbys,
    severities: ["warning"],
    meaning:
      "Servers that replicate with one another are configured under several cluster names. A cluster name is a border: lag, " +
      "topology and expected standbys are derived within it only.",
    steps: ["Put the servers into one cluster of the configuration."],
    *find(view) {
      for (const [identifier, clusters] of clustersByIdentifier(view)) {
        const link = linkBetween(view, clusters);
        if (link === null) continue;
        yield {
          severity: "warning",
          server: "cluster",
          subject: identifier,
          summary: `The clusters ${quoteNames(clusters)} are one`,
          evidence: joinEvidence(link, `system identifier ${identifier}`, ...clusters.map(describeCluster)),
          advice:
            "Put these servers into one cluster of the configuration; if one of them should belong to another cluster, " +
            "correct its address",
        };
      }
    },
  },
  {
    name: "shared_origin",
    title: "No two clusters share a system identifier",
    looksAt: "pg_control_system().system_identifier",
    reads: ["server"],
    isHidden: hidesIdentifier,
    severities: ["warning", "info"],
    meaning:
      "Clusters have the same system identifier: one is a copy of the other, restored from a base backup and promoted. Info " +
      "when each has a cluster name. Warning when probed servers have none: it may be a copy, or a split brain of one " +
      "cluster.",
    steps: [
      "Give the servers of each cluster a cluster name: `clusters` in the configuration file, or `/probe?cluster=NAME`.",
      "If they are one cluster, keep clients from all but one of the primaries: see `split_brain`.",
    ],
    *find(view) {
      for (const [identifier, clusters] of clustersByIdentifier(view)) {
        const primaries = clusters.flatMap((each) => each.primaries);
        const isNamed = primaries.length < 2 || clusters.every(({ cluster }) => cluster !== "");
        if (isNamed && linkBetween(view, clusters) !== null) continue;
        yield {
          severity: isNamed ? "info" : "warning",
          server: "cluster",
          subject: identifier,
          summary: isNamed
            ? `The clusters ${quoteNames(clusters)} share their origin`
            : `${
              primaries.map((name) => `"${name}"`).join(" and ")
            } are primaries with one system identifier: two clusters, or a split brain of one`,
          evidence: joinEvidence(`system identifier ${identifier}`, ...clusters.map(describeCluster)),
          advice: isNamed
            ? "Nothing, if one was restored from a backup of the other on purpose"
            : "If one was restored from a backup of the other, name both clusters: /probe?cluster=NAME, or clusters in the " +
              "configuration file. If both serve one cluster, keep clients from the older one, and see split_brain",
        };
      }
    },
  },
  {
    name: "mixed_versions",
    title: "All servers of a cluster run the same version",
    looksAt: "server_version",
    reads: ["server"],
    severities: ["warning", "info"],
    grades: "Info when only the minor versions differ.",
    meaning:
      "Streaming works only between minor versions of one major version; different minor versions are meant for the " +
      "time of an update, standbys first.",
    steps: ["Finish the update."],
    find: perCluster((cluster, view) => {
      const versions = serversOf(view, cluster).flatMap((server) => {
        const fact = server.up ? serverFact(server) : null;
        return fact === null ? [] : [{ name: server.server, fact }];
      });
      const minors = new Set(versions.map(({ fact }) => fact.versionNum));
      if (minors.size < 2) return null;
      const isMajor = new Set([...minors].map(majorOf)).size > 1;
      return {
        severity: isMajor ? "warning" : "info",
        remedy: { intent: { kind: "upgrade", isMajor } },
        summary: `Servers of one cluster run different ${isMajor ? "major" : "minor"} versions`,
        evidence: joinEvidence(...versions.map(({ name, fact }) => `"${name}" runs ${fact.version}`)),
        advice: isMajor
          ? "Physical replication cannot cross major versions: finish the upgrade of all servers (pg_upgrade; new standbys)"
          : "Update the others to the newest minor version, standbys first, the primary last",
      };
    }),
  },
];

/** Names of servers by the cluster name that the user gave them, then by system identifier. */
function identifiersByName(view: View): ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> {
  const named = view.clusters.filter(({ cluster }) => cluster !== "");
  return new Map(
    [...Map.groupBy(named, ({ cluster }) => cluster)].map(([name, clusters]) => [
      name,
      new Map(clusters.map(({ systemIdentifier, servers }) => [systemIdentifier, servers])),
    ]),
  );
}

/** Whether a server subscribes to another, and is no standby of any. */
function subscribesIn(view: View, name: string): boolean {
  const server = serverNamed(view, name);
  return server !== null && subscribes(server) === true;
}

function hidesIdentifier(server: ServerSnapshot): boolean {
  return serverFact(server)?.systemIdentifier === null;
}

/** Clusters that share a system identifier. */
function clustersByIdentifier(view: View): readonly (readonly [string, readonly ClusterStatus[]])[] {
  const known = view.clusters.filter(({ systemIdentifier }) => isKnownIdentifier(systemIdentifier));
  return [...Map.groupBy(known, ({ systemIdentifier }) => systemIdentifier)]
    .filter(([, clusters]) => clusters.length > 1);
}

/** What shows that clusters with different names are one: a standby across the border, or one server in both. */
function linkBetween(view: View, clusters: readonly ClusterStatus[]): string | null {
  const members = clusters.flatMap((cluster) =>
    serversOf(view, cluster).map((server) => ({ key: cluster.key, server }))
  );
  for (const { key, server } of members) {
    const others = members.filter((each) => each.key !== key).map((each) => each.server);
    const same = others.find((other) => isSamePostmaster(server, other));
    if (same !== undefined) return `"${server.server}" and "${same.server}" are one server`;
    const receiver = receiverOf(server);
    if (receiver?.status !== "streaming") continue;
    const upstream = others.find((other) =>
      other.address?.port === receiver.senderPort && !isLocal(receiver.senderHost) &&
      hostsOf(other).includes(receiver.senderHost.toLowerCase())
    );
    if (upstream !== undefined) return `"${server.server}" streams from "${upstream.server}"`;
  }
  return null;
}

function quoteNames(clusters: readonly ClusterStatus[]): string {
  return clusters.map(({ cluster, key }) => `"${cluster || key}"`).join(" and ");
}

function describeCluster({ cluster, key, servers }: ClusterStatus): string {
  return `"${cluster || key}" with ${joinNames(servers)}`;
}
