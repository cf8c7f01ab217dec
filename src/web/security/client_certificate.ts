import type { TlsSettings } from "./security.ts";

/** What is known of a client after its handshake. */
export interface ClientIdentity {
  /** Whether it brought a certificate. */
  readonly hasCertificate: boolean;
  /** Whether that leads to an authority that is trusted. */
  readonly isTrusted: boolean;
  /** `subjectaltname` as Node words it, e.g. `DNS:prometheus, IP Address:192.0.2.1`; "" when there is none. */
  readonly names: string;
}

/**
 * Whether a client may go on.
 *
 * @param client What it brought.
 * @param policy What is asked of clients.
 * @returns Why not; null when it may.
 */
export function refuseClient(
  client: ClientIdentity,
  policy: Pick<TlsSettings, "clientAuth" | "allowedSans">,
): string | null {
  const { clientAuth, allowedSans } = policy;
  const mustHave = clientAuth === "RequireAnyClientCert" || clientAuth === "RequireAndVerifyClientCert";
  if (mustHave && !client.hasCertificate) return "it brought no certificate";
  const isVerified = clientAuth === "VerifyClientCertIfGiven" || clientAuth === "RequireAndVerifyClientCert";
  if (isVerified && client.hasCertificate && !client.isTrusted) {
    return "its certificate leads to no authority of client_ca_file";
  }
  if (allowedSans === null) return null;
  const names = parseSubjectAltNames(client.names);
  return names.some((name) => allowedSans.includes(name))
    ? null
    : "its certificate bears none of the names in client_allowed_sans";
}

/**
 * The names of a certificate.
 *
 * @param text As Node words them; a name with a comma or a quote in it comes as a JSON text.
 */
export function parseSubjectAltNames(text: string): readonly string[] {
  const names: string[] = [];
  const entry = /(?:^|, )(DNS|IP Address|email|URI|[^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)/g;
  for (const [, kind = "", value = ""] of text.matchAll(entry)) {
    if (!["DNS", "IP Address", "email", "URI"].includes(kind)) continue;
    names.push(value.startsWith('"') ? unquote(value) : value);
  }
  return names;
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
