/**
 * The validated configuration: defaults applied, units resolved; nothing downstream checks it again.
 *
 * @module
 */
import type { CompatExporter } from "../domain/compat.ts";
import type { CollectorName } from "../domain/facts.ts";
import type { HealthThresholds, ReportThresholds } from "../domain/thresholds.ts";
import type { LibpqSettings } from "./libpq_settings.ts";
import type { Secret } from "./secret.ts";

/** libpq's `sslmode`. */
export type SslMode = "disable" | "allow" | "prefer" | "require" | "verify-ca" | "verify-full";

/** How to connect to one server, with libpq's meaning. */
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
  /** Name of our sessions in `pg_stat_activity`. */
  readonly applicationName: string;
  /** libpq's `options`, e.g. `-c search_path=x`; "" when none. */
  readonly options: string;
  /** `connect_timeout` of the connection string in seconds; null: the collection's deadline applies. */
  readonly connectTimeoutSeconds: number | null;
  /** Other settings of a connection string; {@linkcode DEFAULT_LIBPQ_SETTINGS} when absent. */
  readonly libpq?: LibpqSettings;
}

/** One server to watch. */
export interface ServerConfig {
  /** Its name: the `instance` label, unique. */
  readonly name: string;
  /** Name of its cluster; "" when it is in no named cluster. */
  readonly cluster: string;
  /** How to reach it. */
  readonly target: ConnectionTarget;
  /** Labels of all its series, in addition to `instance` and `cluster`; absent when there are none. */
  readonly labels?: ReadonlyMap<string, string>;
}

/** A cluster of the configuration file. */
export interface ClusterConfig {
  /** Its name: the `cluster` label, unique. */
  readonly name: string;
  /** Standbys it should have; null: all its watched servers but one. */
  readonly expectedStandbys: number | null;
  /** Whether standbys that are not configured are discovered and watched. */
  readonly discoverStandbys: boolean;
  /** Labels of the series of all its servers, discovered ones included; its configured servers have them too. */
  readonly labels?: ReadonlyMap<string, string>;
}

/** Which tables are compared between primary and standbys, and within which limits. */
export interface ConsistencyConfig {
  /** Tables, as `schema.table`; one that does not exist on a server is skipped. */
  readonly tables: readonly string[];
  /** Whether they are the default, so that a missing table is not reported; absent: no. */
  readonly isDefaultTable?: boolean;
  /** Interval between checks of a table, seconds. */
  readonly intervalSeconds: number;
  /** Statement timeout, seconds. */
  readonly statementTimeoutSeconds: number;
  /** Most rows of one table read in one check. */
  readonly maxRows: number;
  /** Longest check of one table, seconds. */
  readonly maxDurationSeconds: number;
  /** A standby with more lag is skipped, seconds. */
  readonly maxLagSeconds: number;
}

/** What is read of logical replication besides what every collection reads. */
export interface LogicalConfig {
  /** Interval between readings of a database with publications or subscriptions, seconds; 0: never. */
  readonly databasesIntervalSeconds: number;
}

/** A login that `/probe` uses, chosen by name. */
export interface ProbeModule {
  /** Its name: `auth_module`. */
  readonly name: string;
  /** How it logs in; host and port are replaced by those of the probe. */
  readonly target: ConnectionTarget;
}

/** What `/probe` may connect to. */
export interface ProbeConfig {
  /** Modules by name. */
  readonly modules: ReadonlyMap<string, ProbeModule>;
  /** Hosts that may be probed in addition to the configured servers: names, `*.suffix`, addresses or CIDR networks. */
  readonly allowedTargets: readonly string[];
}

/** An address to listen on. */
export interface ListenAddress {
  /** Host name or address; "" for all addresses. */
  readonly hostname: string;
  /** Port; 0 lets the system choose. */
  readonly port: number;
}

/** The configuration of `serve`. */
export interface Config {
  /** Servers, at least one, names unique. */
  readonly servers: readonly ServerConfig[];
  /** Standbys a cluster without a name should have; null: all its watched servers but one. */
  readonly expectedStandbys: number | null;
  /** How standbys that are not configured are discovered and watched; absent or null when they are not. */
  readonly discovery?: {
    /** Names of the clusters in which they are discovered, "" for servers in none; absent: in all. */
    readonly clusters?: ReadonlySet<string>;
    /** Ports on which they may listen, in addition to those of known servers; absent: none. */
    readonly ports?: readonly number[];
  } | null;
  /** Collectors that run. */
  readonly collectors: ReadonlySet<CollectorName>;
  /** Exporters whose metrics are published under their names too; absent: none. */
  readonly compat?: ReadonlySet<CompatExporter>;
  /** Collection. */
  readonly collect: {
    /** Interval of background collections, seconds. */
    readonly intervalSeconds: number;
    /** A scrape that finds older data starts a collection, seconds. */
    readonly maxAgeSeconds: number;
    /** Longest collection, seconds. */
    readonly deadlineSeconds: number;
  };
  /** The lag clock. */
  readonly lag: {
    /** Interval between samples of the primary's position, seconds. */
    readonly sampleIntervalSeconds: number;
  };
  /** Path of the file that keeps the lag clock's history across restarts; absent or null when there is none. */
  readonly stateFile?: string | null;
  /** The HTTP server. */
  readonly web: {
    /** Addresses to listen on. */
    readonly listenAddresses: readonly ListenAddress[];
    /** Path of the metrics, begins with `/`. */
    readonly telemetryPath: string;
    /** Concurrent scrapes; further ones get 503. 0: no limit. */
    readonly maxRequests: number;
    /** Path of the web configuration, in the format of exporter-toolkit; absent or null when there is none. */
    readonly configFile?: string | null;
    /** Whether `POST /-/reload` and the management API are available over the network; absent: no. */
    readonly enableManagement?: boolean;
    /** Whether they are even without TLS or without authenticated clients; absent: no. */
    readonly allowPlainManagement?: boolean;
    /** Host names, in lower case, under which they are available over plain HTTP, in addition to addresses; absent: none. */
    readonly managementHosts?: readonly string[];
  };
  /** Path of the management socket, `none` for none; absent or null: the default path when it is available. */
  readonly managementSocket?: string | null;
  /** Logging. */
  readonly log: {
    /** Lowest level that is logged. */
    readonly level: "debug" | "info" | "warn" | "error";
    /** Format of a line. */
    readonly format: "logfmt" | "json";
  };
  /** Thresholds of `pg_replication_health_score`. */
  readonly health: HealthThresholds;
  /** Thresholds of reports; {@linkcode DEFAULT_REPORT_THRESHOLDS} when absent. */
  readonly report?: ReportThresholds;
  /** Clusters of the configuration file; absent or empty when there are none. */
  readonly clusters?: readonly ClusterConfig[];
  /** Consistency checks; absent or null when they are off. */
  readonly consistency?: ConsistencyConfig | null;
  /** Logical replication; absent: no database is read. */
  readonly logical?: LogicalConfig;
  /** What `/probe` may do; absent or null: probe the configured servers only. */
  readonly probe?: ProbeConfig | null;
  /** Path of the configuration file; absent or null when there is none. */
  readonly configFile?: string | null;
}
