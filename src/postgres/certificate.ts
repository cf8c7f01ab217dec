/**
 * Reads a server's certificate: its host names, and the hash for channel binding.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { Buffer } from "node:buffer";

/** Names of a certificate, in the form of `node:tls`. */
export interface CertificateNames {
  /** Subject alternative names: `DNS:a, IP Address:127.0.0.1`; absent when there are none. */
  readonly subjectaltname?: string | undefined;
  /** The subject. */
  readonly subject?: { readonly CN?: string | readonly string[] | undefined } | undefined;
}

/** An address, the same for every spelling, hexadecimal digits included; "" when it is not an address. */
function normalizeAddress(text: string): string {
  const bare = text.replace(/%.*$/, "");
  const address = /^[\da-f]{8}$/i.test(bare)
    ? bare.replaceAll(/../g, (byte) => `.${Number.parseInt(byte, 16)}`).slice(1)
    : /^[\da-f]{32}$/i.test(bare)
    ? bare.replaceAll(/..../g, ":$&").slice(1)
    : bare;
  // The URL parser returns an IPv6 address in its shortest form, without a dotted tail.
  return isIP(address) === 6 ? new URL(`http://[${address}]`).hostname : isIP(address) === 4 ? address : "";
}

/** Whether a name of a certificate, whose first label may be `*`, matches the host. */
function matchesHost(pattern: string, host: string): boolean {
  const [wanted, given] = [pattern.toLowerCase(), host.toLowerCase()];
  if (wanted === given) return true;
  const suffix = wanted.slice(1);
  return wanted.startsWith("*.") && suffix.length > 1 && given.endsWith(suffix) &&
    /^[^.]+$/.test(given.slice(0, -suffix.length));
}

/**
 * Checks a certificate against a host by libpq's rules: the common name counts only when there is no alternative name of
 * the host's kind.
 *
 * @param certificate Its names.
 * @param host Host name or address as in the connection string.
 * @returns "" when it matches, else the names in the certificate.
 */
export function otherNames(certificate: CertificateNames, host: string): string {
  const text = certificate.subjectaltname ?? "";
  const common = [certificate.subject?.CN ?? []].flat();
  // A name that could be mistaken for several is quoted.
  const entries = text.includes('"') ? [] : text.split(", ").filter((entry) => entry !== "");
  const names = entries.filter((entry) => entry.startsWith("DNS:")).map((entry) => entry.slice(4));
  const addresses = entries.filter((entry) => entry.startsWith("IP Address:")).map((ip) => ip.slice(11));
  const isAddress = isIP(host.replace(/%.*$/, "")) !== 0;
  const sameKind = isAddress ? addresses : names;
  const isMatch = names.some((name) => matchesHost(name, host)) ||
    (isAddress && addresses.some((address) => normalizeAddress(address) === normalizeAddress(host))) ||
    (sameKind.length === 0 && common.some((name) => matchesHost(name, host)));
  if (isMatch) return "";
  const all = [...names, ...addresses];
  return (all.length > 0 ? all : common).join(", ") || "no name at all";
}

/** Hash functions by the object identifier of the signature algorithm, in hexadecimal. */
const SIGNATURE_HASHES: Readonly<Record<string, string>> = {
  "2a864886f70d010104": "sha256", // md5WithRSA: RFC 5929 replaces broken hashes
  "2a864886f70d010105": "sha256", // sha1WithRSA
  "2a864886f70d01010b": "sha256",
  "2a864886f70d01010c": "sha384",
  "2a864886f70d01010d": "sha512",
  "2a8648ce3d0401": "sha256", // ecdsa-with-SHA1
  "2a8648ce3d040302": "sha256",
  "2a8648ce3d040303": "sha384",
  "2a8648ce3d040304": "sha512",
};

/** Start and end of the content of the DER element at an offset. */
export function derElement(bytes: Uint8Array, at: number): { readonly from: number; readonly to: number } {
  const short = bytes[at + 1] ?? 0;
  const count = short < 0x80 ? 0 : short & 0x7f;
  const length = count === 0
    ? short
    : bytes.subarray(at + 2, at + 2 + count).reduce((sum, byte) => sum * 256 + byte, 0);
  return { from: at + 2 + count, to: at + 2 + count + length };
}

/**
 * The hash of a certificate for channel binding: `tls-server-end-point` of RFC 5929.
 *
 * @param certificate The certificate in DER.
 * @returns The hash; null when its signature has no single hash function, as with Ed25519.
 */
export function certificateHash(certificate: Uint8Array): Uint8Array | null {
  const toBeSigned = derElement(certificate, derElement(certificate, 0).from);
  const identifier = derElement(certificate, derElement(certificate, toBeSigned.to).from);
  const name = Buffer.from(certificate.subarray(identifier.from, identifier.to)).toString("hex");
  const algorithm = SIGNATURE_HASHES[name];
  return algorithm === undefined ? null : createHash(algorithm).update(certificate).digest();
}
