import type { TlsSettings } from "./security.ts";

/** A client after its TLS handshake. */
export interface ClientIdentity {
  /** Whether it sent a certificate. */
  readonly hasCertificate: boolean;
  /** Whether a trusted authority issued it. */
  readonly isTrusted: boolean;
  /** `subjectaltname` in Node's format, e.g. `DNS:prometheus, IP Address:192.0.2.1`; "" when there is none. */
  readonly names: string;
}

/**
 * Whether to refuse a client.
 *
 * @param client The client.
 * @param policy How clients are authenticated.
 * @returns The reason; null when the client is accepted.
 */
export function refuseClient(
  client: ClientIdentity,
  policy: Pick<TlsSettings, "clientAuth" | "allowedSans">,
): string | null {
  const { clientAuth, allowedSans } = policy;
  const mustHave = clientAuth === "RequireAnyClientCert" || clientAuth === "RequireAndVerifyClientCert";
  if (mustHave && !client.hasCertificate) return "it sent no certificate";
  const isVerified = clientAuth === "VerifyClientCertIfGiven" || clientAuth === "RequireAndVerifyClientCert";
  if (isVerified && client.hasCertificate && !client.isTrusted) {
    return "its certificate was not issued by an authority in client_ca_file";
  }
  if (allowedSans === null) return null;
  const names = parseSubjectAltNames(client.names);
  return names.some((name) => allowedSans.includes(name))
    ? null
    : "its certificate has none of the names in client_allowed_sans";
}

/**
 * The names of a certificate.
 *
 * @param text In Node's format; a name with a comma or a quote is JSON text.
 */
export function parseSubjectAltNames(text: string): readonly string[] {
  const names: string[] = [];
  const entry = /(?:^|, )(DNS|IP Address|email|URI|[^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)/g;
  for (const [, kind = "", value = ""] of text.matchAll(entry)) {
    if (!["DNS", "IP Address", "email", "URI"].includes(kind)) continue;
    names.push(value.startsWith('"') ? parseJsonText(value) : value);
  }
  return names;
}

function parseJsonText(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
