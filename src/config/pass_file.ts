/** The connection to find a password for. */
export interface PassFileKey {
  /** Host name or address of the connection string; `localhost` for a socket in the default directory. */
  readonly host: string;
  /** Port. */
  readonly port: number;
  /** Database. */
  readonly database: string;
  /** Role. */
  readonly user: string;
}

/** A matching line. */
export interface PassFileEntry {
  /** The password. */
  readonly password: string;
  /** Line number, from 1. */
  readonly line: number;
}

/** The fields of a line, with their backslash escapes. */
function splitLine(line: string): readonly string[] {
  return [...line.matchAll(/((?:\\[\s\S]|[^:\\]|\\$)*)(?::|$)/g)].map(([, field = ""]) => field);
}

/** Removes backslash escapes. */
function unescape(field: string): string {
  return field.replaceAll(/\\([\s\S])/g, "$1");
}

/**
 * Finds a password in the text of a password file (`.pgpass`), as libpq does.
 *
 * Lines are `host:port:database:user:password`; the first four fields may be `*`; `\:` and `\\` are escapes; a line
 * that begins with `#` is a comment; the first matching line applies. A line with fewer fields never matches, and text
 * after a fifth colon is not part of the password.
 * {@link https://www.postgresql.org/docs/current/libpq-pgpass.html}
 *
 * @param text The file.
 * @param key The connection.
 * @returns The password and its line; null when no line matches, or the first that does has an empty password.
 */
export function findPassword(text: string, key: PassFileKey): PassFileEntry | null {
  const wanted = [key.host, String(key.port), key.database, key.user];
  for (const [index, line] of text.split("\n").entries()) {
    const content = line.replace(/\r+$/, "");
    if (content === "" || content.startsWith("#")) continue;
    const fields = splitLine(content);
    const password = fields[4];
    if (password === undefined) continue;
    // An asterisk alone matches everything, an escaped one only itself.
    const isMatch = wanted.every((value, index) =>
      fields[index] === "*" || unescape(fields[index] ?? "") === value
    );
    if (isMatch) return password === "" ? null : { password: unescape(password), line: index + 1 };
  }
  return null;
}
