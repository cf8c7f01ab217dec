/**
 * Every keyword of a libpq connection string and what this program does with it.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
 */

/** Supported keywords, each with its environment variable in libpq, if it has one. */
const SUPPORTED: readonly (readonly [keyword: string, variable?: string])[] = [
  ["host", "PGHOST"],
  ["hostaddr", "PGHOSTADDR"],
  ["port", "PGPORT"],
  ["dbname", "PGDATABASE"],
  ["user", "PGUSER"],
  ["password", "PGPASSWORD"],
  ["passfile", "PGPASSFILE"],
  // PGSERVICE and PGSERVICEFILE are read on their own, with the service.
  ["service"],
  ["servicefile"],
  ["require_auth", "PGREQUIREAUTH"],
  ["channel_binding", "PGCHANNELBINDING"],
  ["connect_timeout", "PGCONNECT_TIMEOUT"],
  ["options", "PGOPTIONS"],
  ["application_name", "PGAPPNAME"],
  ["fallback_application_name"],
  ["target_session_attrs", "PGTARGETSESSIONATTRS"],
  ["load_balance_hosts", "PGLOADBALANCEHOSTS"],
  ["sslmode", "PGSSLMODE"],
  ["sslnegotiation", "PGSSLNEGOTIATION"],
  ["sslrootcert", "PGSSLROOTCERT"],
  ["sslcert", "PGSSLCERT"],
  ["sslkey", "PGSSLKEY"],
  ["sslpassword"],
  ["sslcertmode", "PGSSLCERTMODE"],
  ["sslsni", "PGSSLSNI"],
  ["ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"],
  ["ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"],
];

/** Supported keywords. */
export const SUPPORTED_KEYWORDS: readonly string[] = SUPPORTED.map(([keyword]) => keyword);

/** Keywords without effect here: deadlines replace keepalives, text is always UTF-8. */
export const IGNORED_KEYWORDS: readonly string[] = [
  "client_encoding",
  "gssdelegation",
  "gsslib",
  "keepalives",
  "keepalives_count",
  "keepalives_idle",
  "keepalives_interval",
  "krbsrvname",
  "sslcompression",
  "tcp_user_timeout",
];

/** A keyword that must not be ignored. */
export interface UnsupportedKeyword {
  /** Values that request nothing special. */
  readonly harmless: readonly string[];
  /** Why it is not supported, and what to do instead. */
  readonly reason: string;
}

const NO_OAUTH = "logins by OAuth are not supported";
const NO_CRL = "the TLS library of this program does not support revocation lists: " +
  "give the server a new certificate authority instead";
const NO_KEYS = "only a password is supported for SCRAM";

/** Keywords of libpq that fail, as ignoring them would pretend a protection that does not exist. */
export const UNSUPPORTED_KEYWORDS: ReadonlyMap<string, UnsupportedKeyword> = new Map([
  ["gssencmode", { harmless: ["disable", "prefer"], reason: "GSSAPI is not supported: use TLS" }],
  ["max_protocol_version", { harmless: ["3.0", "latest"], reason: "this program speaks protocol 3.0" }],
  ["min_protocol_version", { harmless: ["3.0"], reason: "this program speaks protocol 3.0" }],
  ["oauth_client_id", { harmless: [], reason: NO_OAUTH }],
  ["oauth_client_secret", { harmless: [], reason: NO_OAUTH }],
  ["oauth_issuer", { harmless: [], reason: NO_OAUTH }],
  ["oauth_scope", { harmless: [], reason: NO_OAUTH }],
  ["replication", {
    harmless: ["false", "off", "no", "0"],
    reason: "this program only runs queries: remove it",
  }],
  ["requirepeer", {
    harmless: [],
    reason: "the user behind a socket cannot be determined: protect the socket's directory instead",
  }],
  ["requiressl", { harmless: ["0"], reason: "write sslmode=require instead" }],
  ["scram_client_key", { harmless: [], reason: NO_KEYS }],
  ["scram_server_key", { harmless: [], reason: NO_KEYS }],
  ["sslcrl", { harmless: [], reason: NO_CRL }],
  ["sslcrldir", { harmless: [], reason: NO_CRL }],
  ["sslkeylogfile", { harmless: [], reason: "TLS keys are not written to files" }],
]);

/** Every keyword of libpq. */
export const KNOWN_KEYWORDS: ReadonlySet<string> = new Set([
  ...SUPPORTED_KEYWORDS,
  ...IGNORED_KEYWORDS,
  ...UNSUPPORTED_KEYWORDS.keys(),
]);

/** Environment variables of libpq and their keywords. */
export const LIBPQ_ENVIRONMENT: readonly (readonly [variable: string, keyword: string])[] = [
  ...SUPPORTED.flatMap(([keyword, variable]) => variable === undefined ? [] : [[variable, keyword] as const]),
  // Unsupported, like their keywords.
  ["PGSSLCRL", "sslcrl"],
  ["PGSSLCRLDIR", "sslcrldir"],
  ["PGREQUIREPEER", "requirepeer"],
  ["PGGSSENCMODE", "gssencmode"],
];

/** Variables that locate files. */
export const LIBPQ_PLACES: readonly string[] = [
  "APPDATA",
  "CREDENTIALS_DIRECTORY",
  "HOME",
  "PGSERVICE",
  "PGSERVICEFILE",
  "PGSYSCONFDIR",
];
