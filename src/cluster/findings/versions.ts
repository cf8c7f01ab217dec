/**
 * Servers that cannot belong together, or run different versions.
 *
 * @module
 */
import { majorOf } from "../../domain/pg_version.ts";
import type { View } from "../../domain/view.ts";
import { serverFact } from "../topology/identity.ts";
import { type Check, joinEvidence, perCluster } from "./check.ts";
import { serverNamed } from "./view_queries.ts";

/** Versions and identities. */
export const versionChecks: readonly Check[] = [
  {
    name: "foreign_server",
    title: "All servers configured as one cluster have one system identifier",
    looksAt: "pg_control_system().system_identifier",
    reads: ["server"],
    severities: ["critical"],
    meaning:
      "Servers with different system identifiers are configured under one cluster name: they can never follow each other.",
    steps: ["Correct the configuration, or rebuild the standby from its primary."],
    *find(view) {
      for (const [name, identifiers] of groupServers(view, "cluster", "identifier")) {
        if (identifiers.size < 2) continue;
        yield {
          severity: "critical",
          server: "cluster",
          subject: name,
          summary: `The servers configured as cluster "${name}" are not one cluster`,
          evidence: joinEvidence(
            ...[...identifiers].map(([identifier, servers]) => `${servers.join(", ")}: ${identifier}`),
          ),
          advice:
            "Name them as different clusters in the configuration, or rebuild the one that should be a standby: pg_basebackup",
        };
      }
    },
  },
  {
    name: "divided_cluster",
    title: "Every cluster has one name in the configuration",
    looksAt: "pg_control_system().system_identifier",
    reads: ["server"],
    severities: ["warning"],
    meaning:
      "Servers with one system identifier are configured under several cluster names: they follow one primary, but their " +
      "series are apart, and what the configuration sets for each name holds for a part of them only.",
    steps: ["Put the servers into one cluster of the configuration."],
    *find(view) {
      for (const [identifier, names] of groupServers(view, "identifier", "cluster")) {
        if (names.size < 2) continue;
        const quoted = [...names.keys()].map((name) => `"${name}"`);
        const parts = [...names].map(([name, servers]) => `"${name}" with ${servers.join(", ")}`);
        yield {
          severity: "warning",
          server: "cluster",
          subject: identifier,
          summary: `The clusters ${quoted.join(" and ")} are one`,
          evidence: `system identifier ${identifier}: ${joinEvidence(...parts)}`,
          advice:
            "Put these servers into one cluster of the configuration; if one of them should belong to another cluster, " +
            `correct its address. Until then the expected standbys of ${quoted[0]} count for all of them`,
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
      const versions = cluster.servers.flatMap((name) => {
        const server = serverNamed(view, name);
        const fact = server === null || !server.up ? null : serverFact(server);
        return fact === null ? [] : [{ name, fact }];
      });
      const minors = new Set(versions.map(({ fact }) => fact.versionNum));
      if (minors.size < 2) return null;
      const isMajor = new Set([...minors].map(majorOf)).size > 1;
      return {
        severity: isMajor ? "warning" : "info",
        summary: `Servers of one cluster run different ${isMajor ? "major" : "minor"} versions`,
        evidence: joinEvidence(...versions.map(({ name, fact }) => `"${name}" runs ${fact.version}`)),
        advice: isMajor
          ? "Physical replication cannot cross major versions: upgrade with pg_upgrade and rebuild the standbys"
          : "Update the others to the newest minor version, standbys first, the primary last",
      };
    }),
  },
];

/** Names of servers by two properties: the cluster name that the user gave them and their system identifier. */
function groupServers(
  view: View,
  outer: "cluster" | "identifier",
  inner: "cluster" | "identifier",
): ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> {
  const groups = new Map<string, Map<string, string[]>>();
  for (const server of view.servers) {
    const identifier = serverFact(server)?.systemIdentifier ?? null;
    if (server.cluster === "" || identifier === null) continue;
    const keys = { cluster: server.cluster, identifier };
    const group = groups.get(keys[outer]) ?? new Map<string, string[]>();
    groups.set(keys[outer], group);
    group.set(keys[inner], [...group.get(keys[inner]) ?? [], server.server]);
  }
  return groups;
}
