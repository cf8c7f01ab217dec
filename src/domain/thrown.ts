/**
 * Reads what was thrown, which may be anything.
 *
 * @module
 */

/** The `code` of an error of the system or of a library; "" when it has none. */
export function errorCode(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
}

/** The message of an error; anything else as text. */
export function errorMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
