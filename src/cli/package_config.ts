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
 * Host and port where an exporter with this configuration listens.
 *
 * @param config The configuration; null for the default.
 * @param anyHost The host when it listens on all addresses.
 */
export function exporterAddress(config: Config | null, anyHost: string): string {
  const { hostname = "", port = DEFAULT_LISTEN_PORT } = config?.web.listenAddresses[0] ?? {};
  return formatHostPort(/^(|0\.0\.0\.0|::)$/.test(hostname) ? anyHost : hostname, port);
}
