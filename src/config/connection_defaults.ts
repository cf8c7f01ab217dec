import { type Environment, readClassicPassword } from "./classic.ts";
import {
  type ConnectionParameters,
  DEFAULT_SOURCE,
  fromSource,
  OWN_PARAMETERS,
  type SourcedValue,
} from "./connection_parameters.ts";
import { LIBPQ_ENVIRONMENT } from "./conninfo_keywords.ts";
import { findCredential } from "./password_file.ts";
import { parseServiceFile } from "./service_file.ts";
import { errorMessage } from "../domain/thrown.ts";

/** Where connection parameters come from. */
export interface ConnectionSources {
  /** Reads a variable. */
  readonly environment: Environment;
  /** Reads a file whole. */
  readonly readTextFile: (path: string) => Promise<string>;
}

/** The systemd credential with the password of every server that has none of its own. */
const PASSWORD_CREDENTIAL = "postgres_password";
const { passwordFile } = OWN_PARAMETERS;

/** Directories of the system's service file without `PGSYSCONFDIR`: Debian's, then Red Hat's. */
const SYSTEM_DIRECTORIES = ["/etc/postgresql-common", "/etc/sysconfig/pgsql"];

/** Variables of connection parameters; the last one of a keyword takes precedence. */
const VARIABLES = [...LIBPQ_ENVIRONMENT, ["POSTGRES_USER", "user"], ["POSTGRES_DB", "dbname"]] as const;

/** Paths of libpq's per-user files. */
function userFiles(environment: Environment) {
  // Windows has no HOME, and other file names.
  const home = environment("HOME") ?? "";
  const appData = environment("APPDATA") ?? "";
  const roaming = appData === "" ? "" : `${appData}/postgresql`;
  const inHome = (name: string) => home === "" ? "" : `${home}/${name}`;
  const inRoaming = (name: string) => roaming === "" ? "" : `${roaming}/${name}`;
  return {
    passFile: inHome(".pgpass") || inRoaming("pgpass.conf"),
    serviceFile: inHome(".pg_service.conf") || inRoaming(".pg_service.conf"),
    certificateDirectory: inHome(".postgresql") || roaming,
  };
}

/**
 * Defaults of connection strings: `POSTGRES_*`, then libpq's `PG*`, then libpq's files in the home directory.
 *
 * @param sources The environment and files.
 * @returns The parameters; the source of each is its variable, its credential or `default`.
 * @throws {SyntaxError} When `POSTGRES_PASSWORD_FILE` cannot be read.
 */
export async function readConnectionDefaults(
  { environment, readTextFile }: ConnectionSources,
): Promise<ConnectionParameters> {
  const { passFile, certificateDirectory } = userFiles(environment);
  const directory = environment("CREDENTIALS_DIRECTORY") ?? "";
  const passwordPath = environment("POSTGRES_PASSWORD_FILE") ?? "";
  const password = await readClassicPassword(environment, readTextFile);
  const credential = await findCredential(directory, { name: PASSWORD_CREDENTIAL, readTextFile });
  const values: readonly (readonly [keyword: string, value: string, source: string])[] = [
    ["passfile", passFile, DEFAULT_SOURCE],
    [OWN_PARAMETERS.certificateDirectory, certificateDirectory, DEFAULT_SOURCE],
    ...VARIABLES.map(([variable, keyword]) => [keyword, environment(variable) ?? "", variable] as const),
    // A file is read now to report a wrong path at once, and again for every login, as it may change.
    ["password", passwordPath === "" ? password : "", "POSTGRES_PASSWORD"],
    [passwordFile, password === "" ? credential : "", `systemd credential ${PASSWORD_CREDENTIAL}`],
    [passwordFile, passwordPath, "POSTGRES_PASSWORD_FILE"],
  ];
  const defaults = new Map<string, SourcedValue>();
  for (const [keyword, value, source] of values) if (value !== "") defaults.set(keyword, { value, source });
  // A file given to this program takes precedence over a variable that every program sees.
  if (passwordPath !== "" || (password === "" && credential !== "")) defaults.delete("password");
  return defaults;
}

/**
 * Completes the parameters of one server with its service and its own credential.
 *
 * @param parameters The parameters of a connection string.
 * @param options The environment and files; `name` of the server, whose credential is `NAME.password`.
 * @returns These and those of the service; `service` and `servicefile` are kept for display.
 * @throws {SyntaxError} When the service cannot be found or read, with file and line.
 */
export async function completeParameters(
  parameters: ConnectionParameters,
  { name, ...sources }: ConnectionSources & { readonly name: string },
): Promise<ConnectionParameters> {
  const { environment, readTextFile } = sources;
  const ofEnvironment = (variable: string): SourcedValue => ({
    value: environment(variable) ?? "",
    source: variable,
  });
  const service = parameters.get("service") ?? ofEnvironment("PGSERVICE");
  const file = parameters.get("servicefile") ?? ofEnvironment("PGSERVICEFILE");
  const fromService = service.value === ""
    ? new Map<string, SourcedValue>()
    : await readService(service.value, { ...sources, file: file.value });
  // The server's own host must not be combined with the service's address.
  const ownsHost = parameters.has("host") || parameters.has("hostaddr");
  const completed = new Map(
    [...fromService].filter(([keyword, { value }]) =>
      value !== "" && !(ownsHost && (keyword === "host" || keyword === "hostaddr"))
    ),
  );
  for (const [keyword, value] of parameters) completed.set(keyword, value);
  for (const [keyword, used] of [["service", service], ["servicefile", file]] as const) {
    if (service.value === "" || used.value === "") completed.delete(keyword);
    else completed.set(keyword, used);
  }
  if (!completed.has("password") && !completed.has(passwordFile)) {
    const directory = environment("CREDENTIALS_DIRECTORY") ?? "";
    const own = `${name}.password`;
    const path = await findCredential(directory, { name: own, readTextFile });
    if (path !== "") {
      completed.set(passwordFile, { value: path, source: `systemd credential ${own}` });
    }
  }
  return completed;
}

/** Finds a service in the given or the user's file, then in the system's. */
async function readService(
  service: string,
  { environment, readTextFile, file: named }: ConnectionSources & { readonly file: string },
): Promise<ConnectionParameters> {
  if (!/^[^\]\r\n]+$/.test(service)) {
    throw new SyntaxError('Cannot read the service: its name contains "]" or a line break');
  }
  const system = environment("PGSYSCONFDIR") ?? "";
  const paths = [
    named || userFiles(environment).serviceFile,
    ...(system === "" ? SYSTEM_DIRECTORIES : [system]).map((directory) => `${directory}/pg_service.conf`),
  ].filter((path) => path !== "");
  for (const [index, path] of paths.entries()) {
    let text: string;
    try {
      text = await readTextFile(path);
    } catch (error) {
      // Only a file that was given must exist.
      if (index > 0 || named === "") continue;
      const reason = errorMessage(error);
      throw new SyntaxError(`Cannot read service file "${path}": ${reason}`, { cause: error });
    }
    const found = parseServiceFile(text, { service, path });
    if (found !== null) return fromSource(found, `service file ${path} [${service}]`);
  }
  throw new SyntaxError(
    `Cannot find service "${service}": no section [${service}] in ${
      paths.join(" or ") || "any file, HOME is not set"
    }`,
  );
}
