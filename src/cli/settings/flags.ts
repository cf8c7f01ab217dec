/**
 * Turns arguments, environment and file into settings, driven by one table of flags.
 *
 * @module
 */
import type { Collector } from "../../collectors/collector.ts";
import { DEFAULT_CONSISTENCY } from "../../config/consistency.ts";
import { DEFAULT_DATABASES_INTERVAL_SECONDS } from "../../config/logical.ts";
import { REQUIRED_COLLECTOR } from "../../config/resolve.ts";
import { formatDuration, formatSize } from "../../config/units.ts";
import { COMPAT_EXPORTERS } from "../../domain/compat.ts";
import { DEFAULT_HEALTH_THRESHOLDS, DEFAULT_REPORT_THRESHOLDS } from "../../domain/thresholds.ts";
import { OWN_FLAGS } from "./own_flags.ts";

/** One flag: the source of parsing, `--help`, suggestions, environment variables and documentation. */
export interface Flag {
  /** Name without the leading `--`. */
  readonly name: string;
  /** Placeholder for its value, e.g. `DURATION`; "" for a switch. */
  readonly placeholder: string;
  /** What it does, in one or two sentences. */
  readonly help: string;
  /** Its heading in the help. */
  readonly group: string;
  /** Its default, as it would be written; `null` when it has none. */
  readonly default: string | null;
  /** Whether it may be repeated. */
  readonly isRepeatable: boolean;
  /** Whether `--no-NAME` exists; only for a switch. */
  readonly isNegatable: boolean;
  /** Whether it only requests information: it has no environment variable. */
  readonly isCommand: boolean;
  /** What the overview of the help says of it; "" when it is not listed there. */
  readonly brief: string;
  /** The commands it belongs to, without an environment variable; empty for a setting. */
  readonly commands: readonly string[];
}

/** A flag as it is defined; what is omitted is as for a setting with a value and no default. */
export type FlagDefinition = Pick<Flag, "name" | "placeholder" | "help"> & Partial<Flag>;

const { warningLagBytes, criticalLagBytes, warningLagSeconds, criticalLagSeconds } =
  DEFAULT_HEALTH_THRESHOLDS;

const GROUPS: Readonly<Record<string, readonly FlagDefinition[]>> = {
  "Servers": [
    {
      name: "config.file",
      brief: "YAML file with the servers and any other setting",
      placeholder: "FILE",
      help: "YAML configuration file: clusters and servers with their labels, logins for /probe, and every " +
        "setting that has a flag. Flags and variables override it; --server replaces all its servers.",
    },
    {
      name: "server",
      brief: "A server: its name and its libpq connection string",
      placeholder: "NAME=DSN",
      isRepeatable: true,
      help: "A server to watch: its name (the instance label) and its libpq connection string, a URI or " +
        "keywords and values. Pass the password in POSTGRES_PASSWORD, POSTGRES_PASSWORD_FILE or " +
        "PGPASSWORD.",
    },
    {
      name: "expected-standbys",
      placeholder: "COUNT",
      help:
        "Number of standbys a cluster should have; by default its watched servers minus one. A server with several " +
        "names counts once; discovered standbys count. Beside another cluster a subscriber without standbys needs none.",
    },
    {
      name: "discover-standbys",
      brief: "Watch the other servers of its cluster too",
      placeholder: "",
      default: "false",
      help:
        "Also watch the servers of a cluster that are not configured: the upstream of a watched standby, at " +
        "the host and port in its pg_stat_wal_receiver, and the standbys of a watched server, at the address " +
        "they connect from. That address has no port: the port of their upstream is tried, then those of the " +
        "cluster's other servers and of --discover-port, no others. Login and TLS settings are those of the " +
        "configured server (for verify-full the certificate must contain the host or address). The server " +
        "found there must belong to the cluster; otherwise the address is retried after a minute, later every " +
        "hour. At most 50 are watched, each until it has been gone for a day. A server is named after " +
        "application_name in its primary_conninfo, else its cluster_name, else its address; the name stays " +
        "the same when it is promoted and, with --state.file, when the exporter restarts. Anyone who may log " +
        "in for replication can choose an address where the login is tried.",
    },
    {
      name: "discover-port",
      placeholder: "PORT",
      isRepeatable: true,
      help: "Port on which standbys may listen, for --discover-standbys; needed where servers share a host.",
    },
  ],
  "Web": [
    {
      name: "web.listen-address",
      brief: "Where metrics and the page are served (default :9188)",
      placeholder: "ADDRESS",
      default: ":9188",
      isRepeatable: true,
      help:
        "Address to listen on: host:port, or :port for all addresses. With port 0 the system chooses one.",
    },
    {
      name: "compat",
      placeholder: "EXPORTER",
      isRepeatable: true,
      help: `Also publish replication metrics under the names of another exporter: ${
        COMPAT_EXPORTERS.join(", ")
      }. The values are ours; docs/migration lists names and differences. By default none.`,
    },
    { name: "web.telemetry-path", placeholder: "PATH", default: "/metrics", help: "Path of the metrics." },
    {
      name: "web.max-requests",
      placeholder: "COUNT",
      default: "40",
      help: "Maximum number of concurrent scrapes; further ones get 503. 0 means no limit.",
    },
    {
      name: "web.config.file",
      placeholder: "FILE",
      help:
        "File with TLS, client certificates, logins (bcrypt), headers and a rate limit, in the format of " +
        "Prometheus's exporter-toolkit. Renewed certificates and changed logins take effect within a " +
        "second.",
    },
    {
      name: "web.enable-management",
      placeholder: "",
      default: "false",
      help: "Also serve POST /-/reload and the management API below /v1/ over the network: over TLS, with " +
        "logins or verified client certificates.",
    },
    {
      name: "web.allow-plain-management",
      placeholder: "",
      default: "false",
      help:
        "Also serve management without TLS or without authentication, to anyone who can reach the port. " +
        "Needs --web.enable-management.",
    },
    {
      name: "web.management-host",
      placeholder: "NAME",
      isRepeatable: true,
      help: "Name of this host, such as db1.example.com, that management requests without TLS may use, " +
        "besides addresses, names without a dot and those of --web.listen-address. Any other name could " +
        "have been made up by a web page.",
    },
  ],
  "Management": [
    {
      name: "management.socket",
      placeholder: "PATH",
      help: "Unix socket for ctl, open only to the exporter's user and root. By default " +
        "/run/pg-replication-exporter/ctl.sock if that directory is writable; none disables the socket.",
    },
  ],
  "Collection": [
    {
      name: "collect.interval",
      placeholder: "DURATION",
      default: "15s",
      help: "Interval between background collections of all servers.",
    },
    {
      name: "collect.max-age",
      placeholder: "DURATION",
      default: "1s",
      help: "Maximum age of the data in a scrape; older data starts a collection, and the scrape waits for " +
        "it.",
    },
    {
      name: "collect.deadline",
      placeholder: "DURATION",
      default: "2s",
      help:
        "Maximum duration of a collection; servers that have not responded by then are published as down " +
        "or stale.",
    },
    {
      name: "lag.sample-interval",
      placeholder: "DURATION",
      default: "1s",
      help:
        "Interval between samples of the primary's WAL position; the lag in seconds is accurate to this " +
        "interval.",
    },
    {
      name: "state.file",
      placeholder: "FILE",
      help:
        "File that keeps the history behind the lag in seconds, and the names of discovered servers, across " +
        "restarts; written every 30s and at exit. It must be in /var/lib/pg-replication-exporter, the only " +
        "directory the program may write to. By default there is none, and nothing is written.",
    },
  ],
  "Health score": [
    {
      name: "health.warning-bytes",
      placeholder: "SIZE",
      default: formatSize(warningLagBytes),
      help: "Lag in bytes above which the score loses 10 points.",
    },
    {
      name: "health.critical-bytes",
      placeholder: "SIZE",
      default: formatSize(criticalLagBytes),
      help: "Lag in bytes above which the score loses 30 points.",
    },
    {
      name: "health.warning-lag",
      placeholder: "DURATION",
      default: formatDuration(warningLagSeconds),
      help: "Lag above which a standby's score loses 5 points.",
    },
    {
      name: "health.critical-lag",
      placeholder: "DURATION",
      default: formatDuration(criticalLagSeconds),
      help: "Lag above which a standby's score loses 20 points.",
    },
  ],
  "Reports": [
    {
      name: "report.warning-lag",
      placeholder: "DURATION",
      default: formatDuration(DEFAULT_REPORT_THRESHOLDS.warningLagSeconds),
      help: "Lag above which reports and findings rate a standby as warning.",
    },
    {
      name: "report.critical-lag",
      placeholder: "DURATION",
      default: formatDuration(DEFAULT_REPORT_THRESHOLDS.criticalLagSeconds),
      help: "Lag above which reports and findings rate a standby as critical.",
    },
    {
      name: "report.warning-conflicts",
      placeholder: "COUNT",
      default: String(DEFAULT_REPORT_THRESHOLDS.warningConflicts),
      help: "Queries cancelled by recovery conflicts above which a report rates a standby as warning.",
    },
  ],
  "Consistency check": [
    {
      name: "consistency.table",
      placeholder: "TABLE",
      default: DEFAULT_CONSISTENCY.tables.join(","),
      isRepeatable: true,
      help:
        "A table to compare by rows and content between primary and standbys, and between both ends of every " +
        'watched subscription that has it: schema.table, with "quotes" where SQL needs them. The default is ' +
        "compared on standbys where it exists. The role needs SELECT on it.",
    },
    {
      name: "consistency.interval",
      placeholder: "DURATION",
      default: formatDuration(DEFAULT_CONSISTENCY.intervalSeconds),
      help:
        "Interval between comparisons of every table on every standby and subscriber, one at a time; 0 means never.",
    },
    {
      name: "consistency.statement-timeout",
      placeholder: "DURATION",
      default: formatDuration(DEFAULT_CONSISTENCY.statementTimeoutSeconds),
      help: "Statement timeout of the comparison; a table with a key is read in ranges of 5000 rows.",
    },
    {
      name: "consistency.max-rows",
      placeholder: "COUNT",
      default: String(DEFAULT_CONSISTENCY.maxRows),
      help: "Maximum number of rows that one check compares of one table on one standby; the next check " +
        "continues there.",
    },
    {
      name: "consistency.max-duration",
      placeholder: "DURATION",
      default: formatDuration(DEFAULT_CONSISTENCY.maxDurationSeconds),
      help:
        "Maximum duration of comparing one table on one standby; the next check continues where this one " +
        "stopped.",
    },
    {
      name: "consistency.max-lag",
      placeholder: "DURATION",
      default: formatDuration(DEFAULT_CONSISTENCY.maxLagSeconds),
      help:
        "Standbys and subscriptions that lag more are not compared; also the longest wait for one to replay " +
        "or apply a position.",
    },
  ],
  "Logical replication": [
    {
      name: "logical.databases-interval",
      placeholder: "DURATION",
      default: formatDuration(DEFAULT_DATABASES_INTERVAL_SECONDS),
      help:
        "Interval between readings of each database with publications or subscriptions, one at a time over a " +
        "connection of its own; 0 means never.",
    },
  ],
  "Logging": [
    {
      name: "log.level",
      placeholder: "LEVEL",
      default: "info",
      help: "Minimum level that is logged: debug, info, warn or error.",
    },
    {
      name: "log.format",
      placeholder: "FORMAT",
      default: "logfmt",
      help: "Log format: logfmt or json.",
    },
  ],
};

const COLLECTOR_DEFAULTS: FlagDefinition = {
  name: "collector.disable-defaults",
  placeholder: "",
  default: "false",
  help: "Disable every collector that is not enabled by name.",
};

const COMMANDS: readonly FlagDefinition[] = [
  { name: "help", placeholder: "", isCommand: true, help: "Show this help (also -h)." },
  { name: "version", placeholder: "", isCommand: true, help: "Show version and commit." },
];

function complete(group: string, definition: FlagDefinition): Flag {
  return {
    group,
    default: null,
    isRepeatable: false,
    isNegatable: false,
    isCommand: false,
    brief: "",
    commands: [],
    ...definition,
  };
}

/** The table of flags, in the order of the help; each collector gets `--[no-]collector.NAME`. */
export function defineFlags(collectors: readonly Pick<Collector, "name" | "help">[]): readonly Flag[] {
  const switches = collectors.map(({ name, help }): FlagDefinition => ({
    name: `collector.${name}`,
    placeholder: "",
    isNegatable: name !== REQUIRED_COLLECTOR,
    help: `${help.replace(/\.?$/, ".")} ${name === REQUIRED_COLLECTOR ? "Always on" : "On by default"}.`,
  }));
  return [
    ...Object.entries(GROUPS).flatMap(([group, flags]) => flags.map((flag) => complete(group, flag))),
    ...[COLLECTOR_DEFAULTS, ...switches].map((flag) => complete("Collectors", flag)),
    ...OWN_FLAGS.map((flag) => complete("Commands", flag)),
    ...COMMANDS.map((flag) => complete("Information", flag)),
  ];
}

/** Whether a flag is a setting, not a flag of single commands and no request for information. */
export function isSetting({ isCommand, commands }: Flag): boolean {
  return !isCommand && commands.length === 0;
}

/** The environment variable of a flag: `web.listen-address` is `PGREPL_WEB_LISTEN_ADDRESS`. */
export function environmentTwin(name: string): string {
  return `PGREPL_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;
}
