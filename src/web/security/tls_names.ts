/** Cipher suites of TLS 1.2 that the runtime's TLS (rustls) offers, always all six, by Go's names. */
const OFFERED_SUITES: ReadonlySet<string> = new Set([
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
]);

/** Suites that Go knows as well and this program never offers: TLS 1.3's own, which no file chooses, and CBC. */
const OTHER_SUITES: ReadonlySet<string> = new Set([
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
  "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
  "TLS_RSA_WITH_AES_128_CBC_SHA",
  "TLS_RSA_WITH_AES_256_CBC_SHA",
  "TLS_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_RSA_WITH_AES_256_GCM_SHA384",
]);

const OFFERED_CURVES: ReadonlySet<string> = new Set(["X25519", "CurveP256", "CurveP384"]);
const OTHER_CURVES: ReadonlySet<string> = new Set(["CurveP521"]);

/** What can be made of a list of names that a file allows. */
export interface NamesVerdict {
  /** Names that nobody knows. */
  readonly unknown: readonly string[];
  /** What would be offered although the file does not allow it; empty when the file's wish is met. */
  readonly unwanted: readonly string[];
}

/**
 * Judges a list of cipher suites: the runtime offers its six whatever it is told, so a list that leaves one of them out
 * cannot be honoured.
 *
 * @param names Go's names, as exporter-toolkit takes them.
 */
export function judgeCipherSuites(names: readonly string[]): NamesVerdict {
  return {
    unknown: names.filter((name) => !OFFERED_SUITES.has(name) && !OTHER_SUITES.has(name)),
    unwanted: [...OFFERED_SUITES].filter((name) => !names.includes(name)),
  };
}

/**
 * Judges a list of curves, in the same way.
 *
 * @param names Go's names: `X25519`, `CurveP256`, `CurveP384`, `CurveP521`.
 */
export function judgeCurves(names: readonly string[]): NamesVerdict {
  return {
    unknown: names.filter((name) => !OFFERED_CURVES.has(name) && !OTHER_CURVES.has(name)),
    unwanted: [...OFFERED_CURVES].filter((name) => !names.includes(name)),
  };
}
