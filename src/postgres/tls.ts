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
import { errorMessage } from "../domain/thrown.ts";
import { certificatesProblem, pairProblem } from "./key_pair.ts";
import { keyFileProblem, type ReadFileFacts } from "./private_file.ts";

/** How a connection starts: without TLS, with TLS if the server supports it, or with TLS only. */
export type Encryption = "plain" | "tls_if_offered" | "tls";

/** What is checked of the server's certificate: nothing, its issuer, or its issuer and host name. */
export type Verification = "nothing" | "chain" | "name";

/** Settings of TLS. */
export interface TlsPlan {
  /** Certificates, keys and versions, for `node:tls`. */
  readonly options: ConnectionOptions;
  /** What is checked of the server's certificate. */
  readonly verification: Verification;
}

/** How to read files. */
export interface FileAccess {
  /** Reads a file whole. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** What kind of file it is. */
  readonly readFacts: ReadFileFacts;
}

/** TLS as configured is not possible. */
export class TlsError extends Error {
  /** Class name, for logs. */
  override readonly name = "TlsError";
  /** Whether a connection without TLS may be tried if `sslmode` allows it; not when our own files are wrong. */
  readonly mayGoOn: boolean;

  /** Describes the problem and what to do. */
  constructor(message: string, options: { readonly mayGoOn?: boolean; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.mayGoOn = options.mayGoOn ?? true;
  }
}

/** An error in our own files: there is no fallback to a connection without TLS. */
function fileError(message: string, cause?: unknown): TlsError {
  return new TlsError(message, { mayGoOn: false, cause });
}

/** Trusted certificates of the system: Debian, Red Hat, SUSE, Alpine and macOS. */
const SYSTEM_ROOTS = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/**
 * The ways to try, in order: `prefer` falls back to a connection without TLS, `allow` to one with it.
 *
 * @param endpoint The host; Unix sockets never use TLS, whatever `sslmode` is.
 */
export function encryptionsFor({ sslMode }: ConnectionTarget, endpoint: Endpoint): readonly Encryption[] {
  if (endpoint.host.startsWith("/") || sslMode === "disable") return ["plain"];
  if (sslMode === "allow") return ["plain", "tls_if_offered"];
  return sslMode === "prefer" ? ["tls_if_offered", "plain"] : ["tls"];
}

/**
 * Reads certificates and keys.
 *
 * @throws {TlsError} When a required file is missing or invalid, or others may read the key.
 */
export async function readTlsPlan(target: ConnectionTarget, files: FileAccess): Promise<TlsPlan> {
  const { minTlsVersion: minVersion, maxTlsVersion } = target.libpq ?? DEFAULT_LIBPQ_SETTINGS;
  const found = { ...files, ...await findTlsFiles(target, files) };
  const roots = await readRoots(target, found);
  const needsRoots = target.sslMode === "verify-ca" || target.sslMode === "verify-full";
  if (roots === null && needsRoots) {
    throw fileError(
      `sslmode=${target.sslMode} needs root certificates: set sslrootcert to a file, or use sslrootcert=system`,
    );
  }
  return {
    options: {
      minVersion,
      ...(maxTlsVersion === null ? {} : { maxVersion: maxTlsVersion }),
      ...(roots === null ? {} : { ca: roots }),
      ...await readClientCertificate(target, found),
    },
    // With root certificates the chain is checked in every mode, as libpq does for compatibility.
    verification: target.sslMode === "verify-full" ? "name" : roots === null ? "nothing" : "chain",
  };
}

/** Paths of the files in use; null where there is none. */
export interface TlsFiles {
  /** Root certificates, unless those of the system are used. */
  readonly root: string | null;
  /** The client certificate. */
  readonly certificate: string | null;
  /** Its key. */
  readonly key: string | null;
}

/** Finds the files in use: the configured ones, else libpq's default files if they exist. */
export async function findTlsFiles(
  { sslRootCert, sslCert, sslKey, libpq = DEFAULT_LIBPQ_SETTINGS }: ConnectionTarget,
  { readFacts }: Pick<FileAccess, "readFacts">,
): Promise<TlsFiles> {
  const { usesSystemRoots, certificateDirectory, showsCertificate } = libpq;
  const find = async (configured: string, name: string) => {
    if (configured !== "" || certificateDirectory === "") return configured || null;
    const path = `${certificateDirectory}/${name}`;
    return await readFacts(path).catch(() => null) === null ? null : path;
  };
  const root = usesSystemRoots ? null : await find(sslRootCert, "root.crt");
  const certificate = showsCertificate ? await find(sslCert, "postgresql.crt") : null;
  // A key is useless without its certificate.
  const key = certificate === null ? null : await find(sslKey, "postgresql.key");
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
      if (await files.readFacts(path) !== null) return await readTlsFile(path, "system certificates", files);
    }
    throw fileError(
      `the system has no certificates (${
        SYSTEM_ROOTS.join(", ")
      }): install ca-certificates or set sslrootcert to a file`,
    );
  }
  if (path === null) return null;
  const text = await readTlsFile(path, "root certificate file", files);
  const problem = certificatesProblem(text);
  if (problem === "") return text;
  throw fileError(`root certificate file ${path} ${problem}`);
}

async function readClientCertificate(
  target: ConnectionTarget,
  { certificate: certPath, key: keyPath, ...files }: FileAccess & TlsFiles,
): Promise<ConnectionOptions> {
  const { sslPassword } = target.libpq ?? DEFAULT_LIBPQ_SETTINGS;
  if (certPath === null) return {};
  const cert = await readTlsFile(certPath, "certificate file", files);
  const facts = keyPath === null ? null : await files.readFacts(keyPath);
  if (keyPath === null || facts === null) {
    const missing = keyPath === null ? "" : ` ${keyPath}`;
    throw fileError(
      `certificate ${certPath} exists, but not its private key${missing}: set sslkey to its file`,
    );
  }
  const problem = keyFileProblem(keyPath, facts);
  if (problem !== "") throw fileError(problem);
  const key = decryptKey(await readTlsFile(keyPath, "private key file", files), { keyPath, sslPassword });
  const wrong = pairProblem({ certificate: cert, key });
  if (wrong === null) return { cert, key };
  const file = wrong.of === "key" ? `private key file ${keyPath}` : `certificate file ${certPath}`;
  throw fileError(`${file} ${wrong.text}`);
}

/** The private key, decrypted if it is encrypted. */
function decryptKey(
  key: string,
  { keyPath, sslPassword }: { readonly keyPath: string; readonly sslPassword: Secret | null },
): string {
  if (!key.includes("ENCRYPTED")) return key;
  if (sslPassword === null) {
    throw fileError(`private key file ${keyPath} is encrypted: give its passphrase as sslpassword`);
  }
  try {
    const opened = createPrivateKey({ key, passphrase: sslPassword.reveal() });
    return opened.export({ type: "pkcs8", format: "pem" }).toString();
  } catch (cause) {
    throw fileError(
      `private key file ${keyPath} cannot be decrypted: check sslpassword, or encrypt it again with openssl pkcs8 -topk8 -v2 aes-256-cbc`,
      cause,
    );
  }
}

async function readTlsFile(path: string, what: string, { readTextFile }: FileAccess): Promise<string> {
  try {
    return await readTextFile(path);
  } catch (cause) {
    throw fileError(`${what} ${path} cannot be read: ${errorMessage(cause)}`, cause);
  }
}
