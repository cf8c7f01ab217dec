import type { CollectorName } from "../domain/facts.ts";
import type { Environment } from "./classic.ts";
import type { ClusterConfig, Config, ListenAddress, ServerConfig } from "./config.ts";
import type { FileConfig } from "./file/file_config.ts";
import { readConsistency } from "./consistency.ts";
import { formatListenAddress, parseHostName, parseListenAddress } from "./listen_address.ts";
import { readProbeModules } from "./probe_modules.ts";
import { type ParametersByName, readServerDefaults, readServers } from "./servers.ts";
import { type Setting, SettingReader, type Settings } from "./settings.ts";
import { formatDuration, formatSize, parseDuration, parseSize } from "./units.ts";

/** What a configuration is made of. */
export interface ConfigSources {
  /** Every setting, flag before environment before default. */
  readonly settings: Settings;
  /** The environment, for the variables that are no setting's twin (`POSTGRES_USER`, `PGHOST` and the like). */
  readonly environment: Environment;
  /** Reads a file whole. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Every collector there is. */
  readonly collectors: readonly CollectorName[];
  /** What the configuration file says besides settings, which are among the settings; absent or null without one. */
  readonly file?: FileConfig | null;
}

/** A configuration, and what its connections were made of. */
export interface ResolvedConfig {
  /** The configuration. */
  readonly config: Config;
  /** The parameters of connections with their sources: not in the configuration, which stays the same when they move. */
  readonly connections: {
    /** Of servers. */
    readonly servers: ParametersByName;
    /** Of logins of `/probe`. */
    readonly modules: ParametersByName;
  };
}

/** The collector that tells role and identity: without it nothing of a server can be understood. */
export const REQUIRED_COLLECTOR: CollectorName = "server";

function durationBetween(least: number, most: number): (text: string) => number {
  return (text) => {
    const seconds = parseDuration(text);
    if (seconds >= least && seconds <= most) return seconds;
    throw new RangeError(
      `Duration is ${text}, expected from ${formatDuration(least)} to ${formatDuration(most)}`,
    );
  };
}

function parseCount(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new SyntaxError(`Cannot parse count "${text}": expected a whole number from 0 to 999999`);
}

/** Paths that are something else: metrics at one of them would never be asked for, or hide it. */
const TAKEN_PATH = /^\/(probe|sd|(-|v1|api|servers)\/.*)$/;

function parseTelemetryPath(text: string): string {
  if (TAKEN_PATH.test(text)) {
    throw new SyntaxError(
      `Cannot use path "${text}": something else is served there, expected a path such as /metrics`,
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
  const isSwitchedOn = (name: string): boolean | undefined => {
    const value = reader.get(name)?.values[0];
    return value === undefined ? undefined : value === "true";
  };
  const byDefault = isSwitchedOn("collector.disable-defaults") !== true;
  if (isSwitchedOn(`collector.${REQUIRED_COLLECTOR}`) === false) {
    const label = reader.get(`collector.${REQUIRED_COLLECTOR}`)?.label ?? REQUIRED_COLLECTOR;
    reader.problem(
      `${label}: collector "${REQUIRED_COLLECTOR}" cannot be switched off, all others depend on it`,
    );
  }
  return new Set(
    all.filter((name) => name === REQUIRED_COLLECTOR || (isSwitchedOn(`collector.${name}`) ?? byDefault)),
  );
}

function readListenAddresses(reader: SettingReader, environment: Environment): readonly ListenAddress[] {
  const setting = reader.get("web.listen-address");
  const classicPort = environment("EXPORTER_PORT")?.trim() ?? "";
  // EXPORTER_PORT is older than the flag and gives way to it, as to its twin in the environment.
  const [label, texts] = setting?.origin === "default" && classicPort !== ""
    ? ["EXPORTER_PORT", [`:${classicPort}`]]
    : [setting?.label ?? "web.listen-address", setting?.values ?? []];
  const origin = setting?.origin ?? "default";
  const addresses = texts.flatMap((text) =>
    reader.attemptSetting({ values: [text], origin, label }, () => parseListenAddress(text)) ?? []
  );
  const seen = new Set<string>();
  for (const listen of addresses) {
    const address = formatListenAddress(listen);
    if (listen.port !== 0 && seen.has(address)) {
      reader.problem(`${label}: address "${address}" is given twice`);
    }
    seen.add(address);
  }
  return addresses;
}

function readManagementHosts(reader: SettingReader): readonly string[] {
  const setting = reader.get("web.management-host");
  if (setting === undefined) return [];
  return setting.values.flatMap((text) =>
    reader.attemptSetting({ ...setting, values: [text] }, () => parseHostName(text)) ?? []
  );
}

/** Notes a warning threshold above its critical one. */
function checkOrder(
  reader: SettingReader,
  pair: {
    readonly group: "health" | "report";
    readonly name: string;
    readonly warning: number;
    readonly critical: number;
    format(value: number): string;
  },
): void {
  if (pair.warning <= pair.critical) return;
  const given = reader.get(`${pair.group}.warning-${pair.name}`);
  const place = given?.origin === "file" ? `${given.label}: ` : "";
  reader.problem(
    `${place}--${pair.group}.warning-${pair.name} is ${
      pair.format(pair.warning)
    }, expected at most --${pair.group}.critical-${pair.name}, which is ${pair.format(pair.critical)}`,
  );
}

/** Clusters of the file that have a server, with what a flag or variable says before what the file says of each. */
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
      ? reader.attemptSetting(expected, () => parseCount(expected.values[0] ?? ""))
      : reader.read("expected-standbys", { parse: parseCount, fallback: null });
    return {
      name: cluster.name,
      expectedStandbys: count ?? null,
      discoverStandbys: choose("discover-standbys", cluster.discoverStandbys)?.values[0] === "true",
      labels: cluster.labels,
    };
  });
}

/** Where standbys are discovered: in named clusters as each says, elsewhere as the setting says. */
function readDiscovery(
  reader: SettingReader,
  { clusters, isCounted }: { readonly clusters: readonly ClusterConfig[]; readonly isCounted: boolean },
): NonNullable<Config["discovery"]> | null {
  const isOn = reader.get("discover-standbys")?.values[0] === "true";
  const areExpected = isOn && !isCounted;
  if (clusters.length === 0) return isOn ? { areExpected } : null;
  const names = clusters.filter(({ discoverStandbys }) => discoverStandbys).map(({ name }) => name);
  const all = new Set([...(isOn ? [""] : []), ...names]);
  return all.size === 0 ? null : { areExpected, clusters: all };
}

/**
 * Makes the validated configuration.
 *
 * @param sources Settings, environment, files, collectors.
 * @returns The configuration, and where the parameters of its connections are from.
 * @throws {ConfigError} With every problem found.
 */
export async function resolveConfig(sources: ConfigSources): Promise<ResolvedConfig> {
  const reader = new SettingReader(sources.settings);
  const duration = (name: string, least: number, most: number): number =>
    reader.read(name, { parse: durationBetween(least, most), fallback: least });
  const intervalSeconds = duration("collect.interval", 0.1, 3600);
  const deadlineSeconds = duration("collect.deadline", 0.05, 600);
  // Fallbacks such that a threshold that is wrong is one problem, not also a second one about its order.
  const health = {
    warningLagBytes: reader.read("health.warning-bytes", { parse: parseSize, fallback: 0 }),
    criticalLagBytes: reader.read("health.critical-bytes", { parse: parseSize, fallback: Infinity }),
    warningLagSeconds: reader.read("health.warning-lag", { parse: parseDuration, fallback: 0 }),
    criticalLagSeconds: reader.read("health.critical-lag", { parse: parseDuration, fallback: Infinity }),
  };
  checkOrder(reader, {
    group: "health",
    name: "bytes",
    warning: health.warningLagBytes,
    critical: health.criticalLagBytes,
    format: formatSize,
  });
  checkOrder(reader, {
    group: "health",
    name: "lag",
    warning: health.warningLagSeconds,
    critical: health.criticalLagSeconds,
    format: formatDuration,
  });
  const report = {
    warningLagSeconds: reader.read("report.warning-lag", { parse: parseDuration, fallback: 0 }),
    criticalLagSeconds: reader.read("report.critical-lag", { parse: parseDuration, fallback: Infinity }),
    warningConflicts: reader.read("report.warning-conflicts", { parse: parseCount, fallback: 0 }),
  };
  checkOrder(reader, {
    group: "report",
    name: "lag",
    warning: report.warningLagSeconds,
    critical: report.criticalLagSeconds,
    format: formatDuration,
  });
  const listenAddresses = readListenAddresses(reader, sources.environment);
  const collectors = readCollectors(reader, sources.collectors);
  const settings = {
    expectedStandbys: reader.read("expected-standbys", { parse: parseCount, fallback: null }),
    collectors,
    collect: { intervalSeconds, maxAgeSeconds: duration("collect.max-age", 0, 3600), deadlineSeconds },
    lag: { sampleIntervalSeconds: duration("lag.sample-interval", 0.1, 60) },
    stateFile: reader.get("state.file")?.values[0] ?? null,
    web: {
      listenAddresses,
      telemetryPath: reader.read("web.telemetry-path", { parse: parseTelemetryPath, fallback: "/metrics" }),
      maxRequests: reader.read("web.max-requests", { parse: parseCount, fallback: 0 }),
      configFile: reader.get("web.config.file")?.values[0] ?? null,
      enableManagement: reader.get("web.enable-management")?.values[0] === "true",
      allowPlainManagement: reader.get("web.allow-plain-management")?.values[0] === "true",
      managementHosts: readManagementHosts(reader),
    },
    managementSocket: reader.get("management.socket")?.values[0] ?? null,
    log: {
      level: reader.read("log.level", {
        parse: oneOf(["debug", "info", "warn", "error"]),
        fallback: "info" as const,
      }),
      format: reader.read("log.format", { parse: oneOf(["logfmt", "json"]), fallback: "logfmt" as const }),
    },
    health,
    report,
    consistency: readConsistency(reader),
  };
  const defaults = await readServerDefaults(reader, sources);
  const { servers, parameters: ofServers } = await readServers(reader, { ...sources, defaults });
  const { probe, parameters: ofModules } = await readProbeModules(reader, { ...sources, defaults });
  const clusters = readClusters(reader, { file: sources.file ?? null, servers });
  reader.finish();
  const config: Config = {
    ...settings,
    servers,
    discovery: readDiscovery(reader, { clusters, isCounted: settings.expectedStandbys !== null }),
    ...(sources.file ? { clusters, probe, configFile: sources.file.path } : {}),
  };
  return { config, connections: { servers: ofServers, modules: ofModules } };
}
