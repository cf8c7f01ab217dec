/**
 * Security of the web server, from `--web.config.file`: TLS, client certificates, logins, rate limit and headers.
 *
 * The file has the format of exporter-toolkit, so that one file can serve every exporter of a host. `load.ts` reads it,
 * `secure_app.ts` and `tls_socket.ts` apply it.
 *
 * @module
 */
import type { TlsConfig, WebConfig } from "./web_config.ts";

/** TLS with its certificates. */
export interface TlsSettings
  extends Pick<TlsConfig, "clientAuth" | "allowedSans" | "minVersion" | "maxVersion"> {
  /** Certificate chain, PEM. */
  readonly certificate: string;
  /** Its key, PEM. */
  readonly key: string;
  /** Certificate authorities of clients, PEM; null when there are none. */
  readonly clientCa: string | null;
}

/** A web configuration with the content of every file it names. */
export interface WebSecurity extends Omit<WebConfig, "tls"> {
  /** TLS; null for plain HTTP. */
  readonly tls: TlsSettings | null;
  /** Every file that it consists of. */
  readonly files: readonly string[];
}

/** Neither TLS nor logins: without a file. */
export const NO_SECURITY: WebSecurity = {
  tls: null,
  users: new Map(),
  headers: new Map(),
  rateLimit: null,
  warnings: [],
  files: [],
};

/**
 * Whether the TLS server supports all settings. Before Deno 2.9 it silently ignores client certificates, versions and
 * renewed certificates.
 *
 * @param version `Deno.version.deno`.
 */
export function hasFullTls(version: string): boolean {
  return !/^2\.[0-8]\./.test(version);
}
