/**
 * Servers that are not reached, by what stands in the way.
 *
 * @module
 */
import { formatSeconds } from "../../domain/quantities.ts";
import type { StandbyReason } from "../../domain/standby.ts";
import type { ServerErrorKind, ServerSnapshot, ServerTrouble, View } from "../../domain/view.ts";
import type { Check, Diagnosis } from "./check.ts";
import { standbyNamed } from "./view_queries.ts";
import { quoteName } from "../../domain/sql_text.ts";

interface Obstacle extends Pick<Check, "name" | "title" | "meaning" | "remedy"> {
  readonly looksAt: string;
  /** What is wrong, after the name of the server. */
  readonly says: string;
  /** The server itself answered, so it lives. */
  readonly answers?: boolean;
  /** Passes by itself, so it is never critical. */
  readonly passing?: boolean;
  readonly holds: (trouble: ServerTrouble) => boolean;
  readonly advise: (trouble: ServerTrouble) => string;
}

const PG_HBA = /no pg_hba\.conf entry|pg_hba\.conf rejects/;

function isKind(...kinds: readonly ServerErrorKind[]): (trouble: ServerTrouble) => boolean {
  return (trouble) => kinds.includes(trouble.kind);
}

const obstacles: readonly Obstacle[] = [
  {
    name: "login_failed",
    title: "No server turns the exporter's login down",
    looksAt: "the login (SQLSTATE 28P01, 28000, 3D000)",
    says: "does not let the exporter log in",
    answers: true,
    meaning: "The password or the role is wrong, or the database does not exist.",
    remedy:
      "Set the role's password on the primary (ALTER ROLE ... PASSWORD) and give the exporter the same one.",
    holds: isKind("auth"),
    advise: adviseLogin,
  },
  {
    name: "pg_hba_refused",
    title: "No pg_hba.conf keeps the exporter out",
    looksAt: "the login (SQLSTATE 28000)",
    says: "has no line in pg_hba.conf that admits the exporter",
    answers: true,
    meaning: "The server runs, but pg_hba.conf does not admit this host with this role and database.",
    remedy: "Add a line to pg_hba.conf, then SELECT pg_reload_conf().",
    holds: (trouble) => trouble.kind === "refused" && PG_HBA.test(trouble.message),
    advise: advisePgHba,
  },
  {
    name: "connection_refused",
    title: "No server refuses connections",
    looksAt: "the connection",
    says: "refuses connections: nothing listens there",
    meaning: "The host answers, but no PostgreSQL listens on that port: it is stopped, or listens elsewhere.",
    remedy: "Start PostgreSQL, or correct the port or listen_addresses.",
    holds: (trouble) => trouble.kind === "refused" && !PG_HBA.test(trouble.message),
    advise: () =>
      "Start PostgreSQL there and read the end of its log when it does not start; check port and " +
      "listen_addresses in postgresql.conf (SHOW listen_addresses) against the exporter's configuration",
  },
  {
    name: "network_unreachable",
    title: "No server is out of the network's reach",
    looksAt: "name resolution and the connection",
    says: "is not reached over the network",
    meaning: "The name does not resolve, there is no route, or packets are dropped.",
    remedy: "Check host name, DNS, routes and firewalls between the exporter and the server.",
    holds: isKind("unreachable"),
    advise: () =>
      "Check that the host is up, its name and DNS, routes and firewalls, from the exporter's host: pg_isready -h HOST -p PORT",
  },
  {
    name: "server_silent",
    title: "No server leaves us without an answer",
    looksAt: "login and queries",
    says: "does not answer in time",
    meaning:
      "The connection stands, but no answer comes within the deadline: the server is frozen, overloaded " +
      "or cut off.",
    remedy: "Look at the host: load, disk, memory, or a stopped process.",
    holds: isKind("timeout"),
    advise: () =>
      "Look at the host for load, full or stuck disks, memory pressure and stopped processes; what runs: SELECT pid, state, wait_event_type, wait_event, query FROM pg_stat_activity",
  },
  {
    name: "connections_exhausted",
    title: "No server has run out of connections for the exporter",
    looksAt: "the login (SQLSTATE 53300)",
    says: "has no connection left for the exporter",
    answers: true,
    meaning:
      "All connections are in use. Replication goes on, since WAL senders have slots of their own, but nothing new " +
      "can log in.",
    remedy: "End idle sessions, pool connections, or raise max_connections (on standbys first).",
    holds: isKind("too_many_connections"),
    advise: () =>
      "End sessions that idle: SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle' AND " +
      "state_change < now() - interval '1 hour'; or raise max_connections in postgresql.conf, on standbys first, " +
      "and restart; or raise the role's CONNECTION LIMIT",
  },
  {
    name: "server_starting",
    title: "No server is starting up",
    looksAt: "the login (SQLSTATE 57P03)",
    says: "is starting up",
    passing: true,
    meaning: "The server replays WAL before it accepts connections, or a standby is not yet consistent.",
    remedy: "Wait; when it lasts, read the server's log.",
    holds: isKind("starting"),
    advise: () =>
      "Wait: it is tried again all the time. When it lasts, read its log; a standby accepts connections only with " +
      "hot_standby = on and once it is consistent",
  },
  {
    name: "server_stopping",
    title: "No server is shutting down",
    looksAt: "the session (SQLSTATE 57P01, 57P02)",
    says: "is shutting down or ended our session",
    passing: true,
    meaning: "Somebody stops or restarts the server, or it crashed and recovers.",
    remedy: "Nothing when it is planned; else read the server's log.",
    holds: isKind("shutting_down"),
    advise: () => "Nothing when this is planned; else read the server's log for who stopped it, or a crash",
  },
  {
    name: "answer_unusable",
    title: "No server answers in a way the exporter cannot use",
    looksAt: "login, TLS and answers",
    says: "gives answers that the exporter cannot use",
    answers: true,
    meaning:
      "TLS does not fit, a pooler stands in between, the version is too old, or our role lacks a right.",
    remedy: "Do what the message says.",
    holds: isKind("protocol", "missing_right"),
    advise: (trouble) => trouble.kind === "missing_right" ? grantOf(trouble) : "Do what the message says",
  },
];

function grantOf({ message }: ServerTrouble): string {
  return /GRANT .*$/.exec(message)?.[0] ?? "GRANT pg_monitor to the exporter's role";
}

function adviseLogin({ sqlstate, message }: ServerTrouble): string {
  if (sqlstate === "3D000") return "Name an existing database in the exporter's connection string";
  const role = quoteName(/(?:role|user) "([^"]+)"/.exec(message)?.[1] ?? "exporter");
  return sqlstate === "28P01"
    ? `On the primary: ALTER ROLE ${role} PASSWORD '...'; then give the exporter the same password (standbys learn it by replication)`
    : `On the primary: CREATE ROLE ${role} LOGIN PASSWORD '...' IN ROLE pg_monitor; or, when it exists, ALTER ROLE ${role} LOGIN`;
}

function advisePgHba({ message }: ServerTrouble): string {
  const told = /host "([^"]+)", user "([^"]+)", database "([^"]+)"/.exec(message);
  const [, host, user, database] = told ?? [null, "EXPORTER_ADDRESS", "EXPORTER_ROLE", "postgres"];
  const mask = host?.includes(":") ? 128 : 32;
  return `Add to pg_hba.conf (SHOW hba_file): host ${database} ${user} ${host}/${mask} scram-sha-256 - above any ` +
    "line that rejects it; then: SELECT pg_reload_conf()";
}

/** One check per obstacle. */
export const reachChecks: readonly Check[] = obstacles.map((obstacle) => ({
  name: obstacle.name,
  title: obstacle.title,
  looksAt: obstacle.looksAt,
  reads: [],
  severities: obstacle.passing ? ["warning"] : ["critical", "warning"],
  meaning: obstacle.meaning,
  remedy: obstacle.remedy,
  *find(view): Generator<Diagnosis> {
    for (const server of view.servers) {
      const { trouble } = server;
      if (server.up || trouble === null || !obstacle.holds(trouble)) continue;
      const seen = isSeenElsewhere(view, server, obstacle.answers === true);
      yield {
        severity: obstacle.passing || seen ? "warning" : "critical",
        server: server.server,
        subject: "",
        summary: `Server "${server.server}" ${obstacle.says}`,
        evidence: [trouble.message, tellAge(view, server), seen ? "others still replicate with it" : ""]
          .filter((text) => text !== "").join("; "),
        advice: obstacle.advise(trouble),
      };
    }
  },
}));

/** Reasons that a standby has only while its upstream hears of it. */
const HEARD_OF: readonly (StandbyReason | null)[] = ["streaming", "idle", "paused", "delayed", "conflict"];

/**
 * Whether another server replicates with it, so that only we do not see it. One that did not answer may have died a
 * moment ago: then only an upstream that hears of it counts, which nobody does of a primary.
 */
function isSeenElsewhere(view: View, { server }: ServerSnapshot, answers: boolean): boolean {
  const standby = standbyNamed(view, server);
  if (standby?.connected === true && HEARD_OF.includes(standby.reason)) return true;
  return answers &&
    view.edges.some(({ upstream, downstream }) => upstream === server || downstream === server);
}

function tellAge(view: View, { readAt }: ServerSnapshot): string {
  return readAt === null ? "never reached so far" : `last read ${formatSeconds(view.at - readAt)} ago`;
}
