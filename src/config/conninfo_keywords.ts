/**
 * Every keyword of a libpq connection string and what this program does with it.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
 */

/** Keywords that are obeyed. */
export const SUPPORTED_KEYWORDS: readonly string[] = [
  "host",
  "hostaddr",
  "port",
  "dbname",
  "user",
  "password",
  "connect_timeout",
  "options",
  "application_name",
  "fallback_application_name",
  "sslmode",
  "sslrootcert",
  "sslcert",
  "sslkey",
];

/** Keywords that change nothing here: our own deadlines stand in for keepalives, text is always UTF-8. */
export const IGNORED_KEYWORDS: readonly string[] = [
  "client_encoding",
  "gssdelegation",
  "gsslib",
  "keepalives",
  "keepalives_count",
  "keepalives_idle",
  "keepalives_interval",
  "krbsrvname",
  "load_balance_hosts",
  "sslcompression",
  "sslsni",
  "tcp_user_timeout",
];

/**
 * Keywords that libpq knows and that would be wrong to ignore, with the values that ask for nothing special.
 * Any other value is refused, so that nobody believes in a protection that is not there.
 */
export const UNSUPPORTED_KEYWORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["channel_binding", ["disable", "prefer"]],
  ["gssencmode", ["disable", "prefer"]],
  ["max_protocol_version", []],
  ["min_protocol_version", ["3.0"]],
  ["oauth_client_id", []],
  ["oauth_client_secret", []],
  ["oauth_issuer", []],
  ["oauth_scope", []],
  ["passfile", []],
  ["replication", ["false", "off", "no", "0"]],
  ["require_auth", []],
  ["requirepeer", []],
  ["requiressl", ["0"]],
  ["scram_client_key", []],
  ["scram_server_key", []],
  ["service", []],
  ["servicefile", []],
  ["ssl_max_protocol_version", []],
  ["ssl_min_protocol_version", ["TLSv1.2"]],
  ["sslcertmode", ["allow", "disable"]],
  ["sslcrl", []],
  ["sslcrldir", []],
  ["sslkeylogfile", []],
  ["sslnegotiation", ["postgres"]],
  ["sslpassword", []],
  ["target_session_attrs", ["any"]],
]);

/** Every keyword that libpq knows. */
export const KNOWN_KEYWORDS: ReadonlySet<string> = new Set([
  ...SUPPORTED_KEYWORDS,
  ...IGNORED_KEYWORDS,
  ...UNSUPPORTED_KEYWORDS.keys(),
]);

/** Environment variables of libpq that are obeyed, with their keywords. */
export const LIBPQ_ENVIRONMENT: readonly (readonly [string, string])[] = [
  ["PGHOST", "host"],
  ["PGHOSTADDR", "hostaddr"],
  ["PGPORT", "port"],
  ["PGDATABASE", "dbname"],
  ["PGUSER", "user"],
  ["PGPASSWORD", "password"],
  ["PGCONNECT_TIMEOUT", "connect_timeout"],
  ["PGOPTIONS", "options"],
  ["PGAPPNAME", "application_name"],
  ["PGSSLMODE", "sslmode"],
  ["PGSSLROOTCERT", "sslrootcert"],
  ["PGSSLCERT", "sslcert"],
  ["PGSSLKEY", "sslkey"],
];
