/** A login in a URI: up to the last "@" of the line, as a password may hold one. */
const IN_URI = /\b([a-z][a-z0-9+.-]*:\/\/)[^\n]*@/gi;
/** A password among keywords and values, or in the query of a URI. */
const BY_KEYWORD = /\b((?:ssl)?password\s*=\s*)(?:'(?:[^'\\\n]|\\.)*'?|[^\s"&]+)/gi;

/**
 * Hides logins in a sentence that repeats what somebody has written, who may have written a connection string where
 * something else was wanted.
 *
 * @param text The sentence.
 * @returns It with `***` for the logins of URIs and for passwords behind their keyword.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(hideLogins('Cannot parse "postgres://u:p@a/b"'), 'Cannot parse "postgres://***@a/b"');
 * ```
 */
export function hideLogins(text: string): string {
  return text
    .replaceAll(IN_URI, "$1***@")
    .replaceAll(BY_KEYWORD, "$1***");
}
