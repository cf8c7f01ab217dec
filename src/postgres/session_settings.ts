/**
 * Settings of our session, so that no default of server, database or role changes what it does.
 *
 * @module
 */
import type { ConnectionTarget } from "../config/config.ts";
import type { SessionAttributes } from "../config/libpq_settings.ts";
import { isAboutWriting } from "./host_choice.ts";

/** Timeouts of every statement of a session. */
export interface SessionLimits {
  /** Timeout of every statement on the server, seconds. */
  readonly statementTimeoutSeconds: number;
  /** Lock timeout of every statement, seconds. */
  readonly lockTimeoutSeconds: number;
}

/** A duration in seconds as a value in milliseconds, at least 1: 0 would mean no limit. */
export function milliseconds(seconds: number): number {
  return Math.max(1, Math.round(seconds * 1000));
}

/**
 * Settings that change what a statement returns or whether the session survives, whatever the defaults of server, database
 * and role: all that a login may change in 13 to 18 and that matters to our statements. `exit_on_error` would end the
 * session with the first failed statement.
 */
const STATEMENT_SETTINGS: Readonly<Record<string, string>> = {
  search_path: "pg_catalog",
  extra_float_digits: "1",
  quote_all_identifiers: "off",
  exit_on_error: "off",
  idle_in_transaction_session_timeout: "0",
};

/** Further ones of a session of our own; behind a pooler they do not reach our statements. */
const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  ...STATEMENT_SETTINGS,
  default_transaction_isolation: "read committed",
  default_transaction_deferrable: "off",
  client_min_messages: "warning",
  DateStyle: "ISO",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  bytea_output: "hex",
  standard_conforming_strings: "on",
  row_security: "on",
  // JIT compilation of a catalogue query costs far more than running it.
  jit: "off",
};

/** Settings that older versions do not have, so a login with them would fail there, by the version that has them. */
export function laterSettings(versionNum: number): string {
  return (versionNum >= 140000 ? "SET idle_session_timeout = 0; " : "") +
    (versionNum >= 170000 ? "SET transaction_timeout = 0; " : "") + "SELECT 1";
}

/** Settings of one statement behind a pooler, as SQL before it; they end with it. */
export function pooledLimits(options: SessionLimits, statementTimeoutSeconds: number | undefined): string {
  const timeout = Math.min(statementTimeoutSeconds ?? Infinity, options.statementTimeoutSeconds);
  const settings = {
    transaction_isolation: "read committed",
    transaction_read_only: "on",
    ...STATEMENT_SETTINGS,
    statement_timeout: milliseconds(timeout),
    lock_timeout: milliseconds(options.lockTimeoutSeconds),
  };
  return Object.entries(settings).map(([name, value]) => `SET LOCAL ${name} = '${value}'; `).join("");
}

/**
 * Parameters of the startup message of a session; behind a pooler only the name.
 *
 * @param attributes The required attributes of the host.
 */
export function startupParameters({ target, options, attributes }: {
  readonly target: Pick<ConnectionTarget, "applicationName" | "options">;
  readonly options: SessionLimits & { readonly pooled?: boolean };
  readonly attributes: SessionAttributes;
}): Record<string, string> {
  const name = { application_name: target.applicationName };
  if (options.pooled) return name;
  return {
    ...name,
    ...(target.options === "" ? {} : { options: target.options }),
    ...SESSION_SETTINGS,
    // A session that is read-only by its own setting cannot find out whether the host allows writes.
    ...(isAboutWriting(attributes) ? {} : { default_transaction_read_only: "on" }),
    statement_timeout: String(milliseconds(options.statementTimeoutSeconds)),
    lock_timeout: String(milliseconds(options.lockTimeoutSeconds)),
  };
}
