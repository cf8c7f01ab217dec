/**
 * Settings of a connection string beyond one host and its login.
 *
 * @module
 */
import type { Secret } from "./secret.ts";

/** One host of a connection string. */
export interface Endpoint {
  /** Host name, address, or the directory of a Unix socket (begins with `/`). */
  readonly host: string;
  /** Address to connect to instead of resolving `host`; "" when unset. */
  readonly hostAddress: string;
  /** TCP port, or the number in a socket's name. */
  readonly port: number;
}

/** libpq's `target_session_attrs`. */
export type SessionAttributes = "any" | "read-write" | "read-only" | "primary" | "standby" | "prefer-standby";

/** Supported authentication methods, by their names in `require_auth`. */
export const AUTH_METHODS = ["password", "md5", "scram-sha-256", "none"] as const;

/** One of {@linkcode AUTH_METHODS}. */
export type AuthMethod = (typeof AUTH_METHODS)[number];

/** A version of TLS. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/** Settings of a connection string; {@linkcode DEFAULT_LIBPQ_SETTINGS} are the defaults. */
export interface LibpqSettings {
  /** Hosts to try after the first one, in order. */
  readonly otherHosts: readonly Endpoint[];
  /** Whether to try hosts and addresses in random order. */
  readonly isBalanced: boolean;
  /** Required state of a host. */
  readonly sessionAttributes: SessionAttributes;
  /** Path of the password file (`.pgpass`); "" when there is none. */
  readonly passFile: string;
  /** Path of a file that contains only the password; "" when there is none. */
  readonly passwordFile: string;
  /** Directory with `root.crt`, `postgresql.crt` and `postgresql.key`; "" when unknown. */
  readonly certificateDirectory: string;
  /** Whether to verify the server's certificate with the system's root certificates. */
  readonly usesSystemRoots: boolean;
  /** Passphrase of the client key; null when none is given. */
  readonly sslPassword: Secret | null;
  /** Whether to send a client certificate. */
  readonly showsCertificate: boolean;
  /** Whether to start TLS without negotiation. */
  readonly isDirectTls: boolean;
  /** Whether to send the host name in the TLS handshake (SNI). */
  readonly usesSni: boolean;
  /** Lowest version of TLS. */
  readonly minTlsVersion: TlsVersion;
  /** Highest version of TLS; null: no limit. */
  readonly maxTlsVersion: TlsVersion | null;
  /** Whether the login is bound to the TLS connection. */
  readonly channelBinding: "disable" | "prefer" | "require";
  /** Allowed authentication methods; null: all. */
  readonly allowedAuth: readonly AuthMethod[] | null;
}

/** Defaults of a connection string. */
export const DEFAULT_LIBPQ_SETTINGS: LibpqSettings = {
  otherHosts: [],
  isBalanced: false,
  sessionAttributes: "any",
  passFile: "",
  passwordFile: "",
  certificateDirectory: "",
  usesSystemRoots: false,
  sslPassword: null,
  showsCertificate: true,
  isDirectTls: false,
  usesSni: true,
  minTlsVersion: "TLSv1.2",
  maxTlsVersion: null,
  channelBinding: "prefer",
  allowedAuth: null,
};
