import type { ConnectionTarget, SslMode } from "./config.ts";
import { ConfigError } from "./config_error.ts";
import { UNSUPPORTED_KEYWORDS } from "./conninfo_keywords.ts";
import { Secret } from "./secret.ts";
import { didYouMean } from "./suggestion.ts";

const SSL_MODES: readonly SslMode[] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
const APPLICATION_NAME = "pg-replication-exporter";

/** Reads an `sslmode`; with the system's certificates anything short of full verification is refused, as in libpq. */
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

/** Reads a whole number; what was given is not shown, because it may be part of a password. */
function readInteger(
  keyword: string,
  given: string,
  range: { readonly least: number; readonly most: number; readonly problems: string[] },
): number {
  const value = /^[+-]?\d{1,10}$/.test(given) ? Number(given) : NaN;
  if (value >= range.least && value <= range.most) return value;
  range.problems.push(`"${keyword}" must be a whole number from ${range.least} to ${range.most}`);
  return range.least;
}

/** What a host may not be, in words; "" when it is fine. */
function hostProblem(host: string): string {
  if (host.includes(",")) {
    return "names several hosts, which is not supported yet: name each as a server of its own";
  }
  if (host.startsWith("@")) {
    return "names an abstract socket, which is not supported: give the socket's directory";
  }
  if (host.startsWith("/")) return "";
  return /^[\p{L}\p{N}._:%-]+$/u.test(host) ? "" : "is not a host name, an address or a socket's directory";
}

/**
 * Makes a connection target of a connection string's parameters.
 *
 * @param parameters Values by libpq keyword, from {@linkcode parseConninfo}.
 * @param defaults Values by keyword for what `parameters` leave out, from the environment.
 * @returns The target; host `localhost`, port 5432 and database `postgres` when nothing names them.
 * @throws {ConfigError} With every problem found; values are not shown.
 */
export function resolveTarget(
  parameters: ReadonlyMap<string, string>,
  defaults: ReadonlyMap<string, string>,
): ConnectionTarget {
  const problems: string[] = [];
  // A host given by one alone must not be overruled by an address that the environment names for another.
  const namesHost = parameters.has("host") || parameters.has("hostaddr");
  const read = (keyword: string): string => {
    const own = parameters.get(keyword);
    if (own !== undefined) return own;
    return namesHost && (keyword === "host" || keyword === "hostaddr") ? "" : defaults.get(keyword) ?? "";
  };
  for (const [keyword, harmless] of UNSUPPORTED_KEYWORDS) {
    const value = parameters.get(keyword);
    if (value === undefined || harmless.includes(value)) continue;
    problems.push(
      `"${keyword}" is not supported yet${harmless.length > 0 ? ` (only ${harmless.join(", ")})` : ""}`,
    );
  }
  const hostAddress = read("hostaddr");
  const host = read("host") || hostAddress || "localhost";
  for (const [keyword, value] of [["host", host], ["hostaddr", hostAddress]] as const) {
    const problem = value === "" ? "" : hostProblem(value);
    if (problem !== "") problems.push(`"${keyword}" ${problem}`);
  }
  const user = read("user");
  if (user === "") {
    problems.push(
      "no user is named: give one in the connection string (user=monitor) or as POSTGRES_USER or PGUSER",
    );
  }
  const password = read("password");
  const sslRootCert = read("sslrootcert");
  const connectTimeout = read("connect_timeout");
  const timeoutSeconds = connectTimeout === ""
    ? 0
    : readInteger("connect_timeout", connectTimeout, { least: -2147483648, most: 2147483647, problems });
  const target: ConnectionTarget = {
    host,
    hostAddress,
    port: readInteger("port", read("port") || "5432", { least: 1, most: 65535, problems }),
    user,
    password: password === "" ? null : new Secret(password),
    database: read("dbname") || "postgres",
    sslMode: readSslMode(read("sslmode"), sslRootCert === "system", problems),
    sslRootCert: sslRootCert === "system" ? "" : sslRootCert,
    sslCert: read("sslcert"),
    sslKey: read("sslkey"),
    applicationName: read("application_name") || read("fallback_application_name") || APPLICATION_NAME,
    options: read("options"),
    // libpq: zero, negative or absent means to wait without limit; here the collection's deadline is that limit.
    connectTimeoutSeconds: timeoutSeconds > 0 ? timeoutSeconds : null,
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return target;
}
