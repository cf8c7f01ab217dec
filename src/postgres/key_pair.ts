/**
 * Checks certificates and keys before TLS uses them: with a client certificate and a key that do not match, Deno 2.6 ends
 * the whole program, and later versions report an error about TLS versions.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { TLSSocket } from "node:tls";
import { derElement } from "./certificate.ts";

/** Whether the TLS of this runtime accepts certificates of version 1; up to Deno 2.8 it does not. */
const TAKES_VERSION_1 = "getProtocol" in TLSSocket.prototype;

/** Minimum length of an RSA key, bits. */
const LEAST_RSA_BITS = 2048;
/** DER tag of the version; certificates of version 1 have none. */
const VERSION_TAG = 0xa0;

const CERTIFICATE_BLOCK =
  /-----BEGIN (?:TRUSTED )?CERTIFICATE-----([^-]*)-----END (?:TRUSTED )?CERTIFICATE-----/g;

const KEY_BLOCK = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^-]*-----END \1-----/;

/** A problem with a certificate or key. */
export interface PairProblem {
  /** Which of the two. */
  readonly of: "certificate" | "key";
  /** The problem and what to do; follows the name of the file. */
  readonly text: string;
}

/** Checks that every certificate of a PEM text can be read: "" or the problem, which follows the name of the file. */
export function certificatesProblem(pem: string): string {
  const blocks = [...pem.matchAll(CERTIFICATE_BLOCK)];
  if (blocks.length === 0) return "holds no certificate in PEM form";
  const wrong = blocks.findIndex(([, base64 = ""]) => !isCertificate(Buffer.from(base64, "base64")));
  if (wrong === -1) return "";
  const which = blocks.length === 1 ? "" : `: number ${wrong + 1} of its ${blocks.length}`;
  return `holds something that is no certificate${which}`;
}

function isCertificate(der: Buffer): boolean {
  try {
    return new X509Certificate(der).subject !== null;
  } catch {
    return false;
  }
}

/**
 * Checks that a client certificate and a key belong together and can be used.
 *
 * @param pair Both in PEM form, the key without a passphrase.
 * @param options `takesVersion1`: whether TLS accepts certificates of version 1.
 * @returns null when they can be used.
 */
export function pairProblem(
  { certificate, key }: { readonly certificate: string; readonly key: string },
  { takesVersion1 = TAKES_VERSION_1 }: { readonly takesVersion1?: boolean } = {},
): PairProblem | null {
  const text = certificatesProblem(certificate);
  if (text !== "") return { of: "certificate", text };
  const own = publicKeyOf(key);
  if (typeof own === "string") return { of: "key", text: own };
  const [[, base64 = ""] = []] = certificate.matchAll(CERTIFICATE_BLOCK);
  const { version, publicKey } = readCertificate(Buffer.from(base64, "base64"));
  if (!own.equals(publicKey)) {
    return { of: "key", text: "is not the key of the certificate: give both of one pair" };
  }
  if (version !== 1 || takesVersion1) return null;
  return {
    of: "certificate",
    text:
      "is of X.509 version 1, which a program built with a Deno before 2.9 cannot use: issue it as version 3, " +
      "with openssl x509 -req -extfile and a file that contains basicConstraints=CA:FALSE",
  };
}

/** The public key that belongs to a private key, in the form of a certificate; the problem when it cannot be used. */
function publicKeyOf(pem: string): Buffer | string {
  const expected = `expected RSA with ${LEAST_RSA_BITS} bits or more, ECDSA or Ed25519, in PEM form`;
  try {
    // Older versions of Deno fail on text before the key, such as the parameters of a curve.
    const [block = pem] = KEY_BLOCK.exec(pem) ?? [];
    const key = createPrivateKey(block);
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
    if (type === "rsa" && (details?.modulusLength ?? LEAST_RSA_BITS) < LEAST_RSA_BITS) {
      return `is too short, RSA with ${details?.modulusLength} bits: ${expected}`;
    }
    if (type !== "rsa" && type !== "ec" && type !== "ed25519") {
      return `is of a type that TLS does not support: ${expected}`;
    }
    return createPublicKey(key).export({ type: "spki", format: "der" });
  } catch {
    // The error may contain the key.
    return `cannot be read: ${expected}`;
  }
}

/** Version and public key of a valid certificate. Older versions of Deno do not provide them for every one. */
function readCertificate(der: Buffer): { readonly version: number; readonly publicKey: Buffer } {
  let at = derElement(der, derElement(der, 0).from).from;
  const hasVersion = der[at] === VERSION_TAG;
  const version = hasVersion ? (der[derElement(der, derElement(der, at).from).from] ?? 0) + 1 : 1;
  // After the version: serial number, signature algorithm, issuer, validity and subject.
  for (let skipped = hasVersion ? 0 : 1; skipped < 6; skipped++) at = derElement(der, at).to;
  return { version, publicKey: der.subarray(at, derElement(der, at).to) };
}
