/**
 * The effective configuration with the source of each value, without secrets.
 *
 * @module
 */
import type { Config, ConnectionTarget, ProbeConfig, ServerConfig } from "../../config/config.ts";
import { formatListenAddress } from "../../config/listen_address.ts";
import { DEFAULT_SOURCE } from "../../config/connection_parameters.ts";
import { probeConnection } from "../../config/probe_target.ts";
import type { Setting } from "../../config/settings.ts";
import { endpointsOf } from "../../postgres/host_choice.ts";
import type { FileAccess } from "../../postgres/tls.ts";
import { effectiveConnection, type EffectiveParameter } from "./effective_connection.ts";
import { type Flag, isSetting } from "../settings/flags.ts";
import type { ConfigReading } from "../settings/read_config.ts";

/** One setting. */
export interface EffectiveSetting {
  /** Its name, that of its flag. */
  readonly name: string;
  /** Its values; empty when it is not set. */
  readonly values: readonly string[];
  /** Its source: a flag, a variable, `file:line:column`, or `default`. */
  readonly source: string;
}

/** One server. */
export interface EffectiveServer {
  /** Its name. */
  readonly name: string;
  /** Its cluster; "" for none. */
  readonly cluster: string;
  /** Its connection string, without the password. */
  readonly dsn: string;
  /** The source of the password. */
  readonly password: string;
  /** Every connection parameter. */
  readonly parameters: readonly EffectiveParameter[];
  /** Labels of its series. */
  readonly labels: Readonly<Record<string, string>>;
  /** Where it is configured. */
  readonly source: string;
}

/** One named cluster. */
export interface EffectiveCluster {
  /** Its name. */
  readonly name: string;
  /** Number of standbys its primary should have, without discovered ones. */
  readonly expectedStandbys: number;
  /** Whether discovered standbys are expected in addition. */
  readonly areDiscoveredExpected: boolean;
  /** Whether standbys are discovered. */
  readonly discoverStandbys: boolean;
}

/** One login for `/probe`. */
export interface EffectiveModule {
  /** Its name. */
  readonly name: string;
  /** Role it logs in as. */
  readonly user: string;
  /** Database. */
  readonly database: string;
  /** libpq's `sslmode`. */
  readonly sslmode: string;
  /** The source of the password. */
  readonly password: string;
  /** Every connection parameter except the address. */
  readonly parameters: readonly EffectiveParameter[];
  /** Where it is configured. */
  readonly source: string;
}

/** The whole configuration. */
export interface EffectiveConfig {
  /** Path of the file; null when there is none. */
  readonly file: string | null;
  /** Every setting. */
  readonly settings: readonly EffectiveSetting[];
  /** Named clusters. */
  readonly clusters: readonly EffectiveCluster[];
  /** Servers. */
  readonly servers: readonly EffectiveServer[];
  /** Logins and targets of `/probe`; null when the file has none. */
  readonly probe: {
    readonly modules: readonly EffectiveModule[];
    readonly allowedTargets: readonly string[];
  } | null;
}

/** A connection string without the password. */
function redactedDsn({ user, host, hostAddress, port, database, sslMode, libpq }: ConnectionTarget): string {
  const format = (name: string, itsPort: number) =>
    `${name.includes(":") ? `[${name}]` : encodeURIComponent(name)}:${itsPort}`;
  const hosts = [{ host, port }, ...libpq?.otherHosts ?? []].map((each) => format(each.host, each.port));
  const address = hostAddress === "" || hostAddress === host ? "" : `&hostaddr=${hostAddress}`;
  return `postgresql://${encodeURIComponent(user)}@${hosts.join(",")}/${encodeURIComponent(database)}` +
    `?sslmode=${sslMode}${address}`;
}

/** The source of the password, for each host where they differ. */
function passwordSource(parameters: readonly EffectiveParameter[]): string {
  return parameters.filter(({ name }) => name === "password")
    .map(({ value, source }) => value === null && source === DEFAULT_SOURCE ? "none" : source).join("; ");
}

function settingSource({ origin, label }: Setting): string {
  return origin === "default" ? "default" : label;
}

function effectiveSetting(
  flag: Flag,
  { config, settings }: ConfigReading,
  environment: (name: string) => string | undefined,
): EffectiveSetting {
  const { name } = flag;
  const setting = settings.get(name);
  const source = setting === undefined ? "default" : settingSource(setting);
  const isCollector = name.startsWith("collector.") && flag.placeholder === "" && flag.default === null;
  const values = isCollector
    ? [String([...config.collectors].some((each) => `collector.${each}` === name))]
    : setting?.values ?? [];
  if (name === "web.listen-address" && source === "default" && environment("EXPORTER_PORT")?.trim()) {
    return { name, values: config.web.listenAddresses.map(formatListenAddress), source: "EXPORTER_PORT" };
  }
  if (name === "expected-standbys" && setting === undefined) {
    // The number for a named cluster is shown with the cluster.
    const unnamed = config.servers.filter(({ cluster }) => cluster === "").length;
    return { name, values: unnamed > 0 ? [String(unnamed - 1)] : [], source: "default" };
  }
  return { name, values, source };
}

/** Where a server is configured. */
function serverSource({ name }: ServerConfig, { settings, file, connections }: ConfigReading): string {
  const setting = settings.get("server");
  if (setting !== undefined) return setting.label;
  const inFile = file?.servers.find((each) => each.name === name);
  if (inFile !== undefined) return inFile.label;
  return connections.servers.get(name)?.get("host")?.source ?? "environment";
}

function effectiveClusters({ clusters = [], servers }: Config): readonly EffectiveCluster[] {
  return clusters.map(({ name, expectedStandbys, discoverStandbys }) => ({
    name,
    expectedStandbys: expectedStandbys ??
      Math.max(0, servers.filter(({ cluster }) => cluster === name).length - 1),
    areDiscoveredExpected: discoverStandbys && expectedStandbys === null,
    discoverStandbys,
  }));
}

async function effectiveProbe(
  { modules, allowedTargets }: ProbeConfig,
  { reading: { file, connections }, files }: {
    readonly reading: ConfigReading;
    readonly files: FileAccess;
  },
): Promise<NonNullable<EffectiveConfig["probe"]>> {
  const effective = await Promise.all([...modules.values()].map(async (module) => {
    // The parameters of a module do not depend on the target of a probe.
    const parameters = await effectiveConnection(probeConnection({ host: "", port: 0 }, module), {
      ...files,
      parameters: connections.modules.get(module.name) ?? new Map(),
      endpoints: [],
    });
    return {
      name: module.name,
      user: module.target.user,
      database: module.target.database,
      sslmode: module.target.sslMode,
      password: passwordSource(parameters),
      parameters,
      source: file?.probe?.modules.find((each) => each.name === module.name)?.label ?? "",
    };
  }));
  return { modules: effective, allowedTargets };
}

/**
 * The effective configuration.
 *
 * @param reading The configuration and its sources.
 * @param options Every flag, the environment, and how to read files, to see which exist.
 */
export async function effectiveConfig(
  reading: ConfigReading,
  { flags, environment, ...files }: FileAccess & {
    readonly flags: readonly Flag[];
    readonly environment: (name: string) => string | undefined;
  },
): Promise<EffectiveConfig> {
  const { config, connections } = reading;
  const servers = await Promise.all(config.servers.map(async (server) => {
    const parameters = await effectiveConnection(server.target, {
      ...files,
      parameters: connections.servers.get(server.name) ?? new Map(),
      endpoints: endpointsOf(server.target),
    });
    return {
      name: server.name,
      cluster: server.cluster,
      dsn: redactedDsn(server.target),
      password: passwordSource(parameters),
      parameters,
      labels: Object.fromEntries(server.labels ?? []),
      source: serverSource(server, reading),
    };
  }));
  return {
    file: config.configFile ?? null,
    settings: flags
      .filter((flag) => isSetting(flag) && flag.name !== "server")
      .map((flag) => effectiveSetting(flag, reading, environment)),
    clusters: effectiveClusters(config),
    servers,
    probe: config.probe ? await effectiveProbe(config.probe, { reading, files }) : null,
  };
}
