import { type Environment, readClassicPassword } from "./classic.ts";
import { LIBPQ_ENVIRONMENT } from "./conninfo_keywords.ts";
import { findCredential } from "./password_file.ts";
import { parseServiceFile } from "./service_file.ts";

/** The environment, and how to read a file. */
export interface ConnectionSources {
  /** Reads a variable. */
  readonly environment: Environment;
  /** Reads a file whole. */
  readonly readTextFile: (path: string) => Promise<string>;
}

/**
 * Names that {@linkcode resolveTarget} understands besides libpq's keywords. They cannot be written in a connection
 * string.
 */
export const OWN_PARAMETERS = {
  /** Path of a file that holds nothing but the password, read anew for every login. */
  passwordFile: "password_file",
  /** Directory of certificates that need not be there. */
  certificateDirectory: "certificate directory",
} as const;

/** The credential of systemd with the password of every server that has none of its own. */
const PASSWORD_CREDENTIAL = "postgres_password";

/** Where service files of the whole system are when `PGSYSCONFDIR` does not say: Debian's place, then Red Hat's. */
const SYSTEM_DIRECTORIES = ["/etc/postgresql-common", "/etc/sysconfig/pgsql"];

/** Paths of libpq's own files of the user. */
function userFiles(environment: Environment) {
  // Windows has no HOME, and other names.
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
 * What connection strings leave out: `POSTGRES_*`, then libpq's own `PG*`, then its files in the home directory.
 *
 * @param sources The environment and files.
 * @returns Values by keyword, and by {@linkcode OWN_PARAMETERS}.
 * @throws {SyntaxError} When `POSTGRES_PASSWORD_FILE` cannot be read.
 */
export async function readConnectionDefaults(
  { environment, readTextFile }: ConnectionSources,
): Promise<ReadonlyMap<string, string>> {
  const { passFile, certificateDirectory } = userFiles(environment);
  const directory = environment("CREDENTIALS_DIRECTORY") ?? "";
  const passwordPath = environment("POSTGRES_PASSWORD_FILE") ?? "";
  const password = await readClassicPassword(environment, readTextFile);
  const credential = await findCredential(directory, { name: PASSWORD_CREDENTIAL, readTextFile });
  const values: readonly (readonly [string, string])[] = [
    ["passfile", passFile],
    [OWN_PARAMETERS.certificateDirectory, certificateDirectory],
    ...LIBPQ_ENVIRONMENT.map(([variable, keyword]) => [keyword, environment(variable) ?? ""] as const),
    ["user", environment("POSTGRES_USER") ?? ""],
    ["dbname", environment("POSTGRES_DB") ?? ""],
    // A file is read now so that a wrong path is told at once, and anew for every login so that it may change.
    ["password", passwordPath === "" ? password : ""],
    [OWN_PARAMETERS.passwordFile, passwordPath || (password === "" ? credential : "")],
  ];
  const defaults = new Map(values.filter(([, value]) => value !== ""));
  // A file that was named for us goes before a variable that is there for every program.
  if (passwordPath !== "" || (password === "" && credential !== "")) defaults.delete("password");
  return defaults;
}

/**
 * Completes the parameters of one server: with the service that it names, and with its own credential.
 *
 * @param parameters Values by keyword, from a connection string.
 * @param options The environment and files; `name`: the server's, whose credential is `NAME.password`.
 * @returns Values by keyword, and by {@linkcode OWN_PARAMETERS}.
 * @throws {SyntaxError} When the service cannot be found or read, with file and line.
 */
export async function completeParameters(
  parameters: ReadonlyMap<string, string>,
  { name, ...sources }: ConnectionSources & { readonly name: string },
): Promise<ReadonlyMap<string, string>> {
  const { environment, readTextFile } = sources;
  const service = parameters.get("service") ?? environment("PGSERVICE") ?? "";
  const fromService = service === ""
    ? new Map<string, string>()
    : await readService(service, { ...sources, file: parameters.get("servicefile") ?? "" });
  const completed = new Map([...fromService].filter(([, value]) => value !== ""));
  // A host of one's own with the service's address would lead elsewhere.
  if (parameters.has("host") || parameters.has("hostaddr")) {
    completed.delete("host");
    completed.delete("hostaddr");
  }
  for (const [keyword, value] of parameters) completed.set(keyword, value);
  completed.delete("service");
  completed.delete("servicefile");
  if (!completed.has("password") && !completed.has(OWN_PARAMETERS.passwordFile)) {
    const directory = environment("CREDENTIALS_DIRECTORY") ?? "";
    const path = await findCredential(directory, { name: `${name}.password`, readTextFile });
    if (path !== "") completed.set(OWN_PARAMETERS.passwordFile, path);
  }
  return completed;
}

/** Finds a service: in the file that is named or the user's, then in the system's. */
async function readService(
  service: string,
  { environment, readTextFile, file }: ConnectionSources & { readonly file: string },
): Promise<ReadonlyMap<string, string>> {
  if (!/^[^\]\r\n]+$/.test(service)) {
    throw new SyntaxError('Cannot read the service: its name has a "]" in it');
  }
  const named = file || (environment("PGSERVICEFILE") ?? "");
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
      // A file that nobody named need not be there.
      if (index > 0 || named === "") continue;
      const reason = error instanceof Error ? error.message : String(error);
      throw new SyntaxError(`Cannot read service file "${path}": ${reason}`, { cause: error });
    }
    const found = parseServiceFile(text, { service, path });
    if (found !== null) return found;
  }
  throw new SyntaxError(
    `Cannot find service "${service}": no section [${service}] in ${
      paths.join(" or ") || "any file, HOME is not set"
    }`,
  );
}
