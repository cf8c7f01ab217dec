/** A login in a URI: up to the last "@" of the line, as a password may contain one. */
const IN_URI = /\b([a-z][a-z0-9+.-]*:\/\/)[^\n]*@/gi;
/** A password as a keyword's value, or in the query of a URI. */
const BY_KEYWORD = /\b((?:ssl)?password\s*=\s*)(?:'(?:[^'\\\n]|\\.)*'?|[^\s"&]+)/gi;

/**
 * Hides logins in a sentence that quotes user input, which may be a connection string in the wrong place.
 *
 * @param text The sentence.
 * @returns The sentence with `***` for the logins of URIs and for passwords after their keyword.
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
