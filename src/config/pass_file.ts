/** What a password is looked up by. */
export interface PassFileKey {
  /** Host name or address as in the connection string; `localhost` for a socket in the default directory. */
  readonly host: string;
  /** Port. */
  readonly port: number;
  /** Database. */
  readonly database: string;
  /** Role. */
  readonly user: string;
}

/** A password that was found. */
export interface PassFileEntry {
  /** The password. */
  readonly password: string;
  /** Number of its line, from 1. */
  readonly line: number;
}

/** The fields of a line as written: a backslash keeps the next character from separating. */
function splitLine(line: string): readonly string[] {
  return [...line.matchAll(/((?:\\[\s\S]|[^:\\]|\\$)*)(?::|$)/g)].map(([, field = ""]) => field);
}

/** Takes the backslashes out: each stands for the character behind it. */
function unescape(field: string): string {
  return field.replaceAll(/\\([\s\S])/g, "$1");
}

/**
 * Finds a password in the text of a password file (`.pgpass`), as libpq does.
 *
 * Lines are `host:port:database:user:password`; the first four may be `*`; `\:` and `\\` stand for themselves; a line
 * that begins with `#` is a comment; the first line that matches counts. A line with fewer fields matches nothing, and what
 * stands behind a fifth colon is no part of the password.
 * {@link https://www.postgresql.org/docs/current/libpq-pgpass.html}
 *
 * @param text The file.
 * @param key What to look up.
 * @returns The password and its line; null when no line matches or the password of the one that does is empty.
 */
export function findPassword(text: string, key: PassFileKey): PassFileEntry | null {
  const wanted = [key.host, String(key.port), key.database, key.user];
  for (const [index, line] of text.split("\n").entries()) {
    const content = line.replace(/\r+$/, "");
    if (content === "" || content.startsWith("#")) continue;
    const fields = splitLine(content);
    const password = fields[4];
    if (password === undefined) continue;
    // A lone asterisk matches everything, one behind a backslash only itself.
    const isMatch = wanted.every((value, index) =>
      fields[index] === "*" || unescape(fields[index] ?? "") === value
    );
    if (isMatch) return password === "" ? null : { password: unescape(password), line: index + 1 };
  }
  return null;
}
