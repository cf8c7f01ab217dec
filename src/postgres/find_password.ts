import type { ConnectionTarget } from "../config/config.ts";
import type { Endpoint } from "../config/libpq_settings.ts";
import { findPassword } from "../config/pass_file.ts";
import { readPasswordFile } from "../config/password_file.ts";
import { errorMessage } from "../domain/thrown.ts";
import { passFileProblem } from "./private_file.ts";
import { DEFAULT_SOCKET_DIRECTORIES } from "./socket_places.ts";
import type { FileAccess } from "./tls.ts";

/** A password, and its origin for the error of a login that fails. */
export interface FoundPassword {
  /** The password; null when none is known. */
  readonly password: string | null;
  /** Where the password came from, or why none was found; "" when there is nothing to report. */
  readonly hint: string;
  /** Its line in the password file; null when it is not from there. */
  readonly line: number | null;
}

/**
 * Finds the password for one host: the configured one, else that of the file that holds only the password, else that of
 * libpq's password file. The files are read each time, so that a new password needs no reload.
 *
 * @throws {SyntaxError} When a file that holds only the password cannot be read.
 */
export async function findLoginPassword(
  { password, user, database, libpq }: ConnectionTarget,
  { endpoint, readTextFile, readFacts }: FileAccess & { readonly endpoint: Endpoint },
): Promise<FoundPassword> {
  if (password !== null) return { password: password.reveal(), hint: "", line: null };
  const { passwordFile = "", passFile = "" } = libpq ?? {};
  if (passwordFile !== "") {
    const found = await readPasswordFile(passwordFile, { label: "password file", readTextFile });
    return { password: found, hint: `it is in ${passwordFile}`, line: null };
  }
  const nothing = (hint: string): FoundPassword => ({ password: null, hint, line: null });
  if (passFile === "") return nothing("");
  let text: string;
  try {
    const facts = await readFacts(passFile);
    if (facts === null) return nothing(`there is no password file ${passFile} either`);
    const problem = passFileProblem(passFile, facts);
    if (problem !== "") return nothing(problem);
    text = await readTextFile(passFile);
  } catch (error) {
    return nothing(`password file ${passFile} cannot be read: ${errorMessage(error)}`);
  }
  const { port } = endpoint;
  const isDefaultSocket = DEFAULT_SOCKET_DIRECTORIES.includes(endpoint.host);
  const hosts = isDefaultSocket ? [endpoint.host, "localhost"] : [endpoint.host];
  for (const host of hosts) {
    const found = findPassword(text, { host, port, database, user });
    if (found !== null) return { ...found, hint: `it is in ${passFile} line ${found.line}` };
  }
  const host = hosts[hosts.length - 1];
  return nothing(
    `no line of ${passFile} is for host ${host}, port ${port}, database ${database}, role ${user}`,
  );
}
