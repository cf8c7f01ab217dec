import { type NamedParameters, readClassicServers } from "./classic.ts";
import type { ConnectionTarget, ServerConfig } from "./config.ts";
import { ConfigError } from "./config_error.ts";
import { completeParameters, type ConnectionSources, readConnectionDefaults } from "./connection_defaults.ts";
import { type ConnectionParameters, fromSource, mergeParameters } from "./connection_parameters.ts";
import { resolveNamingSources } from "./connection_target.ts";
import { parseConninfo } from "./conninfo.ts";
import { KNOWN_KEYWORDS } from "./conninfo_keywords.ts";
import type { FileConfig, FileLogin, FileServer } from "./file/file_config.ts";
import { formatHostPort } from "./listen_address.ts";
import { readDataSources, readLibpqServer } from "./other_tools.ts";
import type { SettingReader } from "./settings.ts";

/** Advice when there is no server. */
export const NO_SERVER_ADVICE = `Add each server with --server NAME=DSN, for example:

  pg-replication-exporter \\
    --server primary=postgresql://monitor@db1:5432/postgres \\
    --server standby=postgresql://monitor@db2:5432/postgres

with the password in POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE. Or set PRIMARY_HOST and STANDBY_HOST, POSTGRES_USER
and POSTGRES_PASSWORD; or DATA_SOURCE_NAME as for postgres_exporter; or, for one server, PGHOST or PGSERVICE.
The login needs only: CREATE ROLE monitor LOGIN PASSWORD '…' IN ROLE pg_monitor;`;

/** The same for a configuration file, such as that of a package, without servers. */
const NO_SERVER_IN_FILE_ADVICE = `Add each server to that file, for example:

servers:
  - name: primary
    dsn: postgresql://monitor@db1:5432/postgres
  - name: standby
    dsn: postgresql://monitor@db2:5432/postgres

with the password in a password_file, POSTGRES_PASSWORD_FILE or the systemd credential postgres_password. The login needs
only: CREATE ROLE monitor LOGIN PASSWORD '…' IN ROLE pg_monitor;`;

/** Connection parameters by name of the server, or of the login of `/probe`. */
export type ParametersByName = ReadonlyMap<string, ConnectionParameters>;

/** A valid name of a server or cluster. */
export const SERVER_NAME = /^[\p{L}\p{N}][\p{L}\p{N}_.:-]{0,62}$/u;

/** Splits `NAME=DSN`; messages never show the DSN. */
function parseServer(text: string, label: string): NamedParameters {
  const expected = 'expected NAME=DSN, for example primary="host=db1 user=monitor"';
  const equals = text.indexOf("=");
  const name = equals === -1 ? "" : text.slice(0, equals).trim();
  if (/^[a-z]+:\/\//.test(text) || KNOWN_KEYWORDS.has(name)) {
    throw new SyntaxError(`The server has a connection string but no name: ${expected}`);
  }
  if (equals === -1) throw new SyntaxError(`The server has a name but no connection string: ${expected}`);
  if (!SERVER_NAME.test(name)) {
    throw new SyntaxError(
      `The server's name must be 1 to 63 letters, digits, "_", ".", ":" or "-", and begin with a letter or digit: ${expected}`,
    );
  }
  const dsn = text.slice(equals + 1);
  try {
    const parameters = fromSource(parseConninfo(dsn), `DSN in ${label}`);
    return { name, label: `${label} ${name}`, parameters };
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new SyntaxError(`Server "${name}": ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** Reports servers with the same name, and one server under two names. */
function reportTwins(
  servers: readonly ServerConfig[],
  { reader, inFile }: { readonly reader: SettingReader; readonly inFile: ReadonlyMap<string, FileServer> },
): void {
  const byName = new Set<string>();
  const byAddress = new Map<string, string>();
  for (const { name, target } of servers) {
    if (byName.has(name)) {
      reader.problem(
        `Two servers are named "${name}": names must be unique, as they become the instance label`,
      );
    }
    byName.add(name);
    const attributes = target.libpq?.sessionAttributes ?? "any";
    // Two entries with the same hosts may mean the primary and a standby (target_session_attrs).
    const hosts = [target, ...target.libpq?.otherHosts ?? []].map(({ host, hostAddress, port }) =>
      formatHostPort((hostAddress || host).toLowerCase(), port)
    );
    const address = `${hosts.join(",")}/${target.database}${attributes === "any" ? "" : ` (${attributes})`}`;
    const twin = byAddress.get(address);
    if (twin !== undefined && twin !== name) {
      const label = inFile.get(name)?.label;
      const place = label === undefined ? "" : `${label}: `;
      reader.problem(
        `${place}Servers "${twin}" and "${name}" are the same server, ${address}: remove one of them`,
      );
    }
    byAddress.set(address, twin ?? name);
  }
}

/**
 * Completes a login and resolves it to a target; a problem with a parameter of the file is reported at its place.
 *
 * @param login The login.
 * @param options `reader` gets the problems; `kind` of login; the environment and files; `defaults` of its parameters.
 * @returns The target and its effective parameters; `undefined` when there is a problem.
 */
export async function resolveLogin(
  login: NamedParameters | FileLogin,
  { reader, kind, defaults, ...sources }: ConnectionSources & {
    readonly reader: SettingReader;
    readonly kind: "server" | "module";
    readonly defaults: ConnectionParameters;
  },
): Promise<{ readonly target: ConnectionTarget; readonly parameters: ConnectionParameters } | undefined> {
  const { name, label, parameters: own } = login;
  const what = `${kind} "${name}"`;
  const isInFile = "isIncomplete" in login;
  try {
    const parameters = mergeParameters(await completeParameters(own, { ...sources, name }), defaults);
    return { target: resolveNamingSources(parameters, own), parameters };
  } catch (error) {
    if (!isInFile) return reader.addError(`Server "${name}" (${label})`, error);
    if (!(error instanceof ConfigError)) return reader.addError(`${label}: ${what}`, error);
    for (const problem of error.problems) {
      const place = own.get(/^"([a-z_]+)"/.exec(problem)?.[1] ?? "")?.source;
      if (place === undefined && login.isIncomplete) continue;
      reader.problem(`${place ?? label}: ${what}: ${problem}`);
    }
    return undefined;
  }
}

/**
 * The defaults of connection strings.
 *
 * @param reader Gets a problem.
 * @param sources The environment, and how to read files.
 * @returns The defaults; none when there is a problem.
 */
export async function readServerDefaults(
  reader: SettingReader,
  sources: ConnectionSources,
): Promise<ConnectionParameters> {
  try {
    return await readConnectionDefaults(sources);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    reader.problem(`Environment: ${error.message}`);
    return new Map();
  }
}

/** The servers of the first kind of variables that names any; null when there is a problem. */
async function readEnvironment(
  reader: SettingReader,
  { hasFile, ...sources }: ConnectionSources & {
    readonly hasFile: boolean;
    readonly defaults: ConnectionParameters;
  },
): Promise<readonly NamedParameters[] | null> {
  const classic = reader.attempt("Environment", () => readClassicServers(sources.environment)) ?? null;
  if (classic === null || classic.length > 0) return classic;
  try {
    const found = await readDataSources(sources);
    // In a configuration without servers, libpq's variables are the defaults of probes.
    return found.length > 0 || hasFile ? found : await readLibpqServer(sources);
  } catch (error) {
    reader.addError("Environment", error);
    return null;
  }
}

/**
 * The servers to watch: those of `--server`, else those of the file, else those of the environment: the classic variables,
 * else postgres_exporter's, else, without a file, the one of libpq's.
 *
 * @param reader Has `server`, and gets the problems.
 * @param sources The environment, and how to read files; `defaults` of connection strings.
 * @returns The servers, without those that have problems, and the connection parameters of each by name.
 */
export async function readServers(
  reader: SettingReader,
  sources: ConnectionSources & {
    readonly file?: FileConfig | null;
    readonly defaults: ConnectionParameters;
  },
): Promise<{ readonly servers: readonly ServerConfig[]; readonly parameters: ParametersByName }> {
  const { environment, readTextFile, file, defaults } = sources;
  const setting = reader.get("server");
  const ofFile = setting === undefined
    ? new Map(file?.servers.map((server) => [server.name, server]))
    : new Map<string, FileServer>();
  const named: readonly NamedParameters[] | null = ofFile.size > 0
    ? [...ofFile.values()]
    : setting === undefined
    ? await readEnvironment(reader, { ...sources, hasFile: Boolean(file) })
    : setting.values.flatMap((text) =>
      reader.attempt(setting.label, () => parseServer(text, setting.label)) ?? []
    );
  const servers: ServerConfig[] = [];
  const parametersOf = new Map<string, ConnectionParameters>();
  const result = { servers, parameters: parametersOf };
  if (named === null) return result;
  if (setting === undefined && named.length === 0) {
    // An exporter may serve only probes; an invalid file may have servers.
    const isForProbes = (file?.probe?.modules.length ?? 0) > 0 &&
      (file?.probe?.allowedTargets.length ?? 0) > 0;
    if (!isForProbes && (file?.problems.length ?? 0) === 0) {
      const sentence = reader.isOn("discover-standbys")
        ? "No server to watch is configured: --discover-standbys needs one of the cluster to find the others"
        : "No server to watch is configured";
      if (!file) reader.noServer(sentence, NO_SERVER_ADVICE);
      else reader.noServer(`${sentence}, and ${file.path} has none`, NO_SERVER_IN_FILE_ADVICE);
    }
    return result;
  }
  for (const login of named) {
    const resolved = await resolveLogin(login, {
      reader,
      kind: "server",
      environment,
      readTextFile,
      defaults,
    });
    if (resolved === undefined) continue;
    const { name } = login;
    const { cluster = "", labels } = ofFile.get(name) ?? {};
    servers.push({ name, cluster, target: resolved.target, ...(labels?.size ? { labels } : {}) });
    parametersOf.set(name, resolved.parameters);
  }
  reportTwins(servers, { reader, inFile: ofFile });
  return result;
}
