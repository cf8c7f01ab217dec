/**
 * Parameters of a connection, each with where it was given: every merge keeps both together, so that it can be told
 * where a value that is in effect is from.
 *
 * @module
 */

/** A value and its source. */
export interface SourcedValue {
  /** What was given. */
  readonly value: string;
  /**
   * Where, as the user knows it: `PGSSLMODE`, `DSN in --server`, `service file PATH [NAME]`, `file.yml:12:7`, `default`.
   */
  readonly source: string;
}

/** Values by libpq keyword, and by {@linkcode OWN_PARAMETERS}. */
export type ConnectionParameters = ReadonlyMap<string, SourcedValue>;

/** Source of what nobody gave. */
export const DEFAULT_SOURCE = "default";

/**
 * Names of parameters besides libpq's keywords. They cannot be written in a connection string.
 */
export const OWN_PARAMETERS = {
  /** Path of a file that holds nothing but the password, read anew for every login. */
  passwordFile: "password_file",
  /** Directory of certificates that need not be there. */
  certificateDirectory: "certificate directory",
} as const;

/**
 * Notes where values are from.
 *
 * @param values Keywords and values.
 * @param source Where all of them were given.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(fromSource([["port", "5433"]], "PGPORT").get("port"), { value: "5433", source: "PGPORT" });
 * ```
 */
export function fromSource(
  values: Iterable<readonly [string, string]>,
  source: string,
): ConnectionParameters {
  return new Map([...values].map(([keyword, value]) => [keyword, { value, source }]));
}

/**
 * The parameters in effect: those of one's own, and the defaults for what they leave out.
 *
 * @param own What was given for this connection, services included.
 * @param defaults What is there for every connection, from the environment.
 */
export function mergeParameters(
  own: ConnectionParameters,
  defaults: ConnectionParameters,
): ConnectionParameters {
  const { passwordFile } = OWN_PARAMETERS;
  const left = new Map(defaults);
  // A host given by one alone must not be overruled by an address that the environment names for another.
  if (own.has("host") || own.has("hostaddr")) {
    for (const keyword of ["host", "hostaddr"]) left.delete(keyword);
  }
  // A password of one's own, or a file of one's own, goes before both of what is there for everybody.
  if (own.has("password") || own.has(passwordFile)) {
    for (const keyword of ["password", passwordFile]) left.delete(keyword);
  }
  const merged = new Map([...left, ...own]);
  if (own.has("password")) merged.delete(passwordFile);
  return merged;
}
