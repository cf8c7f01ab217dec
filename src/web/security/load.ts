import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { ConfigError } from "../../config/config_error.ts";
import type { TlsSettings, WebSecurity } from "./security.ts";
import { parseWebConfig, type PemSource, type TlsConfig } from "./web_config.ts";
import { errorMessage } from "../../domain/thrown.ts";

/** How to load a web configuration. */
export interface WebSecurityOptions {
  /** Reads a file whole. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Unix time in seconds, to find expired certificates. */
  readonly wallNow: number;
  /** Whether this runtime supports every TLS setting of the file: see `hasFullTls`. */
  readonly isTlsFull: boolean;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * Reads a web configuration file and every file it names.
 *
 * @param path The file.
 * @param options How to read.
 * @throws {ConfigError} With every problem, each with file, line and column.
 */
export async function loadWebSecurity(path: string, options: WebSecurityOptions): Promise<WebSecurity> {
  let text: string;
  try {
    text = await options.readTextFile(path);
  } catch (error) {
    throw new ConfigError([`${path}: Cannot read the web configuration: ${readFailure(error)}`]);
  }
  const { config, file } = parseWebConfig(text, path);
  const { tls: wanted, users, headers, rateLimit } = config;
  const warnings = [...config.warnings];
  const addProblem = ({ key }: PemSource, sentence: string) =>
    file.addProblem(["tls_server_config", key], sentence);
  const tls = wanted === null ? null : await loadTls(wanted, { ...options, addProblem, warnings });
  file.finish();
  const sources = wanted === null ? [] : [wanted.certificate, wanted.key, wanted.clientCa];
  const named = sources.flatMap((source) => source !== null && "path" in source ? [source.path] : []);
  return { tls, users, headers, rateLimit, warnings, files: [...new Set([path, ...named])] };
}

interface TlsLoading extends WebSecurityOptions {
  readonly addProblem: (source: PemSource, sentence: string) => void;
  readonly warnings: string[];
}

async function loadTls(config: TlsConfig, loading: TlsLoading): Promise<TlsSettings | null> {
  const { addProblem, wallNow, warnings, isTlsFull } = loading;
  const { clientAuth, allowedSans, minVersion, maxVersion } = config;
  const isNarrowed = minVersion !== "TLSv1.2" || maxVersion !== "TLSv1.3";
  if (!isTlsFull && (clientAuth !== "NoClientCert" || isNarrowed)) {
    const what = isNarrowed
      ? "min_version and max_version other than TLS12 and TLS13 need"
      : "client_auth_type needs";
    addProblem(
      config.certificate,
      `tls_server_config: ${what} a program built with Deno 2.9 or later, this one would ignore it: remove it and use ` +
        "basic_auth_users, or use a proxy that supports it",
    );
  }
  const [certificate, key, clientCa] = await Promise.all([
    loadPem(config.certificate, loading),
    loadPem(config.key, loading),
    config.clientCa === null ? null : loadPem(config.clientCa, loading),
  ]);
  if (clientCa !== null && config.clientCa !== null) certificatesOf(clientCa, config.clientCa, loading);
  const chain = certificate === null ? [] : certificatesOf(certificate, config.certificate, loading);
  const [leaf] = chain;
  const problem = leaf === undefined || key === null ? "" : keyProblem(leaf, key);
  if (problem !== "") addProblem(config.key, `${pemName(config.key)} ${problem}`);
  if (leaf !== undefined && Date.parse(leaf.validTo) / 1000 < wallNow) {
    warnings.push(`The certificate of the web server expired on ${leaf.validTo}: clients reject it`);
  }
  if (certificate === null || key === null) return null;
  return { certificate, key, clientCa, clientAuth, allowedSans, minVersion, maxVersion };
}

/** A PEM source in messages: its key and its path. */
function pemName(source: PemSource): string {
  return "path" in source ? `${source.key} ${source.path}` : source.key;
}

async function loadPem(source: PemSource, { readTextFile, addProblem }: TlsLoading): Promise<string | null> {
  if ("text" in source) return source.text;
  try {
    return await readTextFile(source.path);
  } catch (error) {
    addProblem(source, `Cannot read ${pemName(source)}: ${readFailure(error)}`);
    return null;
  }
}

/** The certificates of a PEM text; one that is invalid, or none at all, is a problem. */
function certificatesOf(
  pem: string,
  source: PemSource,
  { addProblem }: TlsLoading,
): readonly X509Certificate[] {
  const blocks = pem.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) addProblem(source, `${pemName(source)} contains no certificate: expected PEM`);
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(Buffer.from(block))];
    } catch {
      addProblem(source, `${pemName(source)} contains an invalid certificate`);
      return [];
    }
  });
}

/** What is wrong with the key of a certificate; "" when it fits. */
function keyProblem(leaf: X509Certificate, key: string): string {
  try {
    // Not checkPrivateKey(), which only Deno 2.9 and later have.
    const [own, expected] = [createPublicKey(createPrivateKey(key)), leaf.publicKey]
      .map((each) => each.export({ type: "spki", format: "pem" }));
    return own === expected ? "" : "is not the key of the certificate";
  } catch {
    // The error may quote the key.
    return "is not a usable private key: expected PEM without a passphrase";
  }
}

function readFailure(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return errorMessage(error);
}
