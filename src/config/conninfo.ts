import { KNOWN_KEYWORDS } from "./conninfo_keywords.ts";
import { parseConninfoPairs } from "./conninfo_pairs.ts";
import { failConninfo, isConninfoUri, parseConninfoUri } from "./conninfo_uri.ts";
import { didYouMean } from "./suggestion.ts";

/**
 * Parses a libpq connection string: a URI (`postgresql://user@host:5432/db?sslmode=require`) or keywords and
 * values (`host=a user=b password='c d'`).
 *
 * Messages never show a part of the string: a password without quotes or encoding can end up anywhere in it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const parameters = parseConninfo("postgresql://monitor:p%40ss@[::1]:5433/app?sslmode=require");
 * assertEquals(parameters.get("password"), "p@ss");
 * assertEquals(parameters.get("host"), "::1");
 * ```
 *
 * @param text The connection string.
 * @returns Values by keyword, without keywords that have no value.
 * @throws {SyntaxError} When it is malformed or has a keyword that is unknown to libpq.
 */
export function parseConninfo(text: string): ReadonlyMap<string, string> {
  if (text.includes("\0")) failConninfo("it contains a NUL character");
  const pairs = isConninfoUri(text) ? parseConninfoUri(text) : parseConninfoPairs(text);
  const parameters = new Map<string, string>();
  for (const [index, [keyword, value]] of pairs.entries()) {
    if (!KNOWN_KEYWORDS.has(keyword)) {
      const hint = didYouMean(keyword, KNOWN_KEYWORDS) ||
        ": does a value with spaces need quotes, as in password='a b'?";
      failConninfo(`parameter ${index + 1} has an unknown keyword${hint}`);
    }
    if (value === "") parameters.delete(keyword);
    else parameters.set(keyword, value);
  }
  return parameters;
}
