import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config_error.ts";
import { formatHostPort } from "../config/listen_address.ts";
import type { Invocation } from "./command.ts";

/** The configuration file of the packages. */
export const PACKAGE_CONFIG_FILE = "/etc/pg-replication-exporter/config.yml";

/** Port of an exporter without a configuration. */
const DEFAULT_LISTEN_PORT = 9188;

/** The parts of an invocation that read it. */
export type FileInvocation = Pick<Invocation, "readConfig"> & {
  readonly context: Pick<Invocation["context"], "readTextFile">;
};

/**
 * The packages' configuration; null when there is none, it may not be read, or it names no server.
 *
 * @throws {ConfigError} When it is wrong.
 */
export async function readPackageFile({ context, readConfig }: FileInvocation): Promise<Config | null> {
  try {
    await context.readTextFile(PACKAGE_CONFIG_FILE);
  } catch {
    return null;
  }
  try {
    return await readConfig({ "config.file": [PACKAGE_CONFIG_FILE] });
  } catch (error) {
    if (error instanceof ConfigError && error.lacksServers) return null;
    throw error;
  }
}

/**
 * Address of an exporter with this configuration, without a path: https if its web configuration file sets up TLS.
 *
 * @param config The configuration; null for the default.
 * @param options The host when it listens on all addresses, and how to read that file.
 */
export async function exporterUrl(
  config: Config | null,
  { anyHost, readTextFile }: {
    readonly anyHost: string;
    readonly readTextFile: (path: string) => Promise<string>;
  },
): Promise<string> {
  const { listenAddresses: [address] = [], configFile = null } = config?.web ?? {};
  const { hostname = "", port = DEFAULT_LISTEN_PORT } = address ?? {};
  const isSecure = configFile !== null && await hasTls(configFile, readTextFile);
  const host = /^(|0\.0\.0\.0|::)$/.test(hostname) ? anyHost : hostname;
  return `${isSecure ? "https" : "http"}://${formatHostPort(host, port)}`;
}

/** Whether a web configuration file sets up TLS; not if it cannot be read. */
async function hasTls(path: string, readTextFile: (path: string) => Promise<string>): Promise<boolean> {
  const { parseWebConfig } = await import("../web/security/web_config.ts");
  try {
    return parseWebConfig(await readTextFile(path), path).config.tls !== null;
  } catch {
    return false;
  }
}
