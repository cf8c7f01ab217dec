/**
 * Servers that cannot belong together, or are not of one version.
 *
 * @module
 */
import { majorOf } from "../../domain/pg_version.ts";
import type { View } from "../../domain/view.ts";
import { serverFact } from "../topology/identity.ts";
import type { Check } from "./check.ts";
import { placeOfCluster, serverNamed } from "./view_queries.ts";

const mixedVersions: Check = {
  name: "mixed_versions",
  title: "All servers of a cluster run the same version",
  looksAt: "server_version",
  reads: ["server"],
  severities: ["warning", "info"],
  meaning:
    "Streaming works between minor versions of one major only; different minors (info) are meant for the time of an " +
    "update, standbys first.",
  remedy: "Finish the update.",
  *find(view) {
    for (const cluster of view.clusters) {
      const versions = cluster.servers.flatMap((name) => {
        const server = serverNamed(view, name);
        const fact = server === null || !server.up ? null : serverFact(server);
        return fact === null ? [] : [{ name, fact }];
      });
      const minors = new Set(versions.map(({ fact }) => fact.versionNum));
      if (minors.size < 2) continue;
      const majors = new Set([...minors].map(majorOf));
      yield {
        severity: majors.size > 1 ? "warning" : "info",
        ...placeOfCluster(cluster),
        summary: majors.size > 1
          ? "Servers of one cluster run different major versions"
          : "Servers of one cluster run different minor versions",
        evidence: versions.map(({ name, fact }) => `"${name}" runs ${fact.version}`).join("; "),
        advice: majors.size > 1
          ? "Physical replication cannot cross major versions: upgrade with pg_upgrade and rebuild the standbys"
          : "Update the others to the newest minor version, standbys first, the primary last",
      };
    }
  },
};

const foreignServer: Check = {
  name: "foreign_server",
  title: "All servers that the configuration names as one cluster are one",
  looksAt: "pg_control_system().system_identifier",
  reads: ["server"],
  severities: ["critical"],
  meaning:
    "Servers with different system identifiers are configured under one cluster name: they can never follow each other.",
  remedy: "Correct the configuration, or rebuild the standby from its primary.",
  *find(view) {
    for (const [name, identifiers] of identifiersByName(view)) {
      if (identifiers.size < 2) continue;
      yield {
        severity: "critical",
        server: "cluster",
        subject: name,
        summary: `The servers configured as cluster "${name}" are not one cluster`,
        evidence: [...identifiers].map(([identifier, servers]) => `${servers.join(", ")}: ${identifier}`)
          .join("; "),
        advice:
          "Name them as different clusters in the configuration, or rebuild the one that should be a standby: pg_basebackup",
      };
    }
  },
};

const dividedCluster: Check = {
  name: "divided_cluster",
  title: "No two cluster names of the configuration mean one cluster",
  looksAt: "pg_control_system().system_identifier",
  reads: ["server"],
  severities: ["warning"],
  meaning:
    "Servers with one system identifier are configured under several cluster names: they follow one primary, but their " +
    "series are apart, and what the configuration says of each name holds for a part of them only.",
  remedy: "Put the servers into one cluster of the configuration.",
  *find(view) {
    for (const [identifier, names] of namesByIdentifier(view)) {
      if (names.size < 2) continue;
      const [first = "", ...others] = names.keys();
      yield {
        severity: "warning",
        server: "cluster",
        subject: identifier,
        summary: `The clusters ${[first, ...others].map((name) => `"${name}"`).join(" and ")} are one`,
        evidence: `system identifier ${identifier}: ` +
          [...names].map(([name, servers]) => `"${name}" with ${servers.join(", ")}`).join("; "),
        advice:
          `Put these servers into one cluster of the configuration; when one of them should be of another cluster, correct ` +
          `its address. Until then the expected standbys of "${first}" count for all of them`,
      };
    }
  },
};

/** Versions and identities. */
export const versionChecks: readonly Check[] = [foreignServer, dividedCluster, mixedVersions];

/** Names of servers, by one property and by another. */
type Grouped = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** Servers by the cluster name that the user gave them and by system identifier. */
function identifiersByName(view: View): Grouped {
  return groupNamed(view, (name, identifier) => [name, identifier]);
}

/** Servers by system identifier and by the cluster name that the user gave them. */
function namesByIdentifier(view: View): Grouped {
  return groupNamed(view, (name, identifier) => [identifier, name]);
}

function groupNamed(
  view: View,
  keysOf: (name: string, identifier: string) => readonly [outer: string, inner: string],
): Grouped {
  const groups = new Map<string, Map<string, string[]>>();
  for (const server of view.servers) {
    const identifier = serverFact(server)?.systemIdentifier ?? null;
    if (server.cluster === "" || identifier === null) continue;
    const [outer, inner] = keysOf(server.cluster, identifier);
    const group = groups.get(outer) ?? new Map<string, string[]>();
    groups.set(outer, group);
    group.set(inner, [...group.get(inner) ?? [], server.server]);
  }
  return groups;
}
