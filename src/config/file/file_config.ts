/**
 * The configuration file: YAML to settings, servers, clusters and probe modules, every problem with its place.
 *
 * Only the types are read at start; the parsers, with the libraries behind them, only when a file is given.
 *
 * @module
 */
import type { NamedParameters } from "../classic.ts";
import type { Setting, Settings } from "../settings.ts";

/** What kind of value a setting has; it decides what YAML may say. */
export type SettingKind = "switch" | "count" | "duration" | "size" | "text";

/** A setting that has a flag, as the file needs to know it. */
export interface SettingDefinition {
  /** Its name, which is its flag's: `web.listen-address`. */
  readonly name: string;
  /** Kind of its value. */
  readonly kind: SettingKind;
  /** Whether its value is a path, which is then relative to the directory of the file. */
  readonly isPath: boolean;
  /** Whether it may be a list. */
  readonly isRepeatable: boolean;
  /** What it does. */
  readonly help: string;
  /** Its value when it is not given; null when it has none. */
  readonly default: string | null;
  /** The environment variable that stands in for it. */
  readonly variable: string;
}

/** A login of the file: that of a server, or a module of `/probe`. */
export interface FileLogin extends NamedParameters {
  /** Whether something is wrong with it already, so that what seems to be missing may be there. */
  readonly isIncomplete: boolean;
}

/** A server of the file. */
export interface FileServer extends FileLogin {
  /** Name of its cluster; "" when it is in none. */
  readonly cluster: string;
  /** Labels of its series, those of its cluster included. */
  readonly labels: ReadonlyMap<string, string>;
}

/** What the file says of `/probe`. */
export interface FileProbe {
  /** Logins. */
  readonly modules: readonly FileLogin[];
  /** Hosts that may be probed besides the configured ones: names, `*.suffix`, addresses or networks in CIDR form. */
  readonly allowedTargets: readonly string[];
}

/** A cluster of the file. */
export interface FileCluster {
  /** Its name. */
  readonly name: string;
  /** Its own `expected_standbys`; null when it has none. */
  readonly expectedStandbys: Setting | null;
  /** Its own `discover_standbys`; null when it has none. */
  readonly discoverStandbys: Setting | null;
  /** Labels of the series of all its servers. */
  readonly labels: ReadonlyMap<string, string>;
}

/** What a file says. */
export interface FileConfig {
  /** Path of the file. */
  readonly path: string;
  /** Settings that have a flag. */
  readonly settings: Settings;
  /** Servers, in clusters or not. */
  readonly servers: readonly FileServer[];
  /** Clusters. */
  readonly clusters: readonly FileCluster[];
  /** What `/probe` may do; null when the file does not say. */
  readonly probe: FileProbe | null;
  /** What is wrong with it, in the order of its lines; what is wrong is left out above. */
  readonly problems: readonly string[];
}

/**
 * The keys that lead to a setting: dots become levels, dashes underscores.
 *
 * @param name The setting's name, e.g. `web.listen-address`.
 * @returns For example `["web", "listen_address"]`.
 */
export function keysOf(name: string): readonly string[] {
  return name.split(".").map((part) => part.replaceAll("-", "_"));
}
