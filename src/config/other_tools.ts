/**
 * Servers that the environment names for other tools: postgres_exporter's `DATA_SOURCE_*`, and libpq's `PG*`.
 *
 * @module
 */
import type { NamedParameters } from "./classic.ts";
import { completeParameters, type ConnectionSources } from "./connection_defaults.ts";
import {
  type ConnectionParameters,
  fromSource,
  mergeParameters,
  OWN_PARAMETERS,
  type SourcedValue,
} from "./connection_parameters.ts";
import { parseConninfo } from "./conninfo.ts";
import { readEndpoints } from "./conninfo_hosts.ts";
import type { Endpoint } from "./libpq_settings.ts";
import { formatHostPort } from "./listen_address.ts";

/** Variables of postgres_exporter. */
export const DATA_SOURCE_VARIABLES: readonly string[] = ["NAME", "URI", "USER", "PASS"].flatMap((part) =>
  part === "NAME" ? [`DATA_SOURCE_${part}`] : [`DATA_SOURCE_${part}`, `DATA_SOURCE_${part}_FILE`]
);

/** A comma between two connection strings, not one within a list of hosts. */
const BETWEEN_DSNS = /,(?=\s*(?:postgres(?:ql)?:\/\/|[a-z_]+\s*=))/;

function hostsIn(parameters: ConnectionParameters): readonly Endpoint[] {
  const read = (keyword: string): string => parameters.get(keyword)?.value ?? "";
  return readEndpoints({ host: read("host"), hostaddr: read("hostaddr"), port: read("port") }, []);
}

/** Everything that decides which server a connection string leads to. */
function destinationOf(parameters: ConnectionParameters): string {
  const read = (keyword: string): string => parameters.get(keyword)?.value ?? "";
  const others = [read("target_session_attrs") || "any", read("service"), read("servicefile")];
  return JSON.stringify([hostsIn(parameters), ...others]);
}

/** The name of a server that has none: its first host and port, of a socket this host. */
function nameByAddress(parameters: ConnectionParameters): { readonly host: string; readonly port: number } {
  const { host = "localhost", port = 5432 } = hostsIn(parameters)[0] ?? {};
  return { host: /^\/|^::1$/.test(host) ? "localhost" : host.replace(/^:+/, ""), port };
}

function ofDsn(dsn: string, { label, defaults }: {
  readonly label: string;
  readonly defaults: ConnectionParameters;
}): NamedParameters {
  const parameters = fromSource(parseConninfo(dsn.trim()), label);
  const { host, port } = nameByAddress(mergeParameters(parameters, defaults));
  return { name: formatHostPort(host, port).replace(/^\[|\]/g, ""), label, parameters };
}

/** The value of a variable, or of the file that its `_FILE` names; as there, the file comes first. */
async function readPart(
  variable: string,
  { environment, readTextFile }: ConnectionSources,
): Promise<SourcedValue> {
  const path = environment(`${variable}_FILE`) ?? "";
  if (path === "") return { value: environment(variable) ?? "", source: variable };
  const text = await readTextFile(path).catch((cause: unknown) => {
    throw new SyntaxError(`Cannot read ${variable}_FILE "${path}": is it there and readable?`, { cause });
  });
  return { value: text.trim(), source: `${variable}_FILE` };
}

/**
 * Servers of postgres_exporter's variables, named by host and port: `DATA_SOURCE_NAME` (connection strings, separated by
 * commas), otherwise `DATA_SOURCE_URI` with `DATA_SOURCE_USER` and `DATA_SOURCE_PASS`, each also as a `_FILE`. Several
 * databases of one server are one server; further servers of one name get a number.
 *
 * @param sources The environment and files; `defaults` of connection strings.
 * @returns The servers; none without these variables.
 * @throws {SyntaxError} For a malformed string or an unreadable file; the message shows no string.
 */
export async function readDataSources(
  { defaults, ...sources }: ConnectionSources & { readonly defaults: ConnectionParameters },
): Promise<readonly NamedParameters[]> {
  const names = sources.environment("DATA_SOURCE_NAME")?.trim() ?? "";
  if (names !== "") {
    const label = "DATA_SOURCE_NAME";
    const servers = names.split(BETWEEN_DSNS).map((dsn) => ofDsn(dsn, { label, defaults }));
    const byDestination = Map.groupBy(
      servers,
      ({ parameters }) => destinationOf(mergeParameters(parameters, defaults)),
    );
    return [...Map.groupBy([...byDestination.values()].flatMap(([first]) => first ?? []), ({ name }) => name)]
      .flatMap(([name, same]) =>
        same.map((server, index) => index === 0 ? server : { ...server, name: `${name}-${index + 1}` })
      );
  }
  const uri = await readPart("DATA_SOURCE_URI", sources);
  if (uri.value === "") return [];
  const user = await readPart("DATA_SOURCE_USER", sources);
  const server = ofDsn(`postgresql://${uri.value}`, { label: uri.source, defaults });
  const login = new Map(server.parameters);
  if (user.value !== "") login.set("user", user);
  // A password file is read again at every login.
  const passwordPath = sources.environment("DATA_SOURCE_PASS_FILE") ?? "";
  if (passwordPath !== "") {
    login.set(OWN_PARAMETERS.passwordFile, { value: passwordPath, source: "DATA_SOURCE_PASS_FILE" });
  } else {
    const password = await readPart("DATA_SOURCE_PASS", sources);
    if (password.value !== "") login.set("password", password);
  }
  return [{ ...server, parameters: login }];
}

/**
 * The server of libpq's variables, named by its host: `PGHOST`, `PGHOSTADDR` or `PGSERVICE`.
 *
 * @param sources The environment and files; `defaults` of connection strings.
 * @returns The server; none without one of these variables.
 * @throws {SyntaxError} When the service cannot be found.
 */
export async function readLibpqServer(
  { defaults, ...sources }: ConnectionSources & { readonly defaults: ConnectionParameters },
): Promise<readonly NamedParameters[]> {
  const label = ["PGSERVICE", "PGHOST", "PGHOSTADDR"].find((name) => sources.environment(name));
  if (label === undefined) return [];
  const completed = await completeParameters(new Map(), { ...sources, name: "" });
  const { host } = nameByAddress(mergeParameters(completed, defaults));
  return [{ name: host, label, parameters: new Map() }];
}
