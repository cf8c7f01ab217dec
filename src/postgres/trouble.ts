/**
 * Turns whatever the network, the driver or the server threw into one {@linkcode PostgresError} with advice.
 *
 * SQLSTATE codes: {@link https://www.postgresql.org/docs/current/errcodes-appendix.html}.
 *
 * @module
 */
import { DeadlineError } from "../domain/deadline.ts";
import type { ServerErrorKind } from "../domain/view.ts";
import { quoteName } from "../domain/sql_text.ts";
import { type ConnectionStep, PostgresError } from "./errors.ts";
import { AttributesError } from "./host_choice.ts";
import { LoginRefused } from "./login.ts";
import { SOCKET_PLACES } from "./socket_places.ts";
import { TlsError } from "./tls.ts";

/** Where an error happened. */
export interface TroubleContext {
  /** The server's name in the configuration. */
  readonly server: string;
  /** Host and port. */
  readonly address: string;
  /** Role of the login. */
  readonly user: string;
  /** Database of the login. */
  readonly database: string;
  /** The step under way. */
  readonly step: ConnectionStep;
  /** Whether a password is known; absent when that does not matter. */
  readonly isPasswordGiven?: boolean;
  /** Where the password came from, or why none was found; absent or "" when there is nothing to report. */
  readonly passwordHint?: string;
}

/** The kind of an error, and what it means and what to do. */
type ErrorExplanation = readonly [kind: ServerErrorKind, text: string];

/** The text of an error, and where it happened. */
interface ErrorText {
  readonly text: string;
  readonly context: TroubleContext;
}

const SYSTEM_ERRORS: Readonly<Record<string, ErrorExplanation>> = {
  ECONNREFUSED: [
    "refused",
    "nothing listens there: check that PostgreSQL is running, its port and listen_addresses",
  ],
  ENOTFOUND: ["unreachable", "the host name does not resolve: check the name and DNS"],
  EAI_AGAIN: ["unreachable", "name resolution failed temporarily: check DNS"],
  EHOSTUNREACH: ["unreachable", "no route to the host: check the network and firewalls"],
  ENETUNREACH: ["unreachable", "no route to the network: check the network and firewalls"],
  ETIMEDOUT: ["unreachable", "the host does not respond: check the network and firewalls"],
  ENOENT: ["refused", "no such socket: check unix_socket_directories and the port"],
  EACCES: ["refused", "permission denied for the socket: check its permissions"],
};

const CONNECTION_LOST = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  "ECONNRESET",
  "EPIPE",
  "ECONNABORTED",
]);

const VERBS: Readonly<Record<ConnectionStep, string>> = {
  resolve: "resolve the address of",
  connect: "connect to",
  authenticate: "log in to",
  query: "query",
  close: "close the session with",
};

function property(value: unknown, key: string): string | null {
  if (typeof value !== "object" || value === null || !(key in value)) return null;
  const found: unknown = Reflect.get(value, key);
  return typeof found === "string" ? found : null;
}

/** Explains what was thrown: what failed, why, and what to do. A {@linkcode PostgresError} is returned unchanged. */
export function toPostgresError(thrown: unknown, context: TroubleContext): PostgresError {
  if (thrown instanceof PostgresError) return thrown;
  const code = property(thrown, "code") ?? "";
  const text = property(thrown, "message") ?? String(thrown);
  // Only errors of a server have a severity; poolers send only the localised one.
  const isFromServer = property(thrown, "severity") !== null || property(thrown, "severity_local") !== null;
  const sqlstate = isFromServer && /^[0-9A-Z]{5}$/.test(code) ? code : null;
  const { step, server, address } = context;
  const [kind, what] = sqlstate !== null
    ? explainServerError(sqlstate, { text, context, routine: property(thrown, "routine") })
    : explainOther(thrown, { code, text, context });
  return new PostgresError(`Cannot ${VERBS[step]} server "${server}" at ${address}: ${what}`, {
    kind,
    step,
    sqlstate,
    cause: thrown,
  });
}

/** Explains errors of the network, of the exporter and of the driver. */
function explainOther(
  thrown: unknown,
  { code, text, context }: ErrorText & { readonly code: string },
): ErrorExplanation {
  const { step } = context;
  if (thrown instanceof DeadlineError) {
    const late = `no response within ${thrown.seconds} s; `;
    return step === "resolve" || step === "connect"
      ? ["unreachable", `${late}check the network, firewalls and that the host is up`]
      : ["timeout", `${late}the server is overloaded, frozen or cut off: check its host`];
  }
  const known = SYSTEM_ERRORS[code];
  if (known !== undefined) return [known[0], `${known[1]} (${code})`];
  if (CONNECTION_LOST.has(code)) {
    return step === "authenticate"
      ? [
        "refused",
        "the connection was closed during the login; look at the server's log, and check port and sslmode",
      ]
      : ["unreachable", `the connection was lost (${code}); it will be opened again`];
  }
  if (step === "connect" && context.address.startsWith("/")) {
    return [
      "refused",
      "the exporter may open only the sockets that were allowed at build time " +
      `(${SOCKET_PLACES.slice(0, 3).join(", ")}, …): move the server's socket there with ` +
      "unix_socket_directories, or use TCP, e.g. host=127.0.0.1",
    ];
  }
  if (code === "SASL_SIGNATURE_MISMATCH") {
    return ["auth", "the server could not prove that it knows the password; do not trust it"];
  }
  if (code === "NO_PASSWORD") return ["auth", `${text}; ${passwordAdvice(context)}`];
  if (thrown instanceof LoginRefused) return ["auth", text];
  if (thrown instanceof TlsError) return ["protocol", `TLS: ${text}`];
  if (thrown instanceof AttributesError) return ["refused", text];
  // A password file that cannot be read.
  if (thrown instanceof SyntaxError && step === "authenticate") return ["auth", text];
  return ["protocol", text];
}

/**
 * What to do about 28000. Its text is in the server's language, but not the name of the function that raised it:
 * `ClientAuthentication` searches pg_hba.conf, `auth_failed` follows a failed method, all else concerns the role.
 */
function loginAdvice(routine: string | null, context: TroubleContext): ErrorExplanation {
  const { user, database, address } = context;
  if (routine === "ClientAuthentication") {
    return [
      "refused",
      `add a line to pg_hba.conf for this host, database "${database}" and role "${user}", then reload the server; ` +
      "where a line has clientcert, set sslcert and sslkey to a client certificate that is signed by the server's ssl_ca_file",
    ];
  }
  if (routine !== "auth_failed") {
    const role = quoteName(user);
    return [
      "auth",
      `create the role: CREATE ROLE ${role} LOGIN PASSWORD '…' IN ROLE pg_monitor; or, if it exists: ALTER ROLE ${role} LOGIN`,
    ];
  }
  return [
    "auth",
    address.startsWith("/")
      ? `run the exporter as the system user "${user}", map its system user to that role in pg_ident.conf, or use ` +
        "password authentication"
      : `with cert, the common name of the client certificate must be "${user}", or be mapped to it in pg_ident.conf; ` +
        `with ident, the exporter's system user; otherwise ${passwordAdvice(context)}`,
  ];
}

function passwordAdvice({ isPasswordGiven, passwordHint = "", user }: TroubleContext): string {
  const hint = passwordHint === "" ? "" : `; ${passwordHint}`;
  return isPasswordGiven === false
    ? `no password was given: set POSTGRES_PASSWORD, POSTGRES_PASSWORD_FILE or PGPASSWORD${hint}`
    : `check the password of role "${user}", or create the role if it does not exist there${hint}`;
}

function explainServerError(
  sqlstate: string,
  { text, context, routine }: ErrorText & { readonly routine: string | null },
): ErrorExplanation {
  const [kind, advice] = serverAdvice(sqlstate, { context, routine });
  return [kind, `${text} (SQLSTATE ${sqlstate})${advice === "" ? "" : `; ${advice}`}`];
}

function serverAdvice(
  sqlstate: string,
  { context, routine }: { readonly context: TroubleContext; readonly routine: string | null },
): ErrorExplanation {
  switch (sqlstate) {
    case "28P01":
      return ["auth", passwordAdvice(context)];
    case "28000":
      return loginAdvice(routine, context);
    case "3D000":
      return ["auth", "name an existing database in the connection string"];
    case "57P03":
      return ["starting", "the exporter keeps retrying"];
    case "57P01":
    case "57P02":
      return ["shutting_down", "the exporter will connect again"];
    case "53300":
      return [
        "too_many_connections",
        "raise max_connections or the role's CONNECTION LIMIT, or end idle sessions",
      ];
    case "42501":
      return [
        "missing_right",
        `run: GRANT ${
          context.step === "authenticate"
            ? `CONNECT ON DATABASE ${quoteName(context.database)}`
            : "pg_monitor"
        } TO ${quoteName(context.user)}`,
      ];
    case "57014":
      return ["timeout", "the statement exceeded its timeout"];
    case "55P03":
      return ["timeout", "another session holds a lock for too long"];
    default:
      return ["protocol", ""];
  }
}

/**
 * Whether a login may have failed because a pooler does not accept startup parameters: pgbouncer reports 08P01 unless
 * `ignore_startup_parameters` lists them.
 */
export function isPoolerRefusal(error: PostgresError): boolean {
  return error.sqlstate === "08P01" && error.step === "authenticate";
}
