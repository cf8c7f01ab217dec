/** TLS 1.2 cipher suites that the runtime's TLS (rustls) offers, always all six, by Go's names. */
const OFFERED_SUITES: ReadonlySet<string> = new Set([
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
]);

/** Further suites of Go: those of TLS 1.3, which a file cannot choose, and CBC, which are never offered. */
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

/** The check of a list of allowed names. */
export interface NamesVerdict {
  /** Names that Go does not know. */
  readonly unknown: readonly string[];
  /** Names that are offered although the list does not allow them. */
  readonly unwanted: readonly string[];
}

/**
 * Checks a list of cipher suites: the runtime always offers its six, so a list without one of them has no effect.
 *
 * @param names Go's names, as in exporter-toolkit.
 */
export function judgeCipherSuites(names: readonly string[]): NamesVerdict {
  return judgeNames(names, OFFERED_SUITES, OTHER_SUITES);
}

/**
 * Checks a list of curves in the same way.
 *
 * @param names Go's names: `X25519`, `CurveP256`, `CurveP384`, `CurveP521`.
 */
export function judgeCurves(names: readonly string[]): NamesVerdict {
  return judgeNames(names, OFFERED_CURVES, OTHER_CURVES);
}

function judgeNames(
  names: readonly string[],
  offered: ReadonlySet<string>,
  others: ReadonlySet<string>,
): NamesVerdict {
  return {
    unknown: names.filter((name) => !offered.has(name) && !others.has(name)),
    unwanted: [...offered].filter((name) => !names.includes(name)),
  };
}
