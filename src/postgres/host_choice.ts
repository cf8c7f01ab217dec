import type { ConnectionTarget } from "../config/config.ts";
import type { Endpoint, LibpqSettings, SessionAttributes } from "../config/libpq_settings.ts";
import { decodeBoolean, decodeText, type Row } from "./decode.ts";
import { PostgresError } from "./errors.ts";

/** A host that responds but does not match `target_session_attrs`. */
export class AttributesError extends Error {
  /** Class name, for logs. */
  override readonly name = "AttributesError";
}

/** The statement whose answer {@linkcode checkAttributes} reads. */
export const ATTRIBUTES_SQL: string = "SELECT pg_catalog.pg_is_in_recovery() AS in_recovery, " +
  "pg_catalog.current_setting('transaction_read_only') AS read_only";

/**
 * The order in which to try hosts or addresses: as given, or random with `load_balance_hosts=random`.
 *
 * @param options `isBalanced`: whether the order is random; `random`: a number in [0, 1).
 */
export function arrange<T>(
  items: readonly T[],
  { isBalanced, random }: Pick<LibpqSettings, "isBalanced"> & { readonly random: () => number },
): readonly T[] {
  if (!isBalanced) return items;
  const drawn = items.map((item) => ({ item, lot: random() }));
  return drawn.sort((a, b) => a.lot - b.lot).map(({ item }) => item);
}

/** Every host of a target, in the configured order. */
export function endpointsOf({ host, hostAddress, port, libpq }: ConnectionTarget): readonly Endpoint[] {
  return [{ host, hostAddress, port }, ...libpq?.otherHosts ?? []];
}

/** What to require of hosts, round by round: `prefer-standby` requires a standby first, then any host. */
export function roundsOf(attributes: SessionAttributes): readonly SessionAttributes[] {
  return attributes === "prefer-standby" ? ["standby", "any"] : [attributes];
}

/** Whether the session must not set itself read-only before the host is checked. */
export function isAboutWriting(attributes: SessionAttributes): boolean {
  return attributes === "read-write" || attributes === "read-only";
}

/**
 * Checks a host against `target_session_attrs`.
 *
 * @param rows The answer to {@linkcode ATTRIBUTES_SQL}.
 * @throws {AttributesError} When the host does not match.
 */
export function checkAttributes(attributes: SessionAttributes, [row = {}]: readonly Row[]): void {
  const isStandby = decodeBoolean(row, "in_recovery") === true;
  const isReadOnly = isStandby || decodeText(row, "read_only") === "on";
  const problems: Readonly<Record<SessionAttributes, string>> = {
    "any": "",
    "prefer-standby": "",
    "primary": isStandby ? "it is a standby" : "",
    "standby": isStandby ? "" : "it is not a standby",
    "read-write": isReadOnly ? "its sessions are read-only" : "",
    "read-only": isReadOnly ? "" : "its sessions are read-write",
  };
  const problem = problems[attributes];
  if (problem !== "") throw new AttributesError(`${problem}, but target_session_attrs=${attributes}`);
}

/**
 * Whether the next host is tried after an error, by libpq's rules: yes if the host is unreachable, is starting or
 * shutting down, or does not match `target_session_attrs`; a rejected login ends the search.
 */
export function mayTryNextHost(error: PostgresError): boolean {
  return error.step === "resolve" || error.step === "connect" || error.sqlstate === "57P03" ||
    error.kind === "timeout" || error.cause instanceof AttributesError;
}

/** One error for all hosts, from the error of each, at least one. */
export function noneWillDo(server: string, failures: readonly PostgresError[]): PostgresError {
  const last = failures[failures.length - 1];
  if (last === undefined) throw new TypeError("No host was tried");
  if (failures.length === 1) return last;
  const reasons = failures.map(({ message }) => message.replace(/^Cannot .*? server "[^"]*" at /, ""));
  return new PostgresError(
    `Cannot connect to server "${server}": none of its ${failures.length} hosts is usable. ${
      reasons.join(". ")
    }`,
    { ...last.trouble, cause: last.cause },
  );
}
