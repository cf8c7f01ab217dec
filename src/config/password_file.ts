/**
 * Reads a file that contains only a password: `POSTGRES_PASSWORD_FILE`, `password_file` of the configuration file, a
 * systemd credential.
 *
 * @param path The file.
 * @param options `label`: its name in messages; `readTextFile` reads it.
 * @returns The password, without trailing line feeds.
 * @throws {SyntaxError} When the file cannot be read or is empty.
 */
export async function readPasswordFile(
  path: string,
  { label, readTextFile }: {
    readonly label: string;
    readonly readTextFile: (path: string) => Promise<string>;
  },
): Promise<string> {
  // Instead of a path users may give the password itself, which has no directory.
  const shown = path.includes("/")
    ? ` "${path}"`
    : ", whose name is not shown because it may be the password";
  let text: string;
  try {
    text = await readTextFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(
      `Cannot read ${label}${shown}: ${path.includes("/") ? reason : reasonWithout(path, error)}`,
    );
  }
  const password = text.replace(/(?:\r?\n)+$/, "");
  if (password === "") throw new SyntaxError(`Cannot read ${label}${shown}: the file is empty`);
  if (password.includes("\0")) {
    throw new SyntaxError(`Cannot read ${label}${shown}: it contains a NUL character`);
  }
  return password;
}

/** The system's error message repeats the path. */
function reasonWithout(path: string, error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  return (error instanceof Error ? error.message : String(error)).replaceAll(path, "***");
}

/**
 * The path of a systemd credential (`LoadCredential=`).
 *
 * @param directory `$CREDENTIALS_DIRECTORY`; "" when there is none.
 * @param options `name` of the credential; `readTextFile` shows whether it exists.
 * @returns The path; "" when there is no such credential.
 */
export async function findCredential(
  directory: string,
  { name, readTextFile }: {
    readonly name: string;
    readonly readTextFile: (path: string) => Promise<string>;
  },
): Promise<string> {
  if (directory === "") return "";
  const path = `${directory.replace(/\/+$/, "")}/${name}`;
  try {
    await readTextFile(path);
    return path;
  } catch {
    return "";
  }
}
