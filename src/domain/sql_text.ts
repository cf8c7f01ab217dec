/**
 * Names and texts as they must be written into SQL that a person will run.
 *
 * @module
 */

/**
 * An identifier, quoted when PostgreSQL would not read it as it is written.
 *
 * @param name The identifier.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([quoteName("monitor"), quoteName("My Role")], ["monitor", '"My Role"']);
 * ```
 */
export function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/**
 * A text literal.
 *
 * @param text The text.
 */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
