import type { ConnectionTarget } from "../../config/config.ts";
import {
  type ConnectionParameters,
  DEFAULT_SOURCE,
  OWN_PARAMETERS,
} from "../../config/connection_parameters.ts";
import { hideLogins } from "../../config/hide_logins.ts";
import { REDACTED } from "../../config/secret.ts";
import { DEFAULT_LIBPQ_SETTINGS, type Endpoint } from "../../config/libpq_settings.ts";
import { formatEndpoint } from "../../postgres/connect.ts";
import { findLoginPassword } from "../../postgres/find_password.ts";
import { type FileAccess, findTlsFiles } from "../../postgres/tls.ts";

/** One connection parameter. */
export interface EffectiveParameter {
  /** Its keyword; `password` occurs several times when hosts have different passwords. */
  readonly name: string;
  /** Its value, `***` for a secret; null when there is none. */
  readonly value: string | null;
  /** Its source, or `default`. */
  readonly source: string;
}

/** The sources of a connection, and how to read files. */
export interface ConnectionOrigin extends FileAccess {
  /** Its parameters with their sources. */
  readonly parameters: ConnectionParameters;
  /** Its hosts; empty for a login of `/probe`, whose address comes with the request. */
  readonly endpoints: readonly Endpoint[];
}

/** One value if all are equal, otherwise a list. */
function listOf(values: readonly string[]): string {
  return new Set(values).size === 1 ? values[0] ?? "" : values.join(",");
}

/**
 * The effective connection parameters by libpq keyword, with values from the target of the connection and sources from its
 * origin.
 */
export async function effectiveConnection(
  target: ConnectionTarget,
  origin: ConnectionOrigin,
): Promise<readonly EffectiveParameter[]> {
  const { parameters, endpoints } = origin;
  const libpq = target.libpq ?? DEFAULT_LIBPQ_SETTINGS;
  const files = await findTlsFiles(target, origin);
  const row = (name: string, value: string | null, otherName = name): EffectiveParameter => ({
    name,
    value: value === null || value === "" ? null : hideLogins(value),
    source: (parameters.get(name) ?? parameters.get(otherName))?.source ?? DEFAULT_SOURCE,
  });
  const given = (name: string) => parameters.has(name) ? [row(name, parameters.get(name)?.value ?? "")] : [];
  const addresses = endpoints.map(({ hostAddress }) => hostAddress);
  const place = endpoints.length === 0 ? [] : [
    row("host", listOf(endpoints.map(({ host }) => host)), "hostaddr"),
    ...parameters.has("hostaddr") ? [row("hostaddr", listOf(addresses))] : [],
    row("port", listOf(endpoints.map(({ port }) => String(port)))),
  ];
  return [
    ...given("service"),
    ...given("servicefile"),
    ...place,
    row("dbname", target.database),
    row("user", target.user),
    ...await passwords(target, origin),
    row("sslmode", target.sslMode),
    row("sslnegotiation", libpq.isDirectTls ? "direct" : "postgres"),
    row("sslrootcert", libpq.usesSystemRoots ? "system" : files.root),
    row("sslcert", files.certificate),
    row("sslkey", files.key),
    row("sslpassword", libpq.sslPassword === null ? null : REDACTED),
    row("sslcertmode", libpq.showsCertificate ? "allow" : "disable"),
    row("sslsni", libpq.usesSni ? "1" : "0"),
    row("ssl_min_protocol_version", libpq.minTlsVersion),
    row("ssl_max_protocol_version", libpq.maxTlsVersion),
    row("channel_binding", libpq.channelBinding),
    row("require_auth", libpq.allowedAuth?.join(",") ?? null),
    row("target_session_attrs", libpq.sessionAttributes),
    row("load_balance_hosts", libpq.isBalanced ? "random" : "disable"),
    row("connect_timeout", String(target.connectTimeoutSeconds ?? 0)),
    row("application_name", target.applicationName, "fallback_application_name"),
    row("options", target.options),
  ];
}

/** Whether there is a password, and its source, as a login would find it now. */
async function passwords(
  target: ConnectionTarget,
  { parameters, endpoints, ...files }: ConnectionOrigin,
): Promise<readonly EffectiveParameter[]> {
  const { passFile, passwordFile } = target.libpq ?? DEFAULT_LIBPQ_SETTINGS;
  const name = "password";
  const sourceOf = (keyword: string) => parameters.get(keyword)?.source ?? DEFAULT_SOURCE;
  if (target.password !== null) return [{ name, value: REDACTED, source: sourceOf(name) }];
  if (passwordFile !== "") {
    return [{ name, value: REDACTED, source: `${sourceOf(OWN_PARAMETERS.passwordFile)} (${passwordFile})` }];
  }
  if (passFile === "") return [{ name, value: null, source: DEFAULT_SOURCE }];
  const searched = { name: "passfile", value: passFile, source: sourceOf("passfile") };
  if (endpoints.length === 0) {
    return [searched, { name, value: null, source: `the line of password file ${passFile} for each host` }];
  }
  const found = await Promise.all(endpoints.map(async (endpoint) => {
    const { password, hint, line } = await findLoginPassword(target, { ...files, endpoint });
    return line === null ? { name, value: password === null ? null : REDACTED, source: hint, where: "" } : {
      name,
      value: REDACTED,
      source: `password file ${passFile} line ${line}`,
      where: formatEndpoint(endpoint),
    };
  }));
  const isOne = new Set(found.map(({ source }) => source)).size === 1;
  const [first] = found;
  if (isOne && first !== undefined) return [searched, { name, value: first.value, source: first.source }];
  // Each host may have its own line in the password file.
  return [
    searched,
    ...found.map(({ value, source, where }) => ({
      name,
      value,
      source: where === "" ? source : `${source}, for ${where}`,
    })),
  ];
}
