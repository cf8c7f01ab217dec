/**
 * Identifiers and literals in SQL that a person will run.
 *
 * @module
 */

/**
 * Quotes an identifier where PostgreSQL requires it.
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

/** Quotes a text literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
