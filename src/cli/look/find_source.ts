/**
 * Where `report`, `doctor`, `watch` and `preflight` look when nothing names a server: the exporter that runs on this host,
 * else the servers in the configuration file of the packages, else the PostgreSQL servers on this host.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { ConfigError } from "../../config/config_error.ts";
import { joinNames } from "../../domain/quantities.ts";
import { DEFAULT_SOCKET_DIRECTORIES } from "../../postgres/socket_places.ts";
import { REPORT_PATH } from "../../web/routes/report.ts";
import type { Invocation } from "../command.ts";
import { exporterUrl, PACKAGE_CONFIG_FILE, readPackageFile } from "../package_config.ts";
import { DEFAULT_SOCKET } from "../serve/management_socket.ts";
import { findLocalServers, type HostProbes } from "./local_servers.ts";
import { readLogin, readRemoteTarget, type RemoteTarget } from "./remote_target.ts";

/** Deadline for the attempt to reach an exporter, milliseconds. */
const ATTEMPT_MS = 1000;

/** A running exporter, or a configuration to watch the servers of. */
export type LookSource =
  | { readonly kind: "exporter"; readonly target: RemoteTarget }
  | { readonly kind: "servers"; readonly config: Config };

/** The parts of an invocation that {@linkcode findSource} needs. */
export type SourceInvocation = Pick<Invocation, "readConfig"> & {
  readonly context: Pick<Invocation["context"], "environment" | "readTextFile" | "writeStderr">;
};

/** How {@linkcode findSource} reaches what may be there. */
export interface SourceProbes extends HostProbes {
  /** Whether an exporter responds at the address of its report. */
  readonly responds: (url: string) => Promise<boolean>;
}

const REAL_PROBES: SourceProbes = {
  namesIn: async (directory) => {
    try {
      return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
    } catch {
      return [];
    }
  },
  uid: () => Deno.uid(),
  listens: async (path) => {
    try {
      (await Deno.connect({ transport: "unix", path })).close();
      return true;
    } catch {
      return false;
    }
  },
  responds: async (url) => {
    try {
      const response = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(ATTEMPT_MS) });
      // 401: it wants a login; 503: its first collection has not finished.
      return [200, 401, 503].includes(response.status);
    } catch {
      return false;
    }
  },
};

/**
 * The source that the command line names with `--from`, else that of {@linkcode findSource}.
 *
 * @param invocation The command line and the process.
 * @throws {ConfigError} When it cannot be used, or there is none.
 */
export async function chooseSource(
  invocation: SourceInvocation & Pick<Invocation, "option">,
): Promise<LookSource> {
  const target = await readRemoteTarget(invocation);
  return target === null ? await findSource(invocation) : { kind: "exporter", target };
}

/**
 * The source of a look: the named servers, else the exporter on this host (its management socket, then the address in the
 * packages' configuration file), else the servers in that file, else the PostgreSQL servers that listen on this host's
 * sockets, with the servers that they replicate with. What it found by itself is written to standard error.
 *
 * @param invocation The command line and the process.
 * @param probes How what may be there is reached.
 * @throws {ConfigError} When there is none: it names the places.
 */
export async function findSource(
  invocation: SourceInvocation,
  probes: SourceProbes = REAL_PROBES,
): Promise<LookSource> {
  const { context, readConfig } = invocation;
  let missing: ConfigError;
  try {
    return { kind: "servers", config: await readConfig() };
  } catch (error) {
    if (!(error instanceof ConfigError) || !error.lacksServers) throw error;
    missing = error;
  }
  const found = (where: string) => context.writeStderr(`No server is named: ${where}\n`);
  const own = context.environment("PGREPL_MANAGEMENT_SOCKET") ?? "";
  const socket = own === "" || own === "none" ? DEFAULT_SOCKET : own;
  const remote = { authorization: readLogin(context), caCertificates: null };
  if (await probes.listens(socket)) {
    found(`asking the exporter at ${socket}`);
    return { kind: "exporter", target: { ...remote, socket, url: `http://localhost${REPORT_PATH}` } };
  }
  const file = await readPackageFile(invocation);
  const address = await exporterUrl(file, {
    anyHost: "127.0.0.1",
    readTextFile: (path) => context.readTextFile(path),
  });
  const url = `${address}${REPORT_PATH}`;
  if (await probes.responds(url)) {
    found(`asking the exporter at ${address}`);
    return { kind: "exporter", target: { ...remote, url } };
  }
  if (file !== null && file.servers.length > 0) {
    found(`watching the servers of ${PACKAGE_CONFIG_FILE}`);
    return { kind: "servers", config: file };
  }
  const local = await findLocalServers(context, probes);
  if (local !== null) {
    const { settings, sockets, user } = local;
    found(
      `watching the servers on ${
        joinNames(sockets)
      }, as role "${user}", and the servers that they replicate with`,
    );
    return { kind: "servers", config: await readConfig(settings) };
  }
  const [problem = ""] = missing.problems;
  throw new ConfigError([
    `${problem}; no exporter responds on ${socket} or at ${address} (with TLS, name it as its certificate does: ` +
    `--from=https://HOST:PORT), ${PACKAGE_CONFIG_FILE} is missing or ` +
    `names no server, and no PostgreSQL server listens on a socket in ${
      joinNames(DEFAULT_SOCKET_DIRECTORIES)
    }`,
  ], { advice: missing.advice, lacksServers: true });
}
