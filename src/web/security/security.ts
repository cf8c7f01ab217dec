import type { RateLimit, TlsConfig } from "./web_config.ts";

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
export interface WebSecurity {
  /** TLS; null for plain HTTP. */
  readonly tls: TlsSettings | null;
  /** bcrypt hashes by user; empty: no login is required. */
  readonly users: ReadonlyMap<string, string>;
  /** Headers that every response gets. */
  readonly headers: ReadonlyMap<string, string>;
  /** Limit of all requests together; null when there is none. */
  readonly rateLimit: RateLimit | null;
  /** Settings that are accepted but do not work as they may seem to. */
  readonly warnings: readonly string[];
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
