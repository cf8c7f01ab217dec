/**
 * What the exporter may do at run time, in one place: the task `start` and the compiled binary get exactly this.
 *
 * - network: to listen, and to reach servers under any name or address;
 * - reading files: a configuration, a password file, `.pgpass`, certificates, wherever the user keeps them;
 * - the environment: only the variables that are listed here.
 *
 * Nothing may be written or run, no library loaded, no question asked.
 *
 * @module
 */

/** Variables of the original script that configured it. */
const CLASSIC = [
  "EXPORTER_PORT",
  "POSTGRES_DB",
  "POSTGRES_PASSWORD",
  "POSTGRES_PASSWORD_FILE",
  "POSTGRES_USER",
  "PRIMARY_HOST",
  "PRIMARY_PORT",
  "STANDBY_HOST",
  "STANDBY_PORT",
];

/** libpq's variables that a connection string falls back to, and where its files are looked for. */
const LIBPQ = [
  "HOME",
  "PGAPPNAME",
  "PGCONNECT_TIMEOUT",
  "PGDATABASE",
  "PGHOST",
  "PGHOSTADDR",
  "PGOPTIONS",
  "PGPASSFILE",
  "PGPASSWORD",
  "PGPORT",
  "PGSERVICE",
  "PGSERVICEFILE",
  "PGSSLCERT",
  "PGSSLKEY",
  "PGSSLMODE",
  "PGSSLROOTCERT",
  "PGTARGETSESSIONATTRS",
  "PGUSER",
  "USER",
];

/** What postgres.js reads although every option is given. */
const DRIVER = ["PGAPPNAME"];

/**
 * The flags for `deno run` and `deno compile`.
 *
 * @param flagVariables Environment twins of the flags.
 * @returns Flags, in a fixed order.
 */
export function runtimePermissions(flagVariables: readonly string[]): readonly string[] {
  const variables = [...new Set([...CLASSIC, ...LIBPQ, ...DRIVER, ...flagVariables])].sort();
  return ["--no-prompt", "--allow-net", "--allow-read", `--allow-env=${variables.join(",")}`];
}
