/**
 * What a connection string can ask for beyond one host and its login.
 *
 * @module
 */
import type { Secret } from "./secret.ts";

/** One place where a server may be found. */
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

/** Ways of proving who we are that this program can go, by their names in `require_auth`. */
export const AUTH_METHODS = ["password", "md5", "scram-sha-256", "none"] as const;

/** One of {@linkcode AUTH_METHODS}. */
export type AuthMethod = (typeof AUTH_METHODS)[number];

/** A version of TLS. */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/** See {@linkcode DEFAULT_LIBPQ_SETTINGS} for what holds when nothing is said. */
export interface LibpqSettings {
  /** Hosts to try after the first one, in order. */
  readonly otherHosts: readonly Endpoint[];
  /** Whether hosts and addresses are tried in random order. */
  readonly isBalanced: boolean;
  /** What a host must be to be used. */
  readonly sessionAttributes: SessionAttributes;
  /** Path of the password file (`.pgpass`); "" when there is none. */
  readonly passFile: string;
  /** Path of a file that holds nothing but the password; "" when there is none. */
  readonly passwordFile: string;
  /** Directory with `root.crt`, `postgresql.crt` and `postgresql.key`; "" when it is not known. */
  readonly certificateDirectory: string;
  /** Whether the server's certificate is checked with the certificates of the system. */
  readonly usesSystemRoots: boolean;
  /** Passphrase of the client key; null when none is given. */
  readonly sslPassword: Secret | null;
  /** Whether a client certificate is shown. */
  readonly showsCertificate: boolean;
  /** Whether TLS starts at once, without asking the server whether it can. */
  readonly isDirectTls: boolean;
  /** Whether the host name is told in the TLS handshake. */
  readonly usesSni: boolean;
  /** Least version of TLS. */
  readonly minTlsVersion: TlsVersion;
  /** Highest version of TLS; null: the highest there is. */
  readonly maxTlsVersion: TlsVersion | null;
  /** Whether the login is tied to the TLS connection. */
  readonly channelBinding: "disable" | "prefer" | "require";
  /** Ways to log in that are allowed; null: all. */
  readonly allowedAuth: readonly AuthMethod[] | null;
}

/** What holds when a connection string says nothing. */
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
