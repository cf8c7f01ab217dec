import type { ConnectionTarget } from "../config/config.ts";
import type { Endpoint } from "../config/libpq_settings.ts";
import { findPassword } from "../config/pass_file.ts";
import { readPasswordFile } from "../config/password_file.ts";
import { passFileProblem, type ReadFileFacts } from "./private_file.ts";
import { DEFAULT_SOCKET_DIRECTORIES } from "./socket_places.ts";

/** A password, and what to say about it when it is not let in. */
export interface FoundPassword {
  /** The password; null when none is known. */
  readonly password: string | null;
  /** Where it was looked for in vain, or where it came from, for the message of a login that fails; "" for nothing. */
  readonly hint: string;
  /** Line of the password file that it is from; null when it is not from there. */
  readonly line: number | null;
}

/**
 * Finds the password for one host: the one that is given, else that of the file with nothing else in it, else that of
 * libpq's password file. Files are read anew, so that a password may change without a reload.
 *
 * @param target As whom to log in.
 * @param options `endpoint`: where; how to read files.
 * @throws {SyntaxError} When a file that is named for nothing but the password cannot be read.
 */
export async function findLoginPassword(
  { password, user, database, libpq }: ConnectionTarget,
  { endpoint, readTextFile, readFacts }: {
    readonly endpoint: Endpoint;
    readonly readTextFile: (path: string) => Promise<string>;
    readonly readFacts: ReadFileFacts;
  },
): Promise<FoundPassword> {
  if (password !== null) return { password: password.reveal(), hint: "", line: null };
  const { passwordFile = "", passFile = "" } = libpq ?? {};
  if (passwordFile !== "") {
    const found = await readPasswordFile(passwordFile, { label: "password file", readTextFile });
    return { password: found, hint: `it is in ${passwordFile}`, line: null };
  }
  if (passFile === "") return { password: null, hint: "", line: null };
  const nothing = (hint: string): FoundPassword => ({ password: null, hint, line: null });
  let text: string;
  try {
    const facts = await readFacts(passFile);
    if (facts === null) return nothing(`there is no password file ${passFile} either`);
    const problem = passFileProblem(passFile, facts);
    if (problem !== "") return nothing(problem);
    text = await readTextFile(passFile);
  } catch (error) {
    return nothing(
      `password file ${passFile} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
  const isUsualSocket = DEFAULT_SOCKET_DIRECTORIES.includes(endpoint.host);
  for (const host of isUsualSocket ? [endpoint.host, "localhost"] : [endpoint.host]) {
    const found = findPassword(text, { host, port: endpoint.port, database, user });
    if (found !== null) return { ...found, hint: `it is in ${passFile} line ${found.line}` };
  }
  const host = isUsualSocket ? "localhost" : endpoint.host;
  return nothing(
    `no line of ${passFile} is for host ${host}, port ${endpoint.port}, database ${database}, role ${user}`,
  );
}
