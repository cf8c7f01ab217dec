/** What the caller knows about a request that failed. */
export interface FetchAdviceOptions {
  /** The flag that names trusted CA certificates. */
  readonly caFlag: string;
  /** Advice for any other error. */
  readonly otherwise: string;
}

/** What an error message of the HTTP client means, and what to do. */
const FETCH_ADVICE: readonly (readonly [RegExp, string | ((options: FetchAdviceOptions) => string)])[] = [
  [
    /CertificateRequired|certificate required|BadCertificate|bad certificate/i,
    "it requires a client certificate: use ctl with --cert-file and --key-file",
  ],
  [
    /CaUsedAsEndEntity/,
    "its certificate is a CA certificate (CA:TRUE, as openssl req -x509 makes it), which is not accepted for a server: " +
    "create it with -addext basicConstraints=critical,CA:FALSE, or sign a server certificate with it",
  ],
  [/NotValidForName|not valid for name/i, "use a name that its certificate contains"],
  [/expired/i, "renew its certificate"],
  [/NotValidYet|not valid yet/i, "check the clocks of both hosts"],
  [/certificate/i, ({ caFlag }) => `name the CA of its certificate with ${caFlag}`],
  [/invalid HTTP version/i, "it may require TLS: use https://"],
  [/corrupt message|InvalidContentType/i, "it may not use TLS: use http://"],
];

/** What to do about a failed HTTP or HTTPS request, without a full stop; `detail` is the HTTP client's message. */
export function adviceOnFetch(detail: string, options: FetchAdviceOptions): string {
  const [, advice = options.otherwise] = FETCH_ADVICE.find(([pattern]) => pattern.test(detail)) ?? [];
  return typeof advice === "string" ? advice : advice(options);
}

/** Why a request failed, and what to do: `DETAIL; FETCH_ADVICE`. */
export function explainFetchError(error: unknown, options: FetchAdviceOptions): string {
  const detail = innermost(error).replace(/^error sending request for url \([^)]*\): /, "")
    .replace(/^client error \(\w+\): /, "");
  return `${detail}; ${adviceOnFetch(detail, options)}`;
}

/** The innermost cause names the problem; the errors around it only name the request. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? innermost(error.cause) : error.message;
}
