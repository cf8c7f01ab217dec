import type { Endpoint, LibpqSettings, SessionAttributes } from "../config/libpq_settings.ts";
import type { ConnectionTarget } from "../config/config.ts";
import { decodeBoolean, decodeText, type Row } from "./decode.ts";
import { PostgresError } from "./errors.ts";

/** A host that answers and is not what `target_session_attrs` asks for. */
export class AttributesError extends Error {
  /** Class name, for logs. */
  override readonly name = "AttributesError";
}

/** What {@linkcode checkAttributes} reads. */
export const ATTRIBUTES_SQL: string = "SELECT pg_catalog.pg_is_in_recovery() AS in_recovery, " +
  "pg_catalog.current_setting('transaction_read_only') AS read_only";

/**
 * In which order to try things: as given, or shuffled for `load_balance_hosts=random`.
 *
 * @param items What to try.
 * @param options `isBalanced`: whether to shuffle; `random`: a number in [0, 1).
 */
export function arrange<T>(
  items: readonly T[],
  { isBalanced, random }: Pick<LibpqSettings, "isBalanced"> & { readonly random: () => number },
): readonly T[] {
  if (!isBalanced) return items;
  const drawn = items.map((item) => ({ item, lot: random() }));
  return drawn.sort((a, b) => a.lot - b.lot).map(({ item }) => item);
}

/** Every host of a target, in the order given. */
export function endpointsOf({ host, hostAddress, port, libpq }: ConnectionTarget): readonly Endpoint[] {
  return [{ host, hostAddress, port }, ...libpq?.otherHosts ?? []];
}

/** What to ask of hosts, round by round: a standby is preferred by asking for one first. */
export function roundsOf(attributes: SessionAttributes): readonly SessionAttributes[] {
  return attributes === "prefer-standby" ? ["standby", "any"] : [attributes];
}

/** Whether the session's own default must not be read-only while a host is judged by what it would let us do. */
export function isAboutWriting(attributes: SessionAttributes): boolean {
  return attributes === "read-write" || attributes === "read-only";
}

/**
 * Checks that a host is what is asked for.
 *
 * @param attributes What is asked for.
 * @param rows The answer to {@linkcode ATTRIBUTES_SQL}.
 * @throws {AttributesError} When it is not.
 */
export function checkAttributes(attributes: SessionAttributes, rows: readonly Row[]): void {
  const [row = {}] = rows;
  const isStandby = decodeBoolean(row, "in_recovery") === true;
  const isReadOnly = isStandby || decodeText(row, "read_only") === "on";
  const problems: Readonly<Record<SessionAttributes, string>> = {
    "any": "",
    "prefer-standby": "",
    "primary": isStandby ? "it is a standby" : "",
    "standby": isStandby ? "" : "it is no standby",
    "read-write": isReadOnly ? "its sessions are read-only" : "",
    "read-only": isReadOnly ? "" : "its sessions may write",
  };
  const problem = problems[attributes];
  if (problem !== "") throw new AttributesError(`${problem}, and target_session_attrs=${attributes}`);
}

/**
 * Whether the next host is tried after a failure, by libpq's rules: the host cannot be reached, is starting or shutting
 * down, or is not what is asked for. A login that is refused ends the search.
 *
 * @param error The failure.
 */
export function mayTryNextHost(error: PostgresError): boolean {
  return error.step === "resolve" || error.step === "connect" || error.sqlstate === "57P03" ||
    error.kind === "timeout" || error.cause instanceof AttributesError;
}

/**
 * One error for all hosts.
 *
 * @param server The user's name of the server.
 * @param failures What each said, at least one.
 */
export function noneWillDo(server: string, failures: readonly PostgresError[]): PostgresError {
  const last = failures[failures.length - 1];
  if (last === undefined) throw new TypeError("No host was tried");
  if (failures.length === 1) return last;
  const said = failures.map(({ message }) => message.replace(/^Cannot .*? server "[^"]*" at /, ""));
  return new PostgresError(
    `Cannot connect to server "${server}": none of its ${failures.length} hosts will do. ${said.join(". ")}`,
    { kind: last.kind, step: last.step, sqlstate: last.sqlstate, cause: last.cause },
  );
}
