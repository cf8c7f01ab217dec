/**
 * Connection parameters, each with its source, which merging preserves.
 *
 * @module
 */

/** A value and its source. */
export interface SourcedValue {
  /** The value. */
  readonly value: string;
  /** Its source: `PGSSLMODE`, `DSN in --server`, `service file PATH [NAME]`, `file.yml:12:7` or `default`. */
  readonly source: string;
}

/** Values by libpq keyword, and by {@linkcode OWN_PARAMETERS}. */
export type ConnectionParameters = ReadonlyMap<string, SourcedValue>;

/** Source of a value that was not given. */
export const DEFAULT_SOURCE = "default";

/** Parameters in addition to libpq's keywords; they cannot be part of a connection string. */
export const OWN_PARAMETERS = {
  /** Path of a file that contains only the password, read again for every login. */
  passwordFile: "password_file",
  /** Directory of certificates, which may not exist. */
  certificateDirectory: "certificate directory",
} as const;

/**
 * Values with a common source.
 *
 * @param values Keywords and values.
 * @param source Their source.
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
 * The effective parameters of a connection.
 *
 * @param own Those given for this connection, its service included.
 * @param defaults Those of every connection, from the environment.
 */
export function mergeParameters(
  own: ConnectionParameters,
  defaults: ConnectionParameters,
): ConnectionParameters {
  const { passwordFile } = OWN_PARAMETERS;
  const merged = new Map(defaults);
  // Its own host must not be combined with the default address of another, nor its own password with a default file.
  for (const exclusive of [["host", "hostaddr"], ["password", passwordFile]]) {
    if (exclusive.some((keyword) => own.has(keyword))) {
      for (const keyword of exclusive) merged.delete(keyword);
    }
  }
  for (const [keyword, value] of own) merged.set(keyword, value);
  if (own.has("password")) merged.delete(passwordFile);
  return merged;
}
