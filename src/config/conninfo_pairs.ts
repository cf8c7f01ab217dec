import { failConninfo } from "./conninfo_uri.ts";

const PAIR =
  /\s*([^\s=]+)\s*(=?)\s*(?:'((?:[^'\\]|\\[\s\S])*)'|((?:[^\s'\\]|\\[\s\S])(?:[^\s\\]|\\[\s\S])*)?)/y;

/**
 * Parses keywords and values: `host=a port = 5433 password='it\'s'`.
 *
 * As in libpq: spaces around `=` are allowed, an empty value or one with spaces is quoted with `'`, and a backslash
 * escapes the next character, quoted or not. The last value of a repeated keyword applies.
 *
 * @param text Keywords and values.
 * @returns Pairs in their order.
 * @throws {SyntaxError} When it is malformed; the message shows no part of it.
 */
export function parseConninfoPairs(text: string): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  const end = text.trimEnd().length;
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < end) {
    const start = PAIR.lastIndex;
    const match = PAIR.exec(text);
    const ordinal = pairs.length + 1;
    if (match === null) return failConninfo(`parameter ${ordinal} does not begin with a keyword`);
    const [whole, keyword = "", equals, quoted, bare] = match;
    if (equals === "") {
      failConninfo(`missing "=" in parameter ${ordinal} (expected keyword=value or postgresql://…)`);
    }
    if (quoted === undefined && text[start + whole.length] === "'") {
      failConninfo(`the quoted value of parameter ${ordinal} has no closing quote`);
    }
    pairs.push([keyword, (quoted ?? bare ?? "").replaceAll(/\\([\s\S])/g, "$1")]);
  }
  return pairs;
}
