/**
 * From whatever the network, the driver or the server threw to one {@linkcode PostgresError} in words.
 *
 * SQLSTATE classes: {@link https://www.postgresql.org/docs/current/errcodes-appendix.html}.
 *
 * @module
 */
import { DeadlineError } from "../domain/deadline.ts";
import type { ServerErrorKind } from "../domain/view.ts";
import { quoteName } from "../domain/sql_text.ts";
import { PostgresError, type Step } from "./errors.ts";
import { AttributesError } from "./host_choice.ts";
import { LoginRefused } from "./login.ts";
import { SOCKET_PLACES } from "./socket_places.ts";
import { TlsError } from "./tls.ts";

/** Where it happened. */
export interface TroubleContext {
  /** The user's name of the server. */
  readonly server: string;
  /** Host and port, as a person writes them. */
  readonly address: string;
  /** Role we log in as. */
  readonly user: string;
  /** Database we log in to. */
  readonly database: string;
  /** The step under way. */
  readonly step: Step;
  /** Whether we have a password to log in with; absent when that does not matter. */
  readonly isPasswordGiven?: boolean;
  /** Where the password was looked for or came from, for a login that fails; absent or "" for nothing to say. */
  readonly passwordHint?: string;
}

const NETWORK: Readonly<Record<string, { kind: ServerErrorKind; advice: string }>> = {
  ECONNREFUSED: {
    kind: "refused",
    advice: "nothing listens there: check that PostgreSQL runs, its port, and listen_addresses",
  },
  ENOTFOUND: { kind: "unreachable", advice: "the name does not resolve: check the host name and DNS" },
  EAI_AGAIN: { kind: "unreachable", advice: "name resolution failed for now: check DNS" },
  EHOSTUNREACH: { kind: "unreachable", advice: "no route to that host: check the network and firewalls" },
  ENETUNREACH: { kind: "unreachable", advice: "no route to that network: check the network and firewalls" },
  ETIMEDOUT: { kind: "unreachable", advice: "nothing answers: check the network and firewalls" },
  ENOENT: { kind: "refused", advice: "no such socket: check unix_socket_directories and the port" },
  EACCES: { kind: "refused", advice: "may not open the socket: check its permissions" },
};

const LOST = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  "ECONNRESET",
  "EPIPE",
  "ECONNABORTED",
]);

function property(value: unknown, key: string): string | null {
  if (typeof value !== "object" || value === null || !(key in value)) return null;
  const found: unknown = Reflect.get(value, key);
  return typeof found === "string" ? found : null;
}

/**
 * Says what went wrong and what to do.
 *
 * @param thrown Anything that was thrown.
 * @param context Where it happened.
 * @returns A typed error; one that is typed already is returned as it is.
 */
export function toPostgresError(thrown: unknown, context: TroubleContext): PostgresError {
  if (thrown instanceof PostgresError) return thrown;
  const code = property(thrown, "code");
  const text = property(thrown, "message") ?? String(thrown);
  // Only what a server said has a severity; poolers send just the localised one.
  const isFromServer = property(thrown, "severity") !== null || property(thrown, "severity_local") !== null;
  const sqlstate = code !== null && isFromServer && /^[0-9A-Z]{5}$/.test(code) ? code : null;
  const { kind, what } = sqlstate !== null
    ? fromServer(sqlstate, { text, context })
    : fromNetwork(thrown, { code, text, context });
  return new PostgresError(
    `Cannot ${verb(context.step)} server "${context.server}" at ${context.address}: ${what}`,
    { kind, step: context.step, sqlstate, cause: thrown },
  );
}

function verb(step: Step): string {
  switch (step) {
    case "resolve":
      return "resolve the address of";
    case "connect":
      return "connect to";
    case "authenticate":
      return "log in to";
    case "query":
      return "query";
    case "close":
      return "close the session with";
  }
}

interface Explained {
  readonly kind: ServerErrorKind;
  readonly what: string;
}

function fromNetwork(
  thrown: unknown,
  { code, text, context }: { code: string | null; text: string; context: TroubleContext },
): Explained {
  if (thrown instanceof DeadlineError) {
    const early = context.step === "resolve" || context.step === "connect";
    return {
      kind: early ? "unreachable" : "timeout",
      what: `no answer within ${thrown.seconds} s; ` +
        (early
          ? "check the network, firewalls and that the host is up"
          : "the server is overloaded, frozen or cut off: look at its host"),
    };
  }
  const known = code === null ? undefined : NETWORK[code];
  if (known) return { kind: known.kind, what: `${known.advice} (${code})` };
  if (code !== null && LOST.has(code)) {
    return context.step === "authenticate"
      ? {
        kind: "refused",
        what:
          "the connection was closed during the login; look at the server's log, and check that port and " +
          "sslmode fit the server",
      }
      : { kind: "unreachable", what: `the connection was lost (${code}); it will be opened again` };
  }
  if (context.step === "connect" && context.address.startsWith("/")) {
    return {
      kind: "refused",
      what:
        "this program may not open that socket: Deno lets it write only where it was told at build time " +
        `(${SOCKET_PLACES.slice(0, 3).join(", ")}, …); put the server's socket there with ` +
        "unix_socket_directories, or use TCP, e.g. host=127.0.0.1",
    };
  }
  if (code === "SASL_SIGNATURE_MISMATCH") {
    return { kind: "auth", what: "the server could not prove that it knows the password; do not trust it" };
  }
  if (code === "NO_PASSWORD") return { kind: "auth", what: `${text}; ${passwordAdvice(context)}` };
  if (thrown instanceof LoginRefused) return { kind: "auth", what: text };
  if (thrown instanceof TlsError) return { kind: "protocol", what: `TLS: ${text}` };
  if (thrown instanceof AttributesError) return { kind: "refused", what: text };
  // A password file that cannot be read.
  if (thrown instanceof SyntaxError && context.step === "authenticate") return { kind: "auth", what: text };
  return { kind: "protocol", what: text };
}

function roleAdvice(text: string, user: string): string {
  if (/not permitted to log in/.test(text)) return `run: ALTER ROLE ${quoteName(user)} LOGIN`;
  if (/valid client certificate/.test(text)) {
    return "name one, and its key, with sslcert and sslkey: the server wants one that its ssl_ca_file has signed";
  }
  if (/certificate authentication failed/i.test(text)) {
    return `the common name of the client certificate must be "${user}", or be mapped to it in pg_ident.conf`;
  }
  if (/(?:peer|ident) authentication failed/i.test(text)) {
    return `run this program as the system user "${user}", map its own to that role in pg_ident.conf, or have the ` +
      "server ask for a password";
  }
  return `create the role: CREATE ROLE ${quoteName(user)} LOGIN PASSWORD '…' IN ROLE pg_monitor`;
}

function passwordAdvice({ isPasswordGiven, passwordHint = "", user }: TroubleContext): string {
  const hint = passwordHint === "" ? "" : `; ${passwordHint}`;
  return isPasswordGiven === false
    ? `no password was given: set POSTGRES_PASSWORD, POSTGRES_PASSWORD_FILE or PGPASSWORD${hint}`
    : `check the password of role "${user}"${hint}`;
}

/**
 * The GRANT that is missing. PostgreSQL names tables without their schema, in the language of the server; statistics are
 * what is asked for mostly.
 */
function missingGrant(text: string, user: string): string {
  const [, what = "", name = ""] =
    /permission denied for (table|view|relation|schema) "?(.+?)"?$/.exec(text) ?? [];
  if (what === "") return `: GRANT pg_monitor TO ${quoteName(user)}`;
  return what === "schema"
    ? `: GRANT USAGE ON SCHEMA ${quoteName(name)} TO ${quoteName(user)}`
    : `, with its schema before the name: GRANT SELECT ON ${quoteName(name)} TO ${quoteName(user)}`;
}

function fromServer(
  sqlstate: string,
  { text, context }: { text: string; context: TroubleContext },
): Explained {
  const said = `${text} (SQLSTATE ${sqlstate})`;
  switch (sqlstate) {
    case "28P01":
      return { kind: "auth", what: `${said}; ${passwordAdvice(context)}` };
    case "28000":
      return /pg_hba\.conf/.test(text)
        ? {
          kind: "refused",
          what:
            `${said}; add a line for this host, database "${context.database}" and role "${context.user}", ` +
            "then reload the server",
        }
        : {
          kind: "auth",
          what: `${said}; ${roleAdvice(text, context.user)}`,
        };
    case "3D000":
      return { kind: "auth", what: `${said}; name an existing database in the connection string` };
    case "57P03":
      return /shutting down/.test(text)
        ? { kind: "shutting_down", what: said }
        : { kind: "starting", what: `${said}; it is tried again at once` };
    case "57P01":
    case "57P02":
      return { kind: "shutting_down", what: `${said}; it will be connected to again` };
    case "53300":
      return {
        kind: "too_many_connections",
        what: `${said}; raise max_connections, or the role's CONNECTION LIMIT, or end idle sessions`,
      };
    case "42501":
      return { kind: "missing_right", what: `${said}; run${missingGrant(text, context.user)}` };
    case "57014":
      return { kind: "timeout", what: `${said}; the statement took longer than it may` };
    case "55P03":
      return { kind: "timeout", what: `${said}; another session holds a lock for too long` };
    default:
      return { kind: "protocol", what: said };
  }
}

/**
 * Whether a login failed because a pooler in between does not pass startup parameters on.
 *
 * pgbouncer answers 08P01 "unsupported startup parameter: …" unless `ignore_startup_parameters` names it.
 *
 * @param error The failure of a login.
 */
export function isPoolerRefusal(error: PostgresError): boolean {
  return error.sqlstate === "08P01" && /startup parameter/.test(error.message);
}
