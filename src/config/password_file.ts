import { errorMessage } from "../domain/thrown.ts";

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
  const isPath = path.includes("/");
  const shown = isPath ? ` "${path}"` : ", whose name is not shown because it may be the password";
  const fail = (reason: string): never => {
    throw new SyntaxError(`Cannot read ${label}${shown}: ${reason}`);
  };
  const text = await readTextFile(path).catch((error: unknown) => {
    // The system's message repeats the path.
    if (!isPath && error instanceof Deno.errors.NotFound) return fail("there is no such file");
    const reason = errorMessage(error);
    return fail(isPath ? reason : reason.replaceAll(path, "***"));
  });
  const password = text.replace(/(?:\r?\n)+$/, "");
  if (password === "") fail("the file is empty");
  return password.includes("\0") ? fail("it contains a NUL character") : password;
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
