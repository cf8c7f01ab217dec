/**
 * Servers of a watched cluster that discovery cannot watch.
 *
 * @module
 */
import type { UnwatchedServer, View } from "../../domain/view.ts";
import { type Check, joinEvidence } from "./check.ts";

/** What `--discover-standbys` knows of, and cannot follow. */
export const unwatchedChecks: readonly Check[] = [
  {
    name: "not_discovered",
    title: "Discovery watches every server of the cluster",
    looksAt: "pg_stat_replication.client_addr, pg_stat_wal_receiver.sender_host and sender_port",
    reads: [],
    applies: ({ unwatched }) => unwatched !== undefined,
    severities: ["warning", "info"],
    grades: "Info for a standby that is known by its sender row.",
    meaning:
      "With `--discover-standbys` the exporter knows of a server of the cluster that it cannot watch. What that one alone " +
      "knows is missing: of an upstream whether it is the primary, the lag and the other standbys, of a standby what it " +
      "replays once it is promoted.",
    look: ["The log of the exporter, at debug level each address that was tried."],
    steps: [
      "Its port is unknown, because it shares a host with another server: name it with `--discover-port`.",
      "Otherwise read the reason: make the address reachable from here, with the login of the configured server, or add the server with `--server` at an address that is.",
    ],
    *find(view: View) {
      for (const unwatched of view.unwatched ?? []) yield diagnosisOf(unwatched);
    },
  },
];

function diagnosisOf({ seenBy, isUpstream, names, host, ports, because }: UnwatchedServer) {
  const where = host === "" ? "a Unix socket" : host;
  const place = ports.length === 0 ? where : `${where} port ${ports.join(", ")}`;
  return {
    severity: isUpstream ? "warning" as const : "info" as const,
    server: seenBy,
    subject: isUpstream ? `upstream ${place}` : place,
    summary: isUpstream
      ? `The upstream of "${seenBy}" cannot be watched`
      : `${names.map((name) => `"${name}"`).join(", ")} of "${seenBy}" cannot be watched`,
    evidence: joinEvidence(
      isUpstream ? `it receives from ${place}` : `it connects from ${where}`,
      !isUpstream && ports.length > 0 && `port ${ports.join(", ")} was tried`,
      because,
    ),
    advice: ports.length === 0
      ? "Name the ports of all servers on that host with --discover-port, or add the server with --server"
      : `Make it reachable from here with the login of "${seenBy}"${
        isUpstream ? "" : ", name its port with --discover-port"
      }, or add it with --server`,
  };
}
