/**
 * The validated configuration: defaults applied, units resolved, nothing downstream checks again.
 *
 * @module
 */
import type { CollectorName } from "../domain/facts.ts";
import type { HealthThresholds, ReportThresholds } from "../domain/thresholds.ts";
import type { LibpqSettings } from "./libpq_settings.ts";
import type { Secret } from "./secret.ts";

/** libpq's `sslmode`. */
export type SslMode = "disable" | "allow" | "prefer" | "require" | "verify-ca" | "verify-full";

/** How to connect to one server, as libpq understands a connection string. */
export interface ConnectionTarget {
  /** Host name, address, or the directory of a Unix socket (begins with `/`). */
  readonly host: string;
  /** Address to connect to instead of resolving `host`; "" when unset. */
  readonly hostAddress: string;
  /** TCP port. */
  readonly port: number;
  /** Role to log in as. */
  readonly user: string;
  /** Its password; null when none is known. */
  readonly password: Secret | null;
  /** Database name. */
  readonly database: string;
  /** TLS, with libpq's meaning. */
  readonly sslMode: SslMode;
  /** Path of the root certificates; "" for the system's own. */
  readonly sslRootCert: string;
  /** Path of the client certificate; "" when none. */
  readonly sslCert: string;
  /** Path of the client key; "" when none. */
  readonly sslKey: string;
  /** What `pg_stat_activity` shows for us. */
  readonly applicationName: string;
  /** libpq's `options`, e.g. `-c search_path=x`; "" when none. */
  readonly options: string;
  /** `connect_timeout` of the connection string in seconds; null: the collection's deadline applies. */
  readonly connectTimeoutSeconds: number | null;
  /** What a connection string can ask for besides; {@linkcode DEFAULT_LIBPQ_SETTINGS} when absent. */
  readonly libpq?: LibpqSettings;
}

/** One server to watch. */
export interface ServerConfig {
  /** The user's name for it: the `instance` label, unique. */
  readonly name: string;
  /** Name of its cluster; "" when the configuration names none. */
  readonly cluster: string;
  /** How to reach it. */
  readonly target: ConnectionTarget;
  /** Labels that the configuration file gives all its series, besides `instance` and `cluster`; absent when none. */
  readonly labels?: ReadonlyMap<string, string>;
}

/** What the configuration file says of one cluster. */
export interface ClusterConfig {
  /** Its name: the `cluster` label, unique. */
  readonly name: string;
  /** Standbys its primary should have; null: its configured servers less one, discovered ones besides. */
  readonly expectedStandbys: number | null;
  /** Whether standbys that nobody configured are found and watched. */
  readonly discoverStandbys: boolean;
  /** Labels of the series of all its servers, discovered ones included; its configured servers hold them too. */
  readonly labels?: ReadonlyMap<string, string>;
}

/** Which tables are compared between primary and standbys, and how gently. */
export interface ConsistencyConfig {
  /** Tables, as `schema.table`; one that a server does not have is skipped. */
  readonly tables: readonly string[];
  /** Whether nobody named them, so that it is nothing to speak of when there is none; absent: somebody did. */
  readonly isDefaultTable?: boolean;
  /** How often each table is checked, seconds. */
  readonly intervalSeconds: number;
  /** Longest statement, seconds. */
  readonly statementTimeoutSeconds: number;
  /** Most rows of one table that are read in one check. */
  readonly maxRows: number;
  /** Longest check of one table, seconds. */
  readonly maxDurationSeconds: number;
  /** A standby whose lag is higher is not read, seconds. */
  readonly maxLagSeconds: number;
}

/** A login that `/probe` uses for targets it is asked for by name. */
export interface ProbeModule {
  /** Its name: `auth_module`. */
  readonly name: string;
  /** How it logs in; host and port are stand-ins for those of the probe. */
  readonly target: ConnectionTarget;
}

/** What `/probe` may connect to. */
export interface ProbeConfig {
  /** Modules by name. */
  readonly modules: ReadonlyMap<string, ProbeModule>;
  /** Hosts that may be probed besides the configured ones: names, `*.suffix`, addresses or networks in CIDR form. */
  readonly allowedTargets: readonly string[];
}

/** An address to listen on. */
export interface ListenAddress {
  /** Host name or address; "" for every address. */
  readonly hostname: string;
  /** Port; 0 lets the system choose. */
  readonly port: number;
}

/** Everything `serve` needs to know. */
export interface Config {
  /** Servers, at least one, names unique. */
  readonly servers: readonly ServerConfig[];
  /** Standbys a primary in no named cluster should have; the configured standbys when not set otherwise. */
  readonly expectedStandbys: number | null;
  /** How standbys that nobody configured are found and watched; absent or null when they are not. */
  readonly discovery?: {
    /** Whether each one that is found in no named cluster is expected besides: when the number was not given. */
    readonly areExpected: boolean;
    /** Names of the clusters in which they are found, "" for servers in none; absent: in all. */
    readonly clusters?: ReadonlySet<string>;
  } | null;
  /** Collectors that run. */
  readonly collectors: ReadonlySet<CollectorName>;
  /** When data is collected. */
  readonly collect: {
    /** Background collection, seconds. */
    readonly intervalSeconds: number;
    /** A scrape that finds older data starts a collection, seconds. */
    readonly maxAgeSeconds: number;
    /** Longest collection, seconds. */
    readonly deadlineSeconds: number;
  };
  /** The lag clock. */
  readonly lag: {
    /** How often the primary's position is sampled, seconds. */
    readonly sampleIntervalSeconds: number;
  };
  /** Path of the file that keeps the lag clock's history over a restart; absent or null when there is none. */
  readonly stateFile?: string | null;
  /** The HTTP server. */
  readonly web: {
    /** Addresses to listen on. */
    readonly listenAddresses: readonly ListenAddress[];
    /** Path of the metrics, begins with `/`. */
    readonly telemetryPath: string;
    /** Scrapes answered at once; more are told 503. 0: no limit. */
    readonly maxRequests: number;
    /** Path of the file with TLS and logins, as exporter-toolkit has it; absent or null when there is none. */
    readonly configFile?: string | null;
    /** Whether `POST /-/reload` and the management API answer over the network; absent: no. */
    readonly enableManagement?: boolean;
    /** Whether they do so without TLS, or without knowing the client, too; absent: no. */
    readonly allowPlainManagement?: boolean;
    /** Names by which they may be asked for over plain HTTP, besides addresses, in small letters; absent: none. */
    readonly managementHosts?: readonly string[];
  };
  /** Path of the management socket, `none` for none; absent or null: the usual path when that can be had. */
  readonly managementSocket?: string | null;
  /** Logging. */
  readonly log: {
    /** Least level that is written. */
    readonly level: "debug" | "info" | "warn" | "error";
    /** Form of a line. */
    readonly format: "logfmt" | "json";
  };
  /** Thresholds of `pg_replication_health_score`. */
  readonly health: HealthThresholds;
  /** Thresholds of reports; {@linkcode DEFAULT_REPORT_THRESHOLDS} when absent. */
  readonly report?: ReportThresholds;
  /** Clusters that the configuration file names; absent or empty when it names none. */
  readonly clusters?: readonly ClusterConfig[];
  /** Consistency checks; absent or null when there are none. */
  readonly consistency?: ConsistencyConfig | null;
  /** What `/probe` may do; absent or null when nothing but the configured servers. */
  readonly probe?: ProbeConfig | null;
  /** Path of the configuration file; absent or null when there is none. */
  readonly configFile?: string | null;
}
