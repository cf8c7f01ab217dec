/** Nobody known has signed its certificate; the words depend on the command. */
const NO_AUTHORITY = "";

/** What the HTTP client says of a connection that failed, and what to do about it. */
const TROUBLE: readonly (readonly [RegExp, string])[] = [
  [
    /CertificateRequired|certificate required|BadCertificate|bad certificate/i,
    "it wants a certificate of ours: give --cert-file and --key-file to ctl",
  ],
  [
    /CaUsedAsEndEntity/,
    "its certificate is an authority's own (CA:TRUE, as openssl req -x509 makes it), which is not taken for that of a " +
    "server: make it with -addext basicConstraints=critical,CA:FALSE, or sign one with it",
  ],
  [/NotValidForName|not valid for name/i, "ask by a name that its certificate has"],
  [/expired/i, "renew its certificate"],
  [/NotValidYet|not valid yet/i, "check both clocks"],
  [/certificate/i, NO_AUTHORITY],
  [/invalid HTTP version/i, "it may want TLS: ask with https://"],
  [/corrupt message|InvalidContentType/i, "it may speak no TLS: ask with http://"],
];

/**
 * What to do about a connection over HTTP or HTTPS that could not be made.
 *
 * @param detail What the HTTP client said.
 * @param options `caFlag`: the flag that names authorities; `otherwise`: what to do when nothing more is known.
 * @returns Without a full stop.
 */
export function adviceOnFetch(
  detail: string,
  { caFlag, otherwise }: { readonly caFlag: string; readonly otherwise: string },
): string {
  const [, advice = otherwise] = TROUBLE.find(([pattern]) => pattern.test(detail)) ?? [];
  return advice === NO_AUTHORITY ? `name the authority of its certificate with ${caFlag}` : advice;
}
