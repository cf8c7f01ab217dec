/**
 * Quoting of identifiers and literals for SQL.
 *
 * @module
 */

/**
 * Quotes an identifier if PostgreSQL requires it.
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

/** Quotes a string literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
