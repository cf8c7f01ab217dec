import { ConfigError } from "../../config/config_error.ts";
import { REPORT_PATH } from "../../web/routes/report.ts";
import type { Invocation } from "../command.ts";
import { basicAuthorization, parseExporterAddress } from "../exporter_address.ts";
import { errorMessage } from "../../domain/thrown.ts";

const LOGIN_ADVICE = "set PGREPL_FROM_USER and PGREPL_FROM_PASSWORD";

/** An exporter that reports are fetched from. */
export interface RemoteTarget {
  /** Address of its report; contains no secret. */
  readonly url: string;
  /** The management socket that it is reached by; absent over the network. */
  readonly socket?: string;
  /** The `Authorization` header; null without a login. */
  readonly authorization: string | null;
  /** CA certificates to trust besides the system's, PEM; null when none are given. */
  readonly caCertificates: string | null;
}

/** The parts of an invocation that name an exporter. */
export type RemoteInvocation = Pick<Invocation, "option"> & {
  readonly context: Pick<Invocation["context"], "environment" | "readTextFile">;
};

/**
 * Reads `--from`, `--from.ca-file`, and the login from the environment; null without `--from`.
 *
 * @throws {ConfigError} When the address, the certificates or the login cannot be used.
 */
export async function readRemoteTarget(
  { context, option }: RemoteInvocation,
): Promise<RemoteTarget | null> {
  const from = option("from");
  const caFile = option("from.ca-file");
  if (from === undefined) {
    if (caFile === undefined) return null;
    throw new ConfigError(['Flag "--from.ca-file" needs "--from", the address of an exporter']);
  }
  const url = parseExporterAddress(from, { flag: "from", login: LOGIN_ADVICE });
  if (typeof url === "string") throw new ConfigError([url]);
  if (caFile !== undefined && url.protocol !== "https:") {
    throw new ConfigError(['Flag "--from.ca-file" needs an address that begins with https://']);
  }
  // The address of the report itself is accepted as well.
  url.pathname = url.pathname.replace(new RegExp(`${REPORT_PATH}/?$`), "").replace(/\/*$/, REPORT_PATH);
  return {
    url: url.href,
    authorization: readLogin(context),
    caCertificates: caFile === undefined ? null : await readCertificates(caFile, context),
  };
}

/**
 * The `Authorization` header of the login in the environment; null without one.
 *
 * @throws {ConfigError} When it is incomplete.
 */
export function readLogin({ environment }: RemoteInvocation["context"]): string | null {
  const user = environment("PGREPL_FROM_USER");
  const password = environment("PGREPL_FROM_PASSWORD");
  if (user === undefined && password === undefined) return null;
  if (user === undefined || password === undefined) {
    const missing = user === undefined ? "PGREPL_FROM_USER" : "PGREPL_FROM_PASSWORD";
    throw new ConfigError([`Incomplete login for "--from": set ${missing} as well`]);
  }
  if (user.includes(":")) throw new ConfigError(["PGREPL_FROM_USER must not contain a colon"]);
  return basicAuthorization(user, password);
}

async function readCertificates(path: string, context: RemoteInvocation["context"]): Promise<string> {
  try {
    const text = await context.readTextFile(path);
    if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  } catch (error) {
    throw new ConfigError([`Flag "--from.ca-file": cannot read the file: ${errorMessage(error)}`]);
  }
  throw new ConfigError(['Flag "--from.ca-file": the file contains no certificate in PEM']);
}
