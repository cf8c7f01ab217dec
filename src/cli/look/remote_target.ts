import { ConfigError } from "../../config/config_error.ts";
import type { Invocation } from "../command.ts";

/** Where the report is below an exporter's address. */
const REPORT_PATH = "api/v1/report";

/** An exporter that reports are fetched from. */
export interface RemoteTarget {
  /** Address of its report; holds no secret. */
  readonly url: string;
  /** The `Authorization` header; null without a login. */
  readonly authorization: string | null;
  /** Certificates that its own is checked against besides the system's, PEM; null when none are given. */
  readonly caCertificates: string | null;
}

/**
 * Reads `--from`, `--from.ca-file`, and the login from the environment.
 *
 * @param invocation The command line and the process around it.
 * @returns null when `--from` is not given.
 * @throws {ConfigError} When the address cannot be used, or half a login is given.
 */
export async function readRemoteTarget(
  { context, option }: Pick<Invocation, "option"> & {
    readonly context: Pick<Invocation["context"], "environment" | "readTextFile">;
  },
): Promise<RemoteTarget | null> {
  const from = option("from");
  const caFile = option("from.ca-file");
  if (from === undefined) {
    if (caFile === undefined) return null;
    throw new ConfigError(['Flag "--from.ca-file" needs "--from", the address of an exporter']);
  }
  const url = parseAddress(from);
  if (caFile !== undefined && url.protocol !== "https:") {
    throw new ConfigError(['Flag "--from.ca-file" needs an address that begins with https://']);
  }
  return {
    url: url.href,
    authorization: readLogin((name) => context.environment(name)),
    caCertificates: caFile === undefined ? null : await readCertificates(caFile, context),
  };
}

/** What is given is never repeated: it could hold a password. */
function parseAddress(from: string): URL {
  const problem = (text: string) => new ConfigError([`Flag "--from" ${text}`]);
  const url = URL.parse(from);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw problem("is no address: expected http://HOST:PORT or https://HOST:PORT of an exporter");
  }
  if (url.username !== "" || url.password !== "") {
    throw problem("must hold no login: set PGREPL_FROM_USER and PGREPL_FROM_PASSWORD");
  }
  if (url.search !== "" || url.hash !== "") throw problem("must end with the path: no ? and no # behind it");
  // The address of the report itself will do as well.
  const base = url.pathname.replace(new RegExp(`/${REPORT_PATH}/?$`), "/");
  url.pathname = `${base.replace(/\/*$/, "/")}${REPORT_PATH}`;
  return url;
}

function readLogin(environment: (name: string) => string | undefined): string | null {
  const user = environment("PGREPL_FROM_USER");
  const password = environment("PGREPL_FROM_PASSWORD");
  if (user === undefined && password === undefined) return null;
  if (user === undefined || password === undefined) {
    const missing = user === undefined ? "PGREPL_FROM_USER" : "PGREPL_FROM_PASSWORD";
    throw new ConfigError([`Half a login for "--from": set ${missing} as well`]);
  }
  if (user.includes(":")) throw new ConfigError(["PGREPL_FROM_USER must hold no colon"]);
  const bytes = Array.from(
    new TextEncoder().encode(`${user}:${password}`),
    (byte) => String.fromCharCode(byte),
  );
  return `Basic ${btoa(bytes.join(""))}`;
}

async function readCertificates(
  path: string,
  context: Pick<Invocation["context"], "readTextFile">,
): Promise<string> {
  try {
    const text = await context.readTextFile(path);
    if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError([`Cannot read the file that "--from.ca-file" names: ${why}`]);
  }
  throw new ConfigError(['The file that "--from.ca-file" names holds no certificate: expected PEM']);
}
