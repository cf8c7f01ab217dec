import type { RateLimit, TlsConfig } from "./web_config.ts";

/** TLS with everything it needs. */
export interface TlsSettings
  extends Pick<TlsConfig, "clientAuth" | "allowedSans" | "minVersion" | "maxVersion"> {
  /** Certificate chain, PEM. */
  readonly certificate: string;
  /** Its key, PEM. */
  readonly key: string;
  /** Authorities of client certificates, PEM; null when there are none. */
  readonly clientCa: string | null;
}

/** What a web configuration file asks for, checked: every file it names was read. */
export interface WebSecurity {
  /** TLS; null when answers go out in the clear. */
  readonly tls: TlsSettings | null;
  /** bcrypt hashes by user; empty: no login is asked for. */
  readonly users: ReadonlyMap<string, string>;
  /** Headers that every answer gets. */
  readonly headers: ReadonlyMap<string, string>;
  /** Bound of all requests together; null when there is none. */
  readonly rateLimit: RateLimit | null;
  /** What works, but not as one may expect. */
  readonly warnings: readonly string[];
  /** Every file that it was made of: a change of one is a change of it. */
  readonly files: readonly string[];
}

/** Neither TLS nor logins: as without a file. */
export const NO_SECURITY: WebSecurity = {
  tls: null,
  users: new Map(),
  headers: new Map(),
  rateLimit: null,
  warnings: [],
  files: [],
};

/**
 * Whether the TLS server does all that can be asked of it. Before Deno 2.9 it asks no client for a certificate, speaks
 * every version it knows and keeps its first certificate, and says so to nobody.
 *
 * @param version `Deno.version.deno`.
 */
export function hasFullTls(version: string): boolean {
  return !/^2\.[0-8]\./.test(version);
}
