/**
 * From arguments, environment and file to settings: one table of flags, which everything else follows.
 *
 * @module
 */
import type { Collector } from "../../collectors/collector.ts";
import { DEFAULT_CONSISTENCY } from "../../config/consistency.ts";
import { REQUIRED_COLLECTOR } from "../../config/resolve.ts";
import { formatDuration, formatSize } from "../../config/units.ts";
import { DEFAULT_HEALTH_THRESHOLDS, DEFAULT_REPORT_THRESHOLDS } from "../../domain/thresholds.ts";
import { OWN_FLAGS } from "./own_flags.ts";

/** One flag: parsing, `--help`, suggestions, the environment and the documentation follow from it. */
export interface Flag {
  /** Name without the leading `--`. */
  readonly name: string;
  /** What stands for its value in the help, e.g. `DURATION`; "" for a switch, which has none. */
  readonly placeholder: string;
  /** What it does, one or two sentences. */
  readonly help: string;
  /** Heading under which the help lists it. */
  readonly group: string;
  /** Its value when it is not given, as it would be written; `null` when it has none. */
  readonly default: string | null;
  /** Whether it may be given several times. */
  readonly isRepeatable: boolean;
  /** Whether `--no-NAME` exists; only for a switch. */
  readonly isNegatable: boolean;
  /** Whether it is a request for information rather than a setting: no environment twin. */
  readonly isCommand: boolean;
  /** Names of the commands whose own flag it is, without an environment twin; empty when it is a setting of all. */
  readonly commands: readonly string[];
}

/** A flag as it is defined; what is left out is as for a setting with a value and without a default. */
export type FlagDefinition = Pick<Flag, "name" | "placeholder" | "help"> & Partial<Flag>;

const { warningLagBytes, criticalLagBytes, warningLagSeconds, criticalLagSeconds } =
  DEFAULT_HEALTH_THRESHOLDS;

const GROUPS: Readonly<Record<string, readonly FlagDefinition[]>> = {
  "Servers": [
    {
      name: "config.file",
      placeholder: "FILE",
      help:
        "Configuration file (YAML): clusters and servers with their labels, logins of /probe, and every setting that " +
        "has a flag. Flags and variables go before it; servers given with --server replace all of its servers.",
    },
    {
      name: "server",
      placeholder: "NAME=DSN",
      isRepeatable: true,
      help:
        "A server to watch: its name (the instance label) and its connection string as libpq takes it, a URI or " +
        "keywords and values. Give the password in POSTGRES_PASSWORD, POSTGRES_PASSWORD_FILE or PGPASSWORD.",
    },
    {
      name: "expected-standbys",
      placeholder: "COUNT",
      help:
        "Standbys the primary should have; by default the number of servers less one, discovered ones included.",
    },
    {
      name: "discover-standbys",
      placeholder: "",
      default: "false",
      help:
        "Also watch the standbys that stream from a watched server and are not given: at the address they connect " +
        "from, with that server's port, login and TLS settings (for verify-full the certificate must name that " +
        "address). One that answers must be a standby of the same cluster; else its address is tried again after a " +
        "minute, later every hour. It is watched until it has been gone for a day; at most 50 are. Whoever may log " +
        "in for replication thereby says where the login is tried.",
    },
  ],
  "Web": [
    {
      name: "web.listen-address",
      placeholder: "ADDRESS",
      default: ":9188",
      isRepeatable: true,
      help: "Address to listen on: host:port, or :port for every address. Port 0 lets the system choose.",
    },
    { name: "web.telemetry-path", placeholder: "PATH", default: "/metrics", help: "Path of the metrics." },
    {
      name: "web.max-requests",
      placeholder: "COUNT",
      default: "40",
      help: "Scrapes answered at the same time; further ones are told 503. 0 means no limit.",
    },
    {
      name: "web.config.file",
      placeholder: "FILE",
      help:
        "File with TLS, client certificates, logins (bcrypt), headers and a rate limit, in the format of Prometheus's " +
        "exporter-toolkit. It is followed: renewed certificates and changed logins hold within a second.",
    },
    {
      name: "web.enable-management",
      placeholder: "",
      default: "false",
      help:
        "Let POST /-/reload and the management API below /v1/ answer over the network too: over TLS, with logins or " +
        "verified client certificates.",
    },
    {
      name: "web.allow-plain-management",
      placeholder: "",
      default: "false",
      help:
        "Let them answer without TLS or without knowing the client as well, to whoever reaches the port. Needs " +
        "--web.enable-management.",
    },
    {
      name: "web.management-host",
      placeholder: "NAME",
      isRepeatable: true,
      help:
        "Name of this host, such as db1.example.com, by which management is asked for without TLS, besides addresses, " +
        "names without a dot and those of --web.listen-address. Any other may be one that a web page has made up.",
    },
  ],
  "Management": [
    {
      name: "management.socket",
      placeholder: "PATH",
      help: "Unix socket for ctl, open to our own user and root only. By default " +
        "/run/pg-replication-exporter/ctl.sock when that directory can be written to; none means no socket.",
    },
  ],
  "Collection": [
    {
      name: "collect.interval",
      placeholder: "DURATION",
      default: "15s",
      help: "How often all servers are collected in the background.",
    },
    {
      name: "collect.max-age",
      placeholder: "DURATION",
      default: "1s",
      help: "A scrape that finds older data starts a collection and waits for it.",
    },
    {
      name: "collect.deadline",
      placeholder: "DURATION",
      default: "2s",
      help: "Longest collection; servers that have not answered by then are published as down or stale.",
    },
    {
      name: "lag.sample-interval",
      placeholder: "DURATION",
      default: "1s",
      help: "How often the primary's WAL position is sampled; the lag in seconds is exact to this.",
    },
    {
      name: "state.file",
      placeholder: "FILE",
      help:
        "File that keeps the history behind the lag in seconds over a restart; written every 30s and at the end. It " +
        "lies in /var/lib/pg-replication-exporter, the only directory that the program may write to. By default " +
        "there is none, and nothing is written anywhere.",
    },
  ],
  "Health score": [
    {
      name: "health.warning-bytes",
      placeholder: "SIZE",
      default: formatSize(warningLagBytes),
      help: "Lag in bytes over which the score loses 10 points.",
    },
    {
      name: "health.critical-bytes",
      placeholder: "SIZE",
      default: formatSize(criticalLagBytes),
      help: "Lag in bytes over which the score loses 30 points.",
    },
    {
      name: "health.warning-lag",
      placeholder: "DURATION",
      default: formatDuration(warningLagSeconds),
      help: "Lag over which a standby's score loses 5 points.",
    },
    {
      name: "health.critical-lag",
      placeholder: "DURATION",
      default: formatDuration(criticalLagSeconds),
      help: "Lag over which a standby's score loses 20 points.",
    },
  ],
  "Reports": [
    {
      name: "report.warning-lag",
      placeholder: "DURATION",
      default: formatDuration(DEFAULT_REPORT_THRESHOLDS.warningLagSeconds),
      help: "Lag over which reports and findings call a standby a warning.",
    },
    {
      name: "report.critical-lag",
      placeholder: "DURATION",
      default: formatDuration(DEFAULT_REPORT_THRESHOLDS.criticalLagSeconds),
      help: "Lag over which reports and findings call a standby critical.",
    },
    {
      name: "report.warning-conflicts",
      placeholder: "COUNT",
      default: String(DEFAULT_REPORT_THRESHOLDS.warningConflicts),
      help: "Queries cancelled by recovery conflicts over which a report calls a standby a warning.",
    },
  ],
  "Consistency check": [
    {
      name: "consistency.table",
      placeholder: "TABLE",
      default: DEFAULT_CONSISTENCY.tables.join(","),
      isRepeatable: true,
      help:
        'A table that is compared between primary and standbys by rows and content: schema.table, with "quotes" where ' +
        "SQL needs them. The default is compared where it exists. The role needs SELECT on it.",
    },
    {
      name: "consistency.interval",
      placeholder: "DURATION",
      default: formatDuration(DEFAULT_CONSISTENCY.intervalSeconds),
      help: "How often every table is compared on every standby, one at a time; 0 means never.",
    },
    {
      name: "consistency.statement-timeout",
      placeholder: "DURATION",
      default: formatDuration(DEFAULT_CONSISTENCY.statementTimeoutSeconds),
      help: "Longest statement of the comparison; a table with a key is read in ranges of 5000 rows.",
    },
    {
      name: "consistency.max-rows",
      placeholder: "COUNT",
      default: String(DEFAULT_CONSISTENCY.maxRows),
      help: "Most rows of one table that one check compares on one standby; the next one goes on there.",
    },
    {
      name: "consistency.max-duration",
      placeholder: "DURATION",
      default: formatDuration(DEFAULT_CONSISTENCY.maxDurationSeconds),
      help: "Longest comparison of one table on one standby; the next one goes on where it ended.",
    },
    {
      name: "consistency.max-lag",
      placeholder: "DURATION",
      default: formatDuration(DEFAULT_CONSISTENCY.maxLagSeconds),
      help:
        "A standby that is further behind is left alone; also the longest wait for it to apply a position.",
    },
  ],
  "Logging": [
    {
      name: "log.level",
      placeholder: "LEVEL",
      default: "info",
      help: "Least level that is logged: debug, info, warn or error.",
    },
    {
      name: "log.format",
      placeholder: "FORMAT",
      default: "logfmt",
      help: "Form of the log: logfmt or json.",
    },
  ],
};

const COLLECTOR_DEFAULTS: FlagDefinition = {
  name: "collector.disable-defaults",
  placeholder: "",
  default: "false",
  help: "Switch off every collector that is not switched on by name.",
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
    commands: [],
    ...definition,
  };
}

/**
 * The one table of flags.
 *
 * @param collectors Every collector; each gets `--[no-]collector.NAME`.
 * @returns Flags in the order in which the help lists them.
 */
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

/**
 * Whether a flag is a setting of the program, not a command's own and no request for information.
 *
 * @param flag The flag.
 */
export function isSetting({ isCommand, commands }: Flag): boolean {
  return !isCommand && commands.length === 0;
}

/**
 * The variable that stands in for a flag: `PGREPL_` and the name in capitals, everything else an underscore.
 *
 * @param name The flag's name, e.g. `web.listen-address`.
 * @returns The variable's name, e.g. `PGREPL_WEB_LISTEN_ADDRESS`.
 */
export function environmentTwin(name: string): string {
  return `PGREPL_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`;
}
