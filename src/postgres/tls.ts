/**
 * libpq's TLS settings in terms of `node:tls`.
 *
 * {@link https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION}
 *
 * @module
 */
import { createPrivateKey } from "node:crypto";
import type { ConnectionOptions } from "node:tls";
import type { ConnectionTarget } from "../config/config.ts";
import { DEFAULT_LIBPQ_SETTINGS, type Endpoint } from "../config/libpq_settings.ts";
import type { Secret } from "../config/secret.ts";
import { certificatesProblem, pairProblem } from "./key_pair.ts";
import { keyFileProblem, type ReadFileFacts } from "./private_file.ts";

/** A ways to begin a connection: without TLS, with TLS if the server has it, or with nothing but TLS. */
export type Encryption = "plain" | "tls_if_offered" | "tls";

/** What is checked of the server's certificate: nothing, who signed it, or also whose it is. */
export type Verification = "nothing" | "chain" | "name";

/** How TLS is to be. */
export interface TlsPlan {
  /** Certificates, keys and versions, for `node:tls`. */
  readonly options: ConnectionOptions;
  /** What is checked. */
  readonly verification: Verification;
}

/** How to read files. */
export interface FileAccess {
  /** Reads a file whole. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** What kind of file it is. */
  readonly readFacts: ReadFileFacts;
}

/** TLS that cannot be had as it was asked for. */
export class TlsError extends Error {
  /** Class name, for logs. */
  override readonly name = "TlsError";
  /** Whether a connection without TLS may be tried when that is allowed; not when our own files are wrong. */
  readonly mayGoOn: boolean;

  /** Says what is wrong and what to do. */
  constructor(message: string, options: { readonly mayGoOn?: boolean; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.mayGoOn = options.mayGoOn ?? true;
  }
}

/** Where systems keep the certificates they trust: Debian, Red Hat, SUSE, Alpine and macOS. */
const SYSTEM_ROOTS = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/**
 * The ways to try, in order: `prefer` falls back to a connection without TLS, `allow` to one with it.
 *
 * @param target The target.
 * @param endpoint The host; TLS is not spoken over Unix sockets, whatever `sslmode` says.
 */
export function encryptionsFor({ sslMode }: ConnectionTarget, endpoint: Endpoint): readonly Encryption[] {
  if (endpoint.host.startsWith("/") || sslMode === "disable") return ["plain"];
  if (sslMode === "allow") return ["plain", "tls_if_offered"];
  return sslMode === "prefer" ? ["tls_if_offered", "plain"] : ["tls"];
}

/**
 * Reads certificates and keys.
 *
 * @param target The target.
 * @param files How to read files.
 * @throws {TlsError} When a file that is needed is missing, wrong, or a key that others may read.
 */
export async function readTlsPlan(target: ConnectionTarget, files: FileAccess): Promise<TlsPlan> {
  const { minTlsVersion: minVersion, maxTlsVersion } = target.libpq ?? DEFAULT_LIBPQ_SETTINGS;
  const found = { ...files, ...await findTlsFiles(target, files) };
  const roots = await readRoots(target, found);
  const needsRoots = target.sslMode === "verify-ca" || target.sslMode === "verify-full";
  if (roots === null && needsRoots) {
    throw new TlsError(
      `sslmode=${target.sslMode} needs root certificates: name them with sslrootcert, or use sslrootcert=system`,
      { mayGoOn: false },
    );
  }
  return {
    options: {
      minVersion,
      ...(maxTlsVersion === null ? {} : { maxVersion: maxTlsVersion }),
      ...(roots === null ? {} : { ca: roots }),
      ...await readClientCertificate(target, found),
    },
    // With root certificates the chain is checked whatever the mode: libpq keeps this for compatibility, and so do we.
    verification: target.sslMode === "verify-full" ? "name" : roots === null ? "nothing" : "chain",
  };
}

/** Paths of the files that count; null where there is none. */
export interface TlsFiles {
  /** Root certificates, unless the system's own count. */
  readonly root: string | null;
  /** Our certificate. */
  readonly certificate: string | null;
  /** Its key. */
  readonly key: string | null;
}

/**
 * Finds the files that count: those that are named, and libpq's default ones when they are there.
 *
 * @param target The target.
 * @param files `readFacts` tells whether a file is there.
 */
export async function findTlsFiles(
  target: ConnectionTarget,
  files: Pick<FileAccess, "readFacts">,
): Promise<TlsFiles> {
  const { usesSystemRoots, certificateDirectory: fallback, showsCertificate } = target.libpq ??
    DEFAULT_LIBPQ_SETTINGS;
  const root = usesSystemRoots ? null : await find(target.sslRootCert, { fallback, name: "root.crt" }, files);
  const certificate = showsCertificate
    ? await find(target.sslCert, { fallback, name: "postgresql.crt" }, files)
    : null;
  // A key says nothing without its certificate.
  const key = certificate === null
    ? null
    : await find(target.sslKey, { fallback, name: "postgresql.key" }, files);
  return { root, certificate, key };
}

/** Root certificates; null when there are none. */
async function readRoots(
  target: ConnectionTarget,
  { root: path, ...files }: FileAccess & TlsFiles,
): Promise<string | null> {
  const { usesSystemRoots } = target.libpq ?? DEFAULT_LIBPQ_SETTINGS;
  if (usesSystemRoots) {
    for (const path of SYSTEM_ROOTS) {
      if (await files.readFacts(path) !== null) return await read(path, "system certificates", files);
    }
    throw new TlsError(
      `the system has no certificates (${
        SYSTEM_ROOTS.join(", ")
      }): install ca-certificates or name a file with sslrootcert`,
      { mayGoOn: false },
    );
  }
  if (path === null) return null;
  const text = await read(path, "root certificate file", files);
  const problem = certificatesProblem(text);
  if (problem === "") return text;
  throw new TlsError(`root certificate file ${path} ${problem}`, { mayGoOn: false });
}

async function readClientCertificate(
  target: ConnectionTarget,
  { certificate: certPath, key: keyPath, ...files }: FileAccess & TlsFiles,
): Promise<ConnectionOptions> {
  const { sslPassword } = target.libpq ?? DEFAULT_LIBPQ_SETTINGS;
  if (certPath === null) return {};
  const cert = await read(certPath, "certificate file", files);
  const facts = keyPath === null ? null : await files.readFacts(keyPath);
  if (keyPath === null || facts === null) {
    throw new TlsError(
      `certificate ${certPath} is there, but not its private key${
        keyPath === null ? "" : ` ${keyPath}`
      }: name it with sslkey`,
      { mayGoOn: false },
    );
  }
  const problem = keyFileProblem(keyPath, facts);
  if (problem !== "") throw new TlsError(problem, { mayGoOn: false });
  const key = unlock(await read(keyPath, "private key file", files), { keyPath, sslPassword });
  const wrong = pairProblem({ certificate: cert, key });
  if (wrong === null) return { cert, key };
  const file = wrong.of === "key" ? `private key file ${keyPath}` : `certificate file ${certPath}`;
  throw new TlsError(`${file} ${wrong.text}`, { mayGoOn: false });
}

/** A private key without its passphrase. */
function unlock(
  key: string,
  { keyPath, sslPassword }: { readonly keyPath: string; readonly sslPassword: Secret | null },
): string {
  if (!key.includes("ENCRYPTED")) return key;
  if (sslPassword === null) {
    throw new TlsError(`private key file ${keyPath} is encrypted: give its passphrase as sslpassword`, {
      mayGoOn: false,
    });
  }
  try {
    const opened = createPrivateKey({ key, passphrase: sslPassword.reveal() });
    return opened.export({ type: "pkcs8", format: "pem" }).toString();
  } catch (cause) {
    throw new TlsError(
      `private key file ${keyPath} cannot be decrypted: check sslpassword, or encrypt it anew with openssl pkcs8 -topk8 -v2 aes-256-cbc`,
      { mayGoOn: false, cause },
    );
  }
}

/** The path that is given, or that of libpq's default file when it is there. */
async function find(
  given: string,
  { fallback, name }: { readonly fallback: string; readonly name: string },
  { readFacts }: Pick<FileAccess, "readFacts">,
): Promise<string | null> {
  if (given !== "") return given;
  if (fallback === "") return null;
  const path = `${fallback}/${name}`;
  return await readFacts(path).catch(() => null) === null ? null : path;
}

async function read(path: string, what: string, { readTextFile }: FileAccess): Promise<string> {
  try {
    return await readTextFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TlsError(`${what} ${path} cannot be read: ${reason}`, { mayGoOn: false, cause });
  }
}
