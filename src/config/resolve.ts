import { COMPAT_EXPORTERS } from "../domain/compat.ts";
import type { CollectorName } from "../domain/facts.ts";
import type { Environment } from "./classic.ts";
import type { ClusterConfig, Config, ListenAddress, ServerConfig } from "./config.ts";
import type { FileConfig } from "./file/file_config.ts";
import { readConsistency } from "./consistency.ts";
import { readLogical } from "./logical.ts";
import { formatListenAddress, parseHostName, parseListenAddress } from "./listen_address.ts";
import { readProbeModules } from "./probe_modules.ts";
import { type ParametersByName, readServerDefaults, readServers } from "./servers.ts";
import { type Setting, SettingReader, type Settings } from "./settings.ts";
import { durationBetween, formatDuration, formatSize, parseDuration, parseSize } from "./units.ts";

/** The sources of a configuration. */
export interface ConfigSources {
  /** Every setting, from the source that takes precedence. */
  readonly settings: Settings;
  /** The environment, for variables that do not belong to a setting (`POSTGRES_USER`, `PGHOST` etc.). */
  readonly environment: Environment;
  /** Reads a file whole. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** All collectors. */
  readonly collectors: readonly CollectorName[];
  /** The configuration file, for what is not a setting; absent or null without one. */
  readonly file?: FileConfig | null;
}

/** A configuration, and the parameters of its connections. */
export interface ResolvedConfig {
  /** The configuration. */
  readonly config: Config;
  /** Connection parameters with their sources, which are not part of the configuration: moving one changes nothing. */
  readonly connections: {
    /** Of servers. */
    readonly servers: ParametersByName;
    /** Of logins of `/probe`. */
    readonly modules: ParametersByName;
  };
}

/** The collector of a server's role and identity, which all others need. */
export const REQUIRED_COLLECTOR: CollectorName = "server";

function parseCount(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new SyntaxError(`Cannot parse count "${text}": expected a whole number from 0 to 999999`);
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65535) return port;
  throw new SyntaxError(`Cannot parse port "${text}": expected a whole number from 1 to 65535`);
}

/** Paths that serve something else. */
const TAKEN_PATH = /^\/(probe|sd|(-|v1|api|servers|runbooks)\/.*)$/;

function parseTelemetryPath(text: string): string {
  if (TAKEN_PATH.test(text)) {
    throw new SyntaxError(
      `Cannot use path "${text}": it serves something else, expected a path such as /metrics`,
    );
  }
  if (/^\/[\w./~-]*[\w~-]$/.test(text) && !text.includes("//")) return text;
  throw new SyntaxError(
    `Cannot use path "${text}": expected a path such as /metrics, not "/", of letters, digits and ._~-`,
  );
}

function oneOf<const T extends string>(choices: readonly T[]): (text: string) => T {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice !== undefined) return choice;
    throw new SyntaxError(`Unknown value "${text}": expected one of ${choices.join(", ")}`);
  };
}

function readCollectors(reader: SettingReader, all: readonly CollectorName[]): ReadonlySet<CollectorName> {
  const isEnabled = (name: CollectorName): boolean => {
    const setting = `collector.${name}`;
    return reader.get(setting) === undefined
      ? !reader.isOn("collector.disable-defaults")
      : reader.isOn(setting);
  };
  const required = reader.get(`collector.${REQUIRED_COLLECTOR}`);
  if (required?.values[0] === "false") {
    reader.problem(
      `${required.label}: collector "${REQUIRED_COLLECTOR}" cannot be disabled, all others depend on it`,
    );
  }
  return new Set(all.filter((name) => name === REQUIRED_COLLECTOR || isEnabled(name)));
}

function readListenAddresses(reader: SettingReader, environment: Environment): readonly ListenAddress[] {
  const given = reader.get("web.listen-address");
  const port = environment("EXPORTER_PORT")?.trim() ?? "";
  // EXPORTER_PORT, the older of the two, has the lower precedence.
  const setting = given?.origin === "default" && port !== ""
    ? { ...given, label: "EXPORTER_PORT", values: [`:${port}`] }
    : given;
  if (setting === undefined) return [];
  const addresses = reader.parseAll(setting, parseListenAddress);
  const seen = new Set<string>();
  for (const address of addresses) {
    const text = formatListenAddress(address);
    if (address.port !== 0 && seen.has(text)) {
      reader.problem(`${setting.label}: address "${text}" is given twice`);
    }
    seen.add(text);
  }
  return addresses;
}

/** Reads a warning threshold and the critical one, which must not be lower. */
function readThresholds(
  reader: SettingReader,
  group: "health" | "report",
  what: "bytes" | "lag",
): readonly [warning: number, critical: number] {
  const [parse, format] = what === "bytes" ? [parseSize, formatSize] : [parseDuration, formatDuration];
  const name = `${group}.warning-${what}`;
  // With these fallbacks an invalid threshold is not also reported as one in the wrong order.
  const warning = reader.read(name, { parse, fallback: 0 });
  const critical = reader.read(`${group}.critical-${what}`, { parse, fallback: Infinity });
  if (warning > critical) {
    const setting = reader.get(name);
    const place = setting?.origin === "file" ? `${setting.label}: ` : "";
    const limit = `--${group}.critical-${what}, which is ${format(critical)}`;
    reader.problem(`${place}--${name} is ${format(warning)}, expected at most ${limit}`);
  }
  return [warning, critical];
}

/** Clusters of the file that have a server; a flag or variable takes precedence over the settings of each. */
function readClusters(
  reader: SettingReader,
  { file, servers }: { readonly file: FileConfig | null; readonly servers: readonly ServerConfig[] },
): readonly ClusterConfig[] {
  const choose = (name: string, own: Setting | null): Setting | null => {
    const given = reader.get(name) ?? null;
    return given?.origin === "flag" || given?.origin === "environment" ? given : own ?? given;
  };
  const used = new Set(servers.map(({ cluster }) => cluster));
  return (file?.clusters ?? []).filter(({ name }) => used.has(name)).map((cluster) => {
    const expected = choose("expected-standbys", cluster.expectedStandbys);
    const count = cluster.expectedStandbys === expected && expected !== null
      ? reader.parseAll(expected, parseCount)[0]
      : reader.read("expected-standbys", { parse: parseCount, fallback: null });
    return {
      name: cluster.name,
      expectedStandbys: count ?? null,
      discoverStandbys: choose("discover-standbys", cluster.discoverStandbys)?.values[0] === "true",
      labels: cluster.labels,
    };
  });
}

/** Exporters whose names are published too, named one by one or in a list. */
function readCompat(reader: SettingReader): Pick<Config, "compat"> {
  const given = reader.get("compat");
  if (given === undefined) return {};
  const values = given.values.flatMap((text) => text.split(",")).map((text) => text.trim());
  const compat = new Set(
    reader.parseAll({ ...given, values: values.filter((text) => text !== "") }, oneOf(COMPAT_EXPORTERS)),
  );
  return compat.size === 0 ? {} : { compat };
}

/** Where standbys are discovered: each named cluster has its own setting. */
function readDiscovery(
  reader: SettingReader,
  clusters: readonly ClusterConfig[],
): NonNullable<Config["discovery"]> | null {
  const isOn = reader.isOn("discover-standbys");
  const given = reader.get("discover-port");
  const ports = given === undefined ? {} : { ports: reader.parseAll(given, parsePort) };
  if (clusters.length === 0) return isOn ? ports : null;
  const names = clusters.filter(({ discoverStandbys }) => discoverStandbys).map(({ name }) => name);
  const all = new Set([...(isOn ? [""] : []), ...names]);
  return all.size === 0 ? null : { clusters: all, ...ports };
}

/**
 * Resolves and validates the configuration.
 *
 * @param sources Settings, environment, files, collectors.
 * @returns The configuration, and the sources of its connection parameters.
 * @throws {ConfigError} With every problem found.
 */
export async function resolveConfig(sources: ConfigSources): Promise<ResolvedConfig> {
  const reader = new SettingReader(sources.settings);
  const duration = (name: string, least: number, most: number): number =>
    reader.read(name, { parse: durationBetween(least, most), fallback: least });
  const intervalSeconds = duration("collect.interval", 0.1, 3600);
  const deadlineSeconds = duration("collect.deadline", 0.05, 600);
  const [warningLagBytes, criticalLagBytes] = readThresholds(reader, "health", "bytes");
  const [warningLagSeconds, criticalLagSeconds] = readThresholds(reader, "health", "lag");
  const [reportWarningSeconds, reportCriticalSeconds] = readThresholds(reader, "report", "lag");
  const managementHost = reader.get("web.management-host");
  const settings = {
    expectedStandbys: reader.read("expected-standbys", { parse: parseCount, fallback: null }),
    collectors: readCollectors(reader, sources.collectors),
    ...readCompat(reader),
    collect: { intervalSeconds, maxAgeSeconds: duration("collect.max-age", 0, 3600), deadlineSeconds },
    lag: { sampleIntervalSeconds: duration("lag.sample-interval", 0.1, 60) },
    stateFile: reader.get("state.file")?.values[0] ?? null,
    web: {
      listenAddresses: readListenAddresses(reader, sources.environment),
      telemetryPath: reader.read("web.telemetry-path", { parse: parseTelemetryPath, fallback: "/metrics" }),
      maxRequests: reader.read("web.max-requests", { parse: parseCount, fallback: 0 }),
      configFile: reader.get("web.config.file")?.values[0] ?? null,
      enableManagement: reader.isOn("web.enable-management"),
      allowPlainManagement: reader.isOn("web.allow-plain-management"),
      managementHosts: managementHost === undefined ? [] : reader.parseAll(managementHost, parseHostName),
    },
    managementSocket: reader.get("management.socket")?.values[0] ?? null,
    log: {
      level: reader.read("log.level", {
        parse: oneOf(["debug", "info", "warn", "error"]),
        fallback: "info" as const,
      }),
      format: reader.read("log.format", { parse: oneOf(["logfmt", "json"]), fallback: "logfmt" as const }),
    },
    health: { warningLagBytes, criticalLagBytes, warningLagSeconds, criticalLagSeconds },
    report: {
      warningLagSeconds: reportWarningSeconds,
      criticalLagSeconds: reportCriticalSeconds,
      warningConflicts: reader.read("report.warning-conflicts", { parse: parseCount, fallback: 0 }),
    },
    consistency: readConsistency(reader),
    logical: readLogical(reader),
  };
  const defaults = await readServerDefaults(reader, sources);
  const { servers, parameters: ofServers } = await readServers(reader, { ...sources, defaults });
  const { probe, parameters: ofModules } = await readProbeModules(reader, { ...sources, defaults });
  const clusters = readClusters(reader, { file: sources.file ?? null, servers });
  reader.finish();
  const config: Config = {
    ...settings,
    servers,
    discovery: readDiscovery(reader, clusters),
    ...(sources.file ? { clusters, probe, configFile: sources.file.path } : {}),
  };
  return { config, connections: { servers: ofServers, modules: ofModules } };
}
