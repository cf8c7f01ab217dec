/**
 * The configuration file: settings, servers, clusters and probe modules, every problem with its place.
 *
 * The parsers and their libraries are only loaded when a file is given.
 *
 * @module
 */
import type { NamedParameters } from "../classic.ts";
import type { Setting, Settings } from "../settings.ts";

/** The type of a setting, which decides its YAML types. */
export type SettingKind = "switch" | "count" | "duration" | "size" | "text";

/** A setting that has a flag. */
export interface SettingDefinition {
  /** Its name, that of its flag: `web.listen-address`. */
  readonly name: string;
  /** Its type. */
  readonly kind: SettingKind;
  /** Whether its value is a path, relative to the directory of the file. */
  readonly isPath: boolean;
  /** Whether it may be a list. */
  readonly isRepeatable: boolean;
  /** What it does. */
  readonly help: string;
  /** Its default; null when it has none. */
  readonly default: string | null;
  /** Its environment variable. */
  readonly variable: string;
}

/** A login of the file: of a server, or a module of `/probe`. */
export interface FileLogin extends NamedParameters {
  /** Whether it has a problem already, so that what seems to be missing may be there. */
  readonly isIncomplete: boolean;
}

/** A server of the file. */
export interface FileServer extends FileLogin {
  /** Name of its cluster; "" when it is in none. */
  readonly cluster: string;
  /** Labels of its series, those of its cluster included. */
  readonly labels: ReadonlyMap<string, string>;
}

/** The `probe` section of the file. */
export interface FileProbe {
  /** Logins. */
  readonly modules: readonly FileLogin[];
  /** Hosts that may be probed in addition to the configured servers: names, `*.suffix`, addresses or CIDR networks. */
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

/** The content of a file. */
export interface FileConfig {
  /** Path of the file. */
  readonly path: string;
  /** Settings that have a flag. */
  readonly settings: Settings;
  /** Servers, in clusters or not. */
  readonly servers: readonly FileServer[];
  /** Clusters. */
  readonly clusters: readonly FileCluster[];
  /** What `/probe` may do; null when the file has no `probe`. */
  readonly probe: FileProbe | null;
  /** Its problems, in the order of its lines; what has a problem is left out above. */
  readonly problems: readonly string[];
}

/**
 * The keys of a setting: dots separate levels, dashes become underscores.
 *
 * @param name The setting's name, e.g. `web.listen-address`.
 * @returns For example `["web", "listen_address"]`.
 */
export function keysOf(name: string): readonly string[] {
  return name.split(".").map((part) => part.replaceAll("-", "_"));
}
