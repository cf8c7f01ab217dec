/**
 * Words of commands for a POSIX shell.
 *
 * @module
 */

/** A word that a shell takes as it is. */
const PLAIN_WORD = /^[\w@%+=:,./-]+$/;

/**
 * Quotes a word if a shell requires it.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([quoteForShell("a=b"), quoteForShell("it's")], ["a=b", `'it'\\''s'`]);
 * ```
 */
export function quoteForShell(word: string): string {
  return PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * A name for a command that somebody will run. A client chooses its `application_name` and its role by itself, so that a
 * name which a shell, a connection string or an option parser could take for more than a name is left to the reader.
 *
 * @param name The name; null when it is unknown.
 * @param placeholder What is printed instead, such as `MEMBER`.
 */
export function nameForCommand(name: string | null, placeholder: string): string {
  return name !== null && /^[\p{L}\p{N}_][\p{L}\p{N}_.:-]*$/u.test(name) ? name : placeholder;
}
