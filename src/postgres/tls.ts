/**
 * libpq's `sslmode` in terms of the driver's `ssl` option.
 *
 * {@link https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION}
 *
 * @module
 */
import type { ConnectionOptions } from "node:tls";
import type { ConnectionTarget } from "../config/config.ts";

/** The driver's `ssl` option: no TLS, TLS when the server offers it, or options of `node:tls`. */
export type DriverTls = false | "prefer" | ConnectionOptions;

/**
 * The driver's `ssl` option for a target.
 *
 * @param target The target.
 * @param readTextFile Reads a certificate or key file.
 * @returns `false` for no TLS, `"prefer"` for TLS when the server offers it, else options of `node:tls`.
 */
export async function tlsOption(
  target: ConnectionTarget,
  readTextFile: (path: string) => Promise<string>,
): Promise<DriverTls> {
  if (target.sslMode === "disable" || target.sslMode === "allow" || target.host.startsWith("/")) return false;
  if (target.sslMode === "prefer") return "prefer";
  const files = {
    ...(target.sslRootCert === "" ? {} : { ca: await readTextFile(target.sslRootCert) }),
    ...(target.sslCert === "" ? {} : { cert: await readTextFile(target.sslCert) }),
    ...(target.sslKey === "" ? {} : { key: await readTextFile(target.sslKey) }),
  };
  // "require" with a root certificate behaves like verify-ca: libpq keeps this for compatibility, and so do we.
  const mode = target.sslMode === "require" && target.sslRootCert !== "" ? "verify-ca" : target.sslMode;
  switch (mode) {
    case "verify-full":
      return { ...files, servername: target.host };
    case "verify-ca":
      return { ...files, servername: target.host, checkServerIdentity: () => undefined };
    default:
      return { ...files, rejectUnauthorized: false };
  }
}
