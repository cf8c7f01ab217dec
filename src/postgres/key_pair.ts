/**
 * Whether certificates and keys can be used, found out before TLS is given them: handed a client certificate and a key
 * that do not fit, Deno 2.6 ends the whole program, and later ones speak of versions of TLS.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { TLSSocket } from "node:tls";
import { element } from "./certificate.ts";

/** Whether the TLS of this runtime takes certificates of version 1; up to Deno 2.8 it does not. */
const TAKES_VERSION_1 = "getProtocol" in TLSSocket.prototype;

/** Least length of an RSA key, bits. */
const LEAST_RSA_BITS = 2048;
/** Tag of the version, which certificates of version 1 do not have. */
const VERSION_TAG = 0xa0;

const BLOCK = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----([^-]*)-----END (?:TRUSTED )?CERTIFICATE-----/g;

const KEY_BLOCK = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^-]*-----END \1-----/;

/** What is wrong, and with which of both. */
export interface PairProblem {
  /** Which. */
  readonly of: "certificate" | "key";
  /** What is wrong and what to do, to be read behind the name of the file. */
  readonly text: string;
}

/**
 * Whether every certificate of a text can be read.
 *
 * @param pem The text.
 * @returns "" when all can; else what is wrong, to be read behind the name of the file.
 */
export function certificatesProblem(pem: string): string {
  const blocks = [...pem.matchAll(BLOCK)];
  if (blocks.length === 0) return "holds no certificate in PEM form";
  const wrong = blocks.findIndex(([, base64 = ""]) => !isCertificate(Buffer.from(base64, "base64")));
  if (wrong === -1) return "";
  return `holds something that is no certificate${
    blocks.length === 1 ? "" : `: number ${wrong + 1} of its ${blocks.length}`
  }`;
}

function isCertificate(der: Buffer): boolean {
  try {
    return new X509Certificate(der).subject !== null;
  } catch {
    return false;
  }
}

/**
 * Whether a client certificate and a key can be used together.
 *
 * @param pair Both in PEM form, the key without a passphrase.
 * @param options `takesVersion1`: whether TLS takes certificates of version 1.
 * @returns null when they can.
 */
export function pairProblem(
  { certificate, key }: { readonly certificate: string; readonly key: string },
  { takesVersion1 = TAKES_VERSION_1 }: { readonly takesVersion1?: boolean } = {},
): PairProblem | null {
  const text = certificatesProblem(certificate);
  if (text !== "") return { of: "certificate", text };
  const own = publicKeyOf(key);
  if (typeof own === "string") return { of: "key", text: own };
  const [[, base64 = ""] = []] = certificate.matchAll(BLOCK);
  const { version, publicKey } = partsOf(Buffer.from(base64, "base64"));
  if (!own.equals(publicKey)) {
    return { of: "key", text: "is not the key of the certificate: give both of one pair" };
  }
  if (version !== 1 || takesVersion1) return null;
  return {
    of: "certificate",
    text:
      "is of X.509 version 1, which a program built with a Deno before 2.9 cannot show: issue it as version 3, " +
      "with openssl x509 -req -extfile and a file that says basicConstraints=CA:FALSE",
  };
}

/** The public half of a key, as it stands in a certificate; a sentence when it cannot be used. */
function publicKeyOf(pem: string): Buffer | string {
  const expected = `expected one of RSA with ${LEAST_RSA_BITS} bits or more, ECDSA or Ed25519, in PEM form`;
  try {
    // Older versions of Deno stumble over what stands before the key, such as the parameters of a curve.
    const [block = pem] = KEY_BLOCK.exec(pem) ?? [];
    const key = createPrivateKey(block);
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
    if (type === "rsa" && (details?.modulusLength ?? LEAST_RSA_BITS) < LEAST_RSA_BITS) {
      return `is too short, RSA with ${details?.modulusLength} bits: ${expected}`;
    }
    if (type !== "rsa" && type !== "ec" && type !== "ed25519") {
      return `is of no kind that TLS takes: ${expected}`;
    }
    return createPublicKey(key).export({ type: "spki", format: "der" });
  } catch {
    // What was thrown may quote the key.
    return `cannot be understood: ${expected}`;
  }
}

/** Version and public key of a certificate that can be read. Older versions of Deno do not tell them of every one. */
function partsOf(der: Buffer): { readonly version: number; readonly publicKey: Buffer } {
  let at = element(der, element(der, 0).from).from;
  const hasVersion = der[at] === VERSION_TAG;
  const version = hasVersion ? (der[element(der, element(der, at).from).from] ?? 0) + 1 : 1;
  // Behind the version: serial number, signature algorithm, issuer, validity and subject.
  for (let skipped = hasVersion ? 0 : 1; skipped < 6; skipped++) at = element(der, at).to;
  return { version, publicKey: der.subarray(at, element(der, at).to) };
}
