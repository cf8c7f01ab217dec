import { AUTH_METHODS, type AuthMethod, type LibpqSettings, type TlsVersion } from "./libpq_settings.ts";
import { Secret } from "./secret.ts";
import { didYouMean } from "./suggestion.ts";

/** Reads the value of a keyword; "" when it is not given. */
export type ReadKeyword = (keyword: string) => string;

/** Settings that are the value of one keyword each. */
export type KeywordSettings = Omit<
  LibpqSettings,
  "otherHosts" | "usesSystemRoots" | "passwordFile" | "certificateDirectory"
>;

const ATTRIBUTES = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"] as const;
const TLS_VERSIONS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;
/** Authentication methods of libpq that are not supported. */
const UNSUPPORTED_METHODS = ["gss", "sspi", "oauth"];

/**
 * Reads the settings that are the value of one keyword each.
 *
 * @param read Reads a keyword.
 * @param problems Gets the problems; values are not shown.
 */
export function readLibpqSettings(read: ReadKeyword, problems: string[]): KeywordSettings {
  const choose = <const T extends string>(keyword: string, choices: readonly [T, ...T[]]): T => {
    const given = read(keyword);
    if (given === "") return choices[0];
    const found = choices.find((choice) => choice === given);
    if (found !== undefined) return found;
    problems.push(
      `"${keyword}" must be one of ${[...choices].sort().join(", ")}${didYouMean(given, choices)}`,
    );
    return choices[0];
  };
  const certMode = choose("sslcertmode", ["allow", "disable", "require"]);
  if (certMode === "require") {
    problems.push(
      '"sslcertmode" cannot be require: the client cannot see whether the server requests a certificate; ' +
        "set clientcert=verify-full in its pg_hba.conf",
    );
  }
  const sslPassword = read("sslpassword");
  const minTlsVersion = tlsAtLeast(choose("ssl_min_protocol_version", ["TLSv1.2", ...TLS_VERSIONS]));
  const highest = choose("ssl_max_protocol_version", ["", ...TLS_VERSIONS]);
  const maxTlsVersion = highest === "" ? null : tlsAtLeast(highest);
  if (highest === "TLSv1" || highest === "TLSv1.1") {
    problems.push('"ssl_max_protocol_version" must be TLSv1.2 or TLSv1.3: older versions are not supported');
  } else if (maxTlsVersion === "TLSv1.2" && minTlsVersion === "TLSv1.3") {
    problems.push('"ssl_max_protocol_version" must not be lower than "ssl_min_protocol_version"');
  }
  return {
    isBalanced: choose("load_balance_hosts", ["disable", "random"]) === "random",
    sessionAttributes: choose("target_session_attrs", ATTRIBUTES),
    passFile: read("passfile"),
    sslPassword: sslPassword === "" ? null : new Secret(sslPassword),
    showsCertificate: certMode !== "disable",
    isDirectTls: choose("sslnegotiation", ["postgres", "direct"]) === "direct",
    usesSni: choose("sslsni", ["1", "0"]) === "1",
    minTlsVersion,
    maxTlsVersion,
    channelBinding: choose("channel_binding", ["prefer", "disable", "require"]),
    allowedAuth: readAuthMethods(read("require_auth"), problems),
  };
}

/** Versions below TLS 1.2 are not supported: a lower minimum is raised. */
function tlsAtLeast(version: (typeof TLS_VERSIONS)[number]): TlsVersion {
  return version === "TLSv1.3" ? "TLSv1.3" : "TLSv1.2";
}

/** Reads `require_auth`: a list of methods, or of forbidden methods, each prefixed with `!`. */
function readAuthMethods(text: string, problems: string[]): readonly AuthMethod[] | null {
  if (text === "") return null;
  const parts = text.split(",").map((part) => part.trim());
  const negated = parts.filter((part) => part.startsWith("!"));
  const names = parts.map((part) => part.replace(/^!/, ""));
  const known = [...AUTH_METHODS, ...UNSUPPORTED_METHODS];
  if (names.some((name) => !known.includes(name))) {
    problems.push(
      `"require_auth" must be a list of ${known.join(", ")}, or of these with "!" before each one`,
    );
    return null;
  }
  if (negated.length > 0 && negated.length < parts.length) {
    problems.push('"require_auth" must have "!" before every method or before none');
    return null;
  }
  if (new Set(names).size < names.length) {
    problems.push('"require_auth" contains a method twice');
    return null;
  }
  const allowed = AUTH_METHODS.filter((method) => names.includes(method) === (negated.length === 0));
  if (allowed.length === 0) {
    problems.push(`"require_auth" allows no supported method: expected one of ${AUTH_METHODS.join(", ")}`);
  }
  return allowed;
}
