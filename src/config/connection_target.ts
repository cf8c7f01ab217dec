import type { ConnectionTarget, SslMode } from "./config.ts";
import { ConfigError } from "./config_error.ts";
import { type ConnectionParameters, DEFAULT_SOURCE, OWN_PARAMETERS } from "./connection_parameters.ts";
import { readEndpoints } from "./conninfo_hosts.ts";
import { UNSUPPORTED_KEYWORDS } from "./conninfo_keywords.ts";
import { readLibpqSettings } from "./libpq_values.ts";
import { Secret } from "./secret.ts";
import { didYouMean } from "./suggestion.ts";

const SSL_MODES: readonly SslMode[] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
const APPLICATION_NAME = "pg-replication-exporter";

/** Reads `sslmode`; the system's certificates require full verification, as in libpq. */
function readSslMode(given: string, usesSystemCertificates: boolean, problems: string[]): SslMode {
  const fallback: SslMode = usesSystemCertificates ? "verify-full" : "prefer";
  if (given === "") return fallback;
  const mode = SSL_MODES.find((candidate) => candidate === given);
  if (mode === undefined) {
    problems.push(`"sslmode" must be one of ${SSL_MODES.join(", ")}${didYouMean(given, SSL_MODES)}`);
    return fallback;
  }
  if (usesSystemCertificates && mode !== "verify-full") {
    problems.push('"sslmode" must be verify-full with sslrootcert=system');
  }
  return mode;
}

/**
 * Converts parameters to a connection target.
 *
 * @param parameters The effective parameters, from {@linkcode mergeParameters}.
 * @returns The target; host `localhost`, port 5432 and database `postgres` by default.
 * @throws {ConfigError} With every problem found; values are not shown.
 */
export function resolveTarget(parameters: ConnectionParameters): ConnectionTarget {
  const problems: string[] = [];
  const read = (keyword: string): string => parameters.get(keyword)?.value ?? "";
  for (const [keyword, { harmless, reason }] of UNSUPPORTED_KEYWORDS) {
    const value = read(keyword);
    if (value === "" || harmless.includes(value)) continue;
    const fine = harmless.length > 0 ? ` (only ${harmless.join(", ")})` : "";
    problems.push(`"${keyword}" is not supported${fine}: ${reason}`);
  }
  const [first, ...otherHosts] = readEndpoints(
    { host: read("host"), hostaddr: read("hostaddr"), port: read("port") },
    problems,
  );
  const { host, hostAddress, port } = first ?? { host: "localhost", hostAddress: "", port: 5432 };
  const user = read("user");
  if (user === "") {
    problems.push(
      "no user is given: set one in the connection string (user=monitor), or POSTGRES_USER or PGUSER",
    );
  }
  const database = read("dbname") || "postgres";
  for (const [keyword, value] of [["user", user], ["dbname", database]] as const) {
    // These values are shown, and a connection string may contain a password.
    if (value.includes("://")) problems.push(`"${keyword}" is a connection string: expected a name`);
  }
  const password = read("password");
  const sslRootCert = read("sslrootcert");
  const usesSystemRoots = sslRootCert === "system";
  const connectTimeout = read("connect_timeout") || "0";
  const timeoutSeconds = /^[+-]?\d{1,10}$/.test(connectTimeout) ? Number(connectTimeout) : NaN;
  if (!(timeoutSeconds >= -2147483648 && timeoutSeconds <= 2147483647)) {
    problems.push('"connect_timeout" must be a whole number from -2147483648 to 2147483647');
  }
  const target: ConnectionTarget = {
    host,
    hostAddress,
    port,
    user,
    password: password === "" ? null : new Secret(password),
    database,
    sslMode: readSslMode(read("sslmode"), usesSystemRoots, problems),
    sslRootCert: usesSystemRoots ? "" : sslRootCert,
    sslCert: read("sslcert"),
    sslKey: read("sslkey"),
    applicationName: read("application_name") || read("fallback_application_name") || APPLICATION_NAME,
    options: read("options"),
    // In libpq zero, negative or absent means no limit; here the collection's deadline applies.
    connectTimeoutSeconds: timeoutSeconds > 0 ? timeoutSeconds : null,
    libpq: {
      ...readLibpqSettings(read, problems),
      otherHosts,
      usesSystemRoots,
      passwordFile: read(OWN_PARAMETERS.passwordFile),
      certificateDirectory: read(OWN_PARAMETERS.certificateDirectory),
    },
  };
  checkTogether(target, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return target;
}

/**
 * Converts parameters to a connection target; a problem with a value that was not given for this connection names its
 * source, such as a variable.
 *
 * @param parameters The effective parameters.
 * @param own Those given for this connection.
 * @throws {ConfigError} With every problem found; values are not shown.
 */
export function resolveNamingSources(
  parameters: ConnectionParameters,
  own: ConnectionParameters,
): ConnectionTarget {
  try {
    return resolveTarget(parameters);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.problems.map((problem) => {
      const [quoted = "", keyword = ""] = /^"([a-z_]+)"/.exec(problem) ?? [];
      const source = own.has(keyword) ? undefined : parameters.get(keyword)?.source;
      if (source === undefined || source === DEFAULT_SOURCE) return problem;
      return `${quoted} (${source})${problem.slice(quoted.length)}`;
    });
    throw new ConfigError(problems);
  }
}

/** Reports settings that exclude one another. */
function checkTogether({ sslMode, libpq }: ConnectionTarget, problems: string[]): void {
  if (libpq === undefined) return;
  const isWeak = sslMode === "disable" || sslMode === "allow" || sslMode === "prefer";
  if (libpq.isDirectTls && isWeak) {
    problems.push('"sslmode" must be require, verify-ca or verify-full with sslnegotiation=direct');
  }
  if (libpq.channelBinding === "require" && sslMode === "disable") {
    problems.push('"channel_binding" cannot be required with sslmode=disable: it binds the login to TLS');
  }
}
