import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { ConfigError } from "../../config/config_error.ts";
import type { TlsSettings, WebSecurity } from "./security.ts";
import type { TlsWish } from "./web_config.ts";
import { parseWebConfig, type PemSource, type WebConfigProblems } from "./web_config.ts";

/** How to load. */
export interface LoadOptions {
  /** Reads a file whole. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Unix time in seconds, for certificates that have expired. */
  readonly wallNow: number;
  /** Whether this runtime does all that a file can ask of TLS: see `hasFullTls`. */
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
export async function loadWebSecurity(path: string, options: LoadOptions): Promise<WebSecurity> {
  let text: string;
  try {
    text = await options.readTextFile(path);
  } catch (error) {
    throw new ConfigError([`${path}: Cannot read the web configuration: ${reasonOf(error)}`]);
  }
  const { config, problems } = parseWebConfig(text, path);
  const { tls: wish, users, headers, rateLimit } = config;
  const warnings = [...config.warnings];
  const tls = wish === null ? null : await readTls(wish, { ...options, problems, warnings });
  problems.finish();
  const sources = wish === null ? [] : [wish.certificate, wish.key, wish.clientCa];
  const named = sources.flatMap((source) => source !== null && "path" in source ? [source.path] : []);
  return { tls, users, headers, rateLimit, warnings, files: [...new Set([path, ...named])] };
}

interface Reading extends LoadOptions {
  readonly problems: WebConfigProblems;
  readonly warnings: string[];
}

async function readTls(wish: TlsWish, reading: Reading): Promise<TlsSettings | null> {
  const { problems, wallNow, warnings, isTlsFull } = reading;
  const { clientAuth, allowedSans, minVersion, maxVersion } = wish;
  const isNarrowed = minVersion !== "TLSv1.2" || maxVersion !== "TLSv1.3";
  if (!isTlsFull && (clientAuth !== "NoClientCert" || isNarrowed)) {
    problems.report(
      wish.certificate.place,
      "tls_server_config: " +
        (isNarrowed
          ? "min_version and max_version other than TLS12 and TLS13 need"
          : "client_auth_type needs") +
        " a program built with Deno 2.9 or later, this one would not heed it: leave it out and use basic_auth_users, or " +
        "put a proxy in front that does it",
    );
  }
  const [certificate, key, clientCa] = await Promise.all([
    readPem(wish.certificate, reading),
    readPem(wish.key, reading),
    wish.clientCa === null ? null : readPem(wish.clientCa, reading),
  ]);
  if (clientCa !== null && wish.clientCa !== null) certificatesOf(clientCa, wish.clientCa, problems);
  const chain = certificate === null ? [] : certificatesOf(certificate, wish.certificate, problems);
  const [leaf] = chain;
  if (leaf !== undefined && key !== null) checkPair(leaf, { key, wish, problems });
  if (leaf !== undefined && Date.parse(leaf.validTo) / 1000 < wallNow) {
    warnings.push(`The certificate of the web server expired on ${leaf.validTo}: clients refuse it`);
  }
  if (certificate === null || key === null) return null;
  return { certificate, key, clientCa, clientAuth, allowedSans, minVersion, maxVersion };
}

async function readPem(source: PemSource, { readTextFile, problems }: Reading): Promise<string | null> {
  if ("text" in source) return source.text;
  try {
    return await readTextFile(source.path);
  } catch (error) {
    problems.report(source.place, `Cannot read ${source.key} ${source.path}: ${reasonOf(error)}`);
    return null;
  }
}

/** The certificates of a PEM text, at least one; what is none is a problem. */
function certificatesOf(
  pem: string,
  source: PemSource,
  problems: WebConfigProblems,
): readonly X509Certificate[] {
  const blocks = pem.match(CERTIFICATE) ?? [];
  const name = "path" in source ? `${source.key} ${source.path}` : source.key;
  if (blocks.length === 0) problems.report(source.place, `${name} holds no certificate: expected PEM`);
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(Buffer.from(block))];
    } catch {
      problems.report(source.place, `${name} holds a certificate that cannot be understood`);
      return [];
    }
  });
}

function checkPair(
  leaf: X509Certificate,
  { key, wish, problems }: {
    readonly key: string;
    readonly wish: TlsWish;
    readonly problems: WebConfigProblems;
  },
): void {
  const name = "path" in wish.key ? `${wish.key.key} ${wish.key.path}` : wish.key.key;
  try {
    // Not checkPrivateKey(), which Deno has since 2.9 only.
    const [own, its] = [createPublicKey(createPrivateKey(key)), leaf.publicKey]
      .map((each) => each.export({ type: "spki", format: "pem" }));
    if (own === its) return;
    problems.report(wish.key.place, `${name} is not the key of the certificate`);
  } catch {
    // What was thrown may quote the key.
    problems.report(
      wish.key.place,
      `${name} is no private key that can be used: expected PEM without a passphrase`,
    );
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return error instanceof Error ? error.message : String(error);
}
