/**
 * What a configuration comes to, with the source of each value, for people and as JSON. Secrets are not in it.
 *
 * @module
 */
import type { Config, ConnectionTarget, ProbeConfig, ServerConfig } from "../../config/config.ts";
import { formatListenAddress } from "../../config/listen_address.ts";
import type { Setting } from "../../config/settings.ts";
import type { Flag } from "../settings/flags.ts";
import type { ConfigReading } from "../settings/read_config.ts";

/** One setting. */
export interface EffectiveSetting {
  /** Its name, which is its flag's. */
  readonly name: string;
  /** Its values; none when it is not set. */
  readonly values: readonly string[];
  /** Who gave it: a flag, a variable, `file:line:column`, or `default`. */
  readonly source: string;
}

/** One server. */
export interface EffectiveServer {
  /** Its name. */
  readonly name: string;
  /** Its cluster; "" for none. */
  readonly cluster: string;
  /** How it is reached, without the password. */
  readonly dsn: string;
  /** Where the password comes from. */
  readonly password: string;
  /** Labels of its series. */
  readonly labels: Readonly<Record<string, string>>;
  /** Where it was named. */
  readonly source: string;
}

/** One named cluster. */
export interface EffectiveCluster {
  /** Its name. */
  readonly name: string;
  /** Standbys its primary should have, without discovered ones. */
  readonly expectedStandbys: number;
  /** Whether discovered standbys are expected besides. */
  readonly areDiscoveredExpected: boolean;
  /** Whether standbys are discovered. */
  readonly discoverStandbys: boolean;
}

/** One login of `/probe`. */
export interface EffectiveModule {
  /** Its name. */
  readonly name: string;
  /** Role it logs in as. */
  readonly user: string;
  /** Database. */
  readonly database: string;
  /** libpq's `sslmode`. */
  readonly sslmode: string;
  /** Where the password comes from. */
  readonly password: string;
  /** Where it is named. */
  readonly source: string;
}

/** All of it. */
export interface EffectiveConfig {
  /** Path of the file; null when there is none. */
  readonly file: string | null;
  /** Every setting. */
  readonly settings: readonly EffectiveSetting[];
  /** Named clusters. */
  readonly clusters: readonly EffectiveCluster[];
  /** Servers. */
  readonly servers: readonly EffectiveServer[];
  /** What `/probe` may do; null when the file does not say. */
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

function passwordSource({ password, libpq }: ConnectionTarget): string {
  if (password !== null) return "given";
  if (libpq?.passwordFile) return `file ${libpq.passwordFile}`;
  return libpq?.passFile ? `none, or in ${libpq.passFile}` : "none";
}

function sourceOf({ origin, label }: Setting): string {
  return origin === "default" ? "default" : label;
}

function effectiveSetting(
  flag: Flag,
  { config, settings }: ConfigReading,
  environment: (name: string) => string | undefined,
): EffectiveSetting {
  const { name } = flag;
  const setting = settings.get(name);
  const source = setting === undefined ? "default" : sourceOf(setting);
  const isCollector = name.startsWith("collector.") && flag.placeholder === "" && flag.default === null;
  const values = isCollector
    ? [String([...config.collectors].some((each) => `collector.${each}` === name))]
    : setting?.values ?? [];
  if (name === "web.listen-address" && source === "default" && environment("EXPORTER_PORT")?.trim()) {
    return { name, values: config.web.listenAddresses.map(formatListenAddress), source: "EXPORTER_PORT" };
  }
  if (name === "expected-standbys" && setting === undefined) {
    return { name, values: [String(config.expectedStandbys)], source: "default" };
  }
  return { name, values, source };
}

/** Where a server was named. */
function serverSource({ name }: ServerConfig, { settings, file }: ConfigReading): string {
  const setting = settings.get("server");
  if (setting !== undefined) return setting.label;
  const inFile = file?.servers.find((each) => each.name === name);
  if (inFile !== undefined) return inFile.label;
  return name === "primary" ? "PRIMARY_HOST" : "STANDBY_HOST";
}

/** What a configuration says of its named clusters. */
function effectiveClusters({ clusters = [], servers }: Config): readonly EffectiveCluster[] {
  return clusters.map(({ name, expectedStandbys, discoverStandbys }) => ({
    name,
    expectedStandbys: expectedStandbys ??
      Math.max(0, servers.filter(({ cluster }) => cluster === name).length - 1),
    areDiscoveredExpected: discoverStandbys && expectedStandbys === null,
    discoverStandbys,
  }));
}

/** What a configuration says of `/probe`. */
function effectiveProbe(
  { modules, allowedTargets }: ProbeConfig,
  { file }: ConfigReading,
): NonNullable<EffectiveConfig["probe"]> {
  return {
    modules: [...modules.values()].map(({ name, target }) => ({
      name,
      user: target.user,
      database: target.database,
      sslmode: target.sslMode,
      password: passwordSource(target),
      source: file?.probe?.modules.find((each) => each.name === name)?.label ?? "",
    })),
    allowedTargets,
  };
}

/**
 * What a configuration comes to.
 *
 * @param reading The configuration, and what it was made of.
 * @param options `flags`: every flag; `environment` reads a variable.
 */
export function effectiveConfig(
  reading: ConfigReading,
  { flags, environment }: {
    readonly flags: readonly Flag[];
    readonly environment: (name: string) => string | undefined;
  },
): EffectiveConfig {
  const { config } = reading;
  return {
    file: config.configFile ?? null,
    settings: flags
      .filter(({ name, isCommand, commands }) => !isCommand && commands.length === 0 && name !== "server")
      .map((flag) => effectiveSetting(flag, reading, environment)),
    clusters: effectiveClusters(config),
    servers: config.servers.map((server) => ({
      name: server.name,
      cluster: server.cluster,
      dsn: redactedDsn(server.target),
      password: passwordSource(server.target),
      labels: Object.fromEntries(server.labels ?? []),
      source: serverSource(server, reading),
    })),
    probe: config.probe ? effectiveProbe(config.probe, reading) : null,
  };
}

/** Rows as aligned columns; the last column is not padded. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length))
  );
  return rows.map((row) =>
    `  ${
      row.map((cell, column) => column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)).join(
        "  ",
      )
    }`
  );
}

/**
 * The same as text.
 *
 * @param effective What a configuration comes to.
 * @returns Lines that end with a line feed.
 */
export function renderEffectiveConfig(effective: EffectiveConfig): string {
  const { file, settings, clusters, servers, probe } = effective;
  const labels = (each: EffectiveServer) =>
    Object.entries(each.labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(" ");
  const section = (title: string, rows: readonly (readonly string[])[]) =>
    rows.length < 2 ? [] : ["", title, ...table(rows)];
  return [
    `Configuration file: ${file ?? "none"}`,
    ...section("Servers", [
      ["NAME", "CLUSTER", "CONNECTION", "PASSWORD", "LABELS", "SOURCE"],
      ...servers.map((each) => [
        each.name,
        each.cluster || "-",
        each.dsn,
        each.password,
        labels(each) || "-",
        each.source,
      ]),
    ]),
    ...section("Clusters", [
      ["NAME", "EXPECTED STANDBYS", "DISCOVERY"],
      ...clusters.map((each) => [
        each.name,
        `${each.expectedStandbys}${each.areDiscoveredExpected ? " and those discovered" : ""}`,
        each.discoverStandbys ? "on" : "off",
      ]),
    ]),
    ...section("Logins of /probe", [
      ["NAME", "USER", "DATABASE", "SSLMODE", "PASSWORD", "SOURCE"],
      ...(probe?.modules ?? []).map((each) => [
        each.name,
        each.user,
        each.database,
        each.sslmode,
        each.password,
        each.source,
      ]),
    ]),
    ...probe === null
      ? []
      : ["", `Targets of /probe: ${["the servers above", ...probe.allowedTargets].join(", ")}`],
    ...section("Settings", [
      ["NAME", "VALUE", "SOURCE"],
      ...settings.map(({ name, values, source }) => [name, values.join(", ") || "-", source]),
    ]),
    "",
  ].join("\n");
}
