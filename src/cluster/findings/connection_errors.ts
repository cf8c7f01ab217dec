/**
 * Servers that the exporter cannot query, by cause.
 *
 * @module
 */
import { formatSeconds } from "../../domain/quantities.ts";
import type { StandbyReason } from "../../domain/standby.ts";
import type { ServerErrorKind, ServerTrouble, ServerView, View } from "../../domain/view.ts";
import { type Check, type Diagnosis, grantIn, joinEvidence } from "./check.ts";
import type { Remedy } from "../managers/remedy.ts";
import { destructive } from "./destructive.ts";
import { onPrimary, standbyNamed } from "./view_queries.ts";
import { quoteName } from "../../domain/sql_text.ts";

interface Obstacle extends Pick<Check, "name" | "title" | "looksAt" | "meaning" | "steps"> {
  /** The predicate of the summary; its subject is the server. */
  readonly predicate: string;
  /** The server itself responded, so it is alive. */
  readonly answers?: boolean;
  /** Passes by itself, so it is never critical. */
  readonly passing?: boolean;
  readonly holds: (trouble: ServerTrouble) => boolean;
  readonly advise: (trouble: ServerTrouble, place: ObstaclePlace) => string;
  /** What that wants done under a manager. */
  readonly remedy?: (trouble: ServerTrouble) => Remedy;
}

/** Where an obstacle is: the server, and the beginning of advice for its primary. */
interface ObstaclePlace {
  readonly server: string;
  readonly primary: string;
}

const END_IDLE = destructive({
  because: "Sessions that are idle for long hold connections that nobody uses",
  checkFirst:
    "whose they are, as a superuser: `SELECT pid, usename, application_name, client_addr, now() - state_change AS idle_for FROM pg_stat_activity WHERE backend_type = 'client backend' AND state = 'idle' ORDER BY state_change;` Leave those of poolers and of an HA manager.",
  step: "`SELECT pg_terminate_backend(PID);` for each",
  loses: "their clients get an error with their next statement",
});

function isKind(...kinds: readonly ServerErrorKind[]): (trouble: ServerTrouble) => boolean {
  return (trouble) => kinds.includes(trouble.kind);
}

const obstacles: readonly Obstacle[] = [
  {
    name: "login_failed",
    title: "All logins succeed",
    looksAt: "the login (SQLSTATE 28P01, 28000, 3D000)",
    predicate: "rejects the exporter's login",
    answers: true,
    meaning: "The password or the role is wrong, or the database does not exist.",
    steps: [
      "Set the role's password on the primary (ALTER ROLE ... PASSWORD) and give the exporter the same one.",
    ],
    holds: isKind("auth"),
    advise: adviseLogin,
  },
  {
    name: "pg_hba_refused",
    title: "Every server's pg_hba.conf admits the exporter",
    looksAt: "the login (SQLSTATE 28000)",
    predicate: "has no pg_hba.conf entry that admits the exporter",
    answers: true,
    meaning: "The server runs, but pg_hba.conf does not admit this host with this role and database.",
    steps: ["Add a line to pg_hba.conf, then `SELECT pg_reload_conf();`"],
    holds: (trouble) => trouble.kind === "refused" && trouble.sqlstate === "28000",
    advise: advisePgHba,
    remedy: (trouble) => ({ intent: { kind: "admit", line: hbaLineFor(trouble) } }),
  },
  {
    name: "connection_refused",
    title: "All servers accept connections",
    looksAt: "the connection",
    predicate: "refuses connections: nothing listens there",
    meaning:
      "The host responds, but no PostgreSQL listens on that port: it is stopped, or listens elsewhere.",
    steps: [
      "Is PostgreSQL running (`systemctl status postgresql`, the end of its log, a full disk)? Start it, or correct the port or `listen_addresses`.",
    ],
    holds: (trouble) => trouble.kind === "refused" && trouble.sqlstate !== "28000",
    remedy: () => ({
      intent: { kind: "start" },
      before: "If it listens elsewhere, correct the port in the exporter's configuration;",
    }),
    advise: () =>
      "Start PostgreSQL there and read the end of its log when it does not start; check port and " +
      "listen_addresses in postgresql.conf (SHOW listen_addresses;) against the exporter's configuration",
  },
  {
    name: "network_unreachable",
    title: "All servers are reachable over the network",
    looksAt: "name resolution and the connection",
    predicate: "is unreachable over the network",
    meaning: "The name does not resolve, there is no route, or packets are dropped.",
    steps: [
      "Check host name, DNS, routes and firewalls between the exporter's host and the server: `pg_isready -h HOST -p PORT`.",
    ],
    holds: isKind("unreachable"),
    advise: () =>
      "Check that the host is up, its name and DNS, routes and firewalls, from the exporter's host: pg_isready -h HOST -p PORT",
  },
  {
    name: "server_silent",
    title: "All servers respond in time",
    looksAt: "login and queries",
    predicate: "does not respond in time",
    meaning:
      "The connection is open, but no response arrives within the deadline: the server is frozen, overloaded or cut off.",
    steps: ["Look at the host: CPU load, disk, memory, or a stopped process."],
    holds: isKind("timeout"),
    advise: () =>
      "Look at the host for load, full or stuck disks, memory pressure and stopped processes; what runs: SELECT pid, state, wait_event_type, wait_event, query FROM pg_stat_activity;",
  },
  {
    name: "connections_exhausted",
    title: "Every server has a connection left for the exporter",
    looksAt: "the login (SQLSTATE 53300)",
    predicate: "has no connection left for the exporter",
    answers: true,
    meaning:
      "All connections are in use. Replication continues, since WAL senders have connections of their own, but no new " +
      "session can log in.",
    steps: [
      "Pool connections, or raise `max_connections` (on standbys first) and restart.",
      END_IDLE,
    ],
    holds: isKind("too_many_connections"),
    remedy: () => ({
      intent: { kind: "set", settings: [["max_connections", "NUMBER"]], restart: true },
      before: `${
        END_IDLE.replaceAll("`", "")
      }; or raise the role's CONNECTION LIMIT, or, with a restart, the number of connections:`,
    }),
    advise: (_trouble, { server }) =>
      `Raise the CONNECTION LIMIT of the exporter's role if it has one, or max_connections, on standbys first, and ` +
      `restart; or end idle sessions. ${
        END_IDLE.replaceAll("`", "").replace("as a superuser", `as a superuser, on "${server}"`)
      }`,
  },
  {
    name: "server_starting",
    title: "No server is starting up",
    looksAt: "the login (SQLSTATE 57P03)",
    predicate: "is starting up",
    passing: true,
    meaning: "The server replays WAL before it accepts connections, or a standby is not yet consistent.",
    steps: ["Wait; if it lasts, read the server's log."],
    holds: isKind("starting"),
    advise: () =>
      "Wait: the exporter keeps retrying. If it lasts, read the server's log; a standby accepts connections only with " +
      "hot_standby = on and once it is consistent",
  },
  {
    name: "server_stopping",
    title: "No server is shutting down",
    looksAt: "the session (SQLSTATE 57P01, 57P02)",
    predicate: "is shutting down or ended the exporter's session",
    passing: true,
    meaning: "Someone is stopping or restarting the server, or it crashed and is recovering.",
    steps: ["Nothing if it is planned; otherwise read the server's log."],
    holds: isKind("shutting_down"),
    advise: () =>
      "Nothing if this is planned; otherwise read the server's log for a shutdown request or a crash",
  },
  {
    name: "answer_unusable",
    title: "The exporter can use every server's responses",
    looksAt: "login, TLS and responses",
    predicate: "sends responses that the exporter cannot use",
    answers: true,
    meaning:
      "TLS does not match, a pooler is in between, the version is too old, or the exporter's role lacks a privilege.",
    steps: ["Follow the message."],
    holds: isKind("protocol", "missing_right"),
    advise: (trouble, place) =>
      trouble.kind === "missing_right"
        ? `${place.primary}: ${grantIn(trouble.message) ?? "GRANT pg_monitor TO the exporter's role"};`
        : "Follow the message",
  },
];

/** The advice that the exporter has added to the message of the server, which is in the server's language. */
function adviceIn(message: string): string {
  return /.*\(SQLSTATE \w{5}\); (.*)$/.exec(message)?.[1] ?? "";
}

function adviseLogin({ sqlstate, message }: ServerTrouble, { server, primary }: ObstaclePlace): string {
  if (sqlstate === "3D000") return "Name an existing database in the exporter's connection string";
  const own = adviceIn(message);
  if (sqlstate !== "28P01") {
    if (own === "") return "Follow the message";
    // Roles are changed on the primary, whichever server rejects the login.
    return /^create the role: /.test(own) ? `${primary}: ${own};` : `On "${server}": ${own}`;
  }
  const role = quoteName(/role "([^"]+)"/.exec(own)?.[1] ?? "exporter");
  return `${primary}: ALTER ROLE ${role} PASSWORD '...'; or, if it does not exist there, CREATE ROLE ${role} LOGIN ` +
    "PASSWORD '...' IN ROLE pg_monitor; then give the exporter the same password (replication carries it to the standbys)";
}

function advisePgHba(trouble: ServerTrouble, { server }: ObstaclePlace): string {
  return `On "${server}", add to pg_hba.conf (SHOW hba_file;): ${
    hbaLineFor(trouble)
  } - above any line that rejects it; then: SELECT pg_reload_conf();`;
}

function hbaLineFor({ message }: ServerTrouble): string {
  const own = adviceIn(message);
  const [, database = "postgres", user = "EXPORTER_ROLE"] =
    /database "([^"]+)" and role "([^"]+)"/.exec(own) ?? [];
  // The server names the address that it sees; it is the first after the one that we connect to.
  const [host] =
    /(?:\d+\.){3}\d+|[\da-f]*(?::[\da-f]*){2,}/i.exec(message.replace(/^Cannot .*? at \S+: /, "")) ?? [];
  const mask = host?.includes(":") ? 128 : 32;
  return `host ${database} ${user} ${host ?? "EXPORTER_ADDRESS"}/${mask} scram-sha-256`;
}

/** One check per cause. */
export const reachChecks: readonly Check[] = obstacles.map((obstacle) => ({
  name: obstacle.name,
  title: obstacle.title,
  looksAt: obstacle.looksAt,
  reads: [],
  severities: obstacle.passing ? ["warning"] : ["critical", "warning"],
  meaning: obstacle.meaning,
  steps: obstacle.steps,
  *find(view): Generator<Diagnosis> {
    for (const server of view.servers) {
      const { trouble } = server;
      if (server.up || trouble === null || !obstacle.holds(trouble)) continue;
      const seen = isSeenElsewhere(view, server, obstacle.answers === true);
      yield {
        severity: obstacle.passing || seen ? "warning" : "critical",
        server: server.server,
        summary: `Server "${server.server}" ${obstacle.predicate}`,
        evidence: joinEvidence(
          trouble.message,
          server.readAt === null
            ? "never reached so far"
            : `last read ${formatSeconds(view.at - server.readAt)} ago`,
          seen && "others still replicate with it",
        ),
        advice: obstacle.advise(trouble, {
          server: server.server,
          primary: onPrimary(view, server.server),
        }),
        ...obstacle.remedy === undefined ? {} : { remedy: obstacle.remedy(trouble) },
      };
    }
  },
}));

/** Reasons that a standby has only while its upstream receives replies from it. */
const HEARD_FROM: readonly (StandbyReason | null)[] = ["streaming", "idle", "paused", "delayed", "conflict"];

/**
 * Whether another server replicates with it, so that only the exporter cannot reach it. One that did not respond may
 * have died a moment ago: then only an upstream that hears from it counts, and a primary has none.
 */
function isSeenElsewhere(view: View, { server, aliasOf }: ServerView, answers: boolean): boolean {
  const name = aliasOf ?? server;
  const standby = standbyNamed(view, name);
  if (standby?.connected === true && HEARD_FROM.includes(standby.reason)) return true;
  return answers && view.edges.some(({ upstream, downstream }) => upstream === name || downstream === name);
}
