/**
 * Web configuration files, good and bad.
 *
 * @module
 */

/** A file and the problems in it. */
export interface Sample {
  /** What is special about it. */
  readonly name: string;
  /** Its text; `server`, `other` and `ca` with `.crt` and `.key` are in the same directory. */
  readonly text: string;
  /** The problems in it, without the file's name; empty when it is good. */
  readonly problems: readonly string[];
  /** Why promtool's verdict differs; absent when it is the same. */
  readonly differs?: string;
}

/** A bcrypt hash of `secret`. */
export const HASH = "$2b$04$dFcU3eWFBP/ueEiL.UdJIOspuQN4md3C2TKEmcP/4JLCnEncvf/0C";

const PAIR = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n";
const SUITES = [
  "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];
const RUSTLS = "our TLS cannot be narrowed, so a file that asks for it must fail";
const NEWER = "promtool is older than this key";
const STRICTER = "we reject settings that would not have the effect they claim";

/** The corpus. */
export const SAMPLES: readonly Sample[] = [
  { name: "an empty file", text: "", problems: [] },
  { name: "only a comment", text: "# nothing\n", problems: [] },
  { name: "an empty section", text: "tls_server_config:\n", problems: [] },
  { name: "certificate and key", text: PAIR, problems: [] },
  {
    name: "users",
    text: `basic_auth_users:\n  alice: ${HASH}\n  "bob b": "${HASH.replace("$2b", "$2y")}"\n`,
    problems: [],
  },
  {
    name: "all headers",
    text:
      "http_server_config:\n  http2: false\n  headers:\n    Content-Security-Policy: default-src 'self'\n" +
      "    X-Frame-Options: deny\n    X-Content-Type-Options: nosniff\n    X-XSS-Protection: '1'\n" +
      "    Strict-Transport-Security: max-age=60\n",
    problems: [],
  },
  { name: "a switch of YAML 1.1", text: "http_server_config:\n  http2: yes\n", problems: [] },
  {
    name: "clients with an authority",
    text: `${PAIR}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n`,
    problems: [],
  },
  {
    name: "the former name of an authentication type",
    text: `${PAIR}  client_auth_type: RequireClientCert\n`,
    problems: [],
  },
  { name: "versions", text: `${PAIR}  min_version: TLS12\n  max_version: TLS13\n`, problems: [] },
  { name: "an old version", text: `${PAIR}  min_version: TLS10\n`, problems: [] },
  {
    name: "all suites and curves",
    text: `${PAIR}  cipher_suites: [${[...SUITES, "TLS_RSA_WITH_AES_128_CBC_SHA"].join(", ")}]\n` +
      "  curve_preferences: [X25519, CurveP256, CurveP384, CurveP521]\n  prefer_server_cipher_suites: false\n",
    problems: [],
  },
  {
    name: "suites with TLS 1.3, which does not use them",
    text: `${PAIR}  min_version: TLS13\n  cipher_suites: [${SUITES[0]}]\n`,
    problems: [],
  },
  { name: "empty lists", text: `${PAIR}  cipher_suites: []\n  curve_preferences: []\n`, problems: [] },
  {
    name: "an empty header",
    text: "http_server_config:\n  headers:\n    Strict-Transport-Security:\n",
    problems: [],
  },

  {
    name: "text that is not YAML",
    text: "tls_server_config: [\n",
    problems: [
      "2:1: wrong indentation: expected that of the other keys of this mapping",
    ],
  },
  {
    name: "not a mapping",
    text: "- a\n",
    problems: [
      "1:1: the file is not a mapping: expected keys such as tls_server_config and http_server_config",
    ],
  },
  {
    name: "an unknown section",
    text: "tls_config:\n  cert_file: server.crt\n",
    problems: [
      '1:1: unknown key "tls_config", expected one of tls_server_config, http_server_config, basic_auth_users, rate_limit',
    ],
  },
  {
    name: "a misspelt key",
    text: "tls_server_config:\n  cert_fil: server.crt\n  key_file: server.key\n",
    problems: [
      '2:3: unknown key "cert_fil" in tls_server_config, did you mean "cert_file"?',
      "2:3: tls_server_config: cert_file is missing (or cert, the certificate itself)",
    ],
  },
  {
    name: "a line without its colon, which continues the path above",
    text: "tls_server_config:\n  cert_file: server.crt\n    key |\n      -----BEGIN PRIVATE KEY-----\n",
    problems: [
      "2:3: tls_server_config: key_file is missing (or key, the key itself)",
      "2:14: tls_server_config.cert_file: not a path: expected one line without quotes; is a colon missing on the next " +
      "line?",
    ],
  },
  {
    name: "keys that are not text, which are expensive to format",
    text: `${"? ".repeat(40)}a`,
    problems: [
      "1:3: this cannot be a key: expected a name followed by a colon",
    ],
  },
  {
    name: "an alias, and an unknown key without a value",
    text: `basic_auth_users:\n  alice: &hash ${HASH}\n  bob: *hash\n  carol: *hsah\nrate_limits:\n`,
    problems: [
      "4:10: an alias has no anchor before it; quote text that begins with *",
      '5:1: unknown key "rate_limits", did you mean "rate_limit"?',
    ],
  },
  {
    name: "users without a password, with a colon in the name, and of a name that JavaScript reserves",
    text: `basic_auth_users:\n  alice:\n  "bob:secret": ${HASH}\n  __proto__: ${HASH}\n`,
    problems: [
      '2:9: basic_auth_users: the password of user "alice" is not a bcrypt hash: create one with htpasswd -nBC 10 ""',
      "3:3: basic_auth_users: a user name cannot contain a colon, which ends it in basic authentication",
      "4:3: this cannot be a key: expected a name followed by a colon",
    ],
  },
  {
    name: "numbers and switches that are text to exporter-toolkit",
    text:
      `${PAIR}http_server_config:\n  headers:\n    X-XSS-Protection: 0\nbasic_auth_users:\n  1234: ${HASH}\n  yes: ${HASH}\n`,
    problems: [],
  },
  {
    name: "a key twice",
    text: `${PAIR}  cert_file: server.crt\n`,
    problems: ["4:3: duplicate key in a mapping: remove one of them"],
  },
  {
    name: "a certificate without key",
    text: "tls_server_config:\n  cert_file: server.crt\n",
    problems: ["2:3: tls_server_config: key_file is missing (or key, the key itself)"],
  },
  {
    name: "a key without certificate",
    text: "tls_server_config:\n  key_file: server.key\n",
    problems: ["2:3: tls_server_config: cert_file is missing (or cert, the certificate itself)"],
  },
  {
    name: "missing files",
    text: "tls_server_config:\n  cert_file: no.crt\n  key_file: no.key\n",
    problems: [
      "2:14: Cannot read cert_file DIRno.crt: there is no such file",
      "3:13: Cannot read key_file DIRno.key: there is no such file",
    ],
  },
  {
    name: "a key of another certificate",
    text: "tls_server_config:\n  cert_file: server.crt\n  key_file: other.key\n",
    problems: ["3:13: key_file DIRother.key is not the key of the certificate"],
  },
  {
    name: "a certificate where a key should be",
    text: "tls_server_config:\n  cert_file: server.crt\n  key_file: server.crt\n",
    problems: [
      "3:13: key_file DIRserver.crt is not a usable private key: expected PEM without a passphrase",
    ],
  },
  {
    name: "a key where a certificate should be",
    text: "tls_server_config:\n  cert_file: server.key\n  key_file: server.key\n",
    problems: ["2:14: cert_file DIRserver.key contains no certificate: expected PEM"],
  },
  {
    name: "an authority without an authentication type",
    text: `${PAIR}  client_ca_file: ca.crt\n`,
    problems: [
      "4:19: tls_server_config.client_ca_file: has no effect without client_auth_type, e.g. RequireAndVerifyClientCert",
    ],
  },
  ...["RequestClientCert", "VerifyClientCertIfGiven"].map((policy) => ({
    name: `names of clients that may connect without a certificate: ${policy}`,
    text:
      `${PAIR}  client_auth_type: ${policy}\n  client_ca_file: ca.crt\n  client_allowed_sans:\n    - a.example.org\n`,
    problems: [
      `7:7: tls_server_config.client_allowed_sans: needs client_auth_type RequireAndVerifyClientCert, with client_ca_file: ` +
      `with ${policy} a client may connect without a certificate`,
    ],
  })),
  {
    name: "a missing authority",
    text: `${PAIR}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: no.crt\n`,
    problems: ["5:19: Cannot read client_ca_file DIRno.crt: there is no such file"],
  },
  {
    name: "an unknown authentication type",
    text: `${PAIR}  client_auth_type: Sometimes\n`,
    problems: [
      '4:21: tls_server_config.client_auth_type: unknown type "Sometimes": expected one of NoClientCert, RequestClientCert, ' +
      "RequireAnyClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert",
    ],
  },
  {
    name: "an unknown version",
    text: `${PAIR}  min_version: TLS14\n`,
    problems: ['4:16: tls_server_config.min_version: unknown TLS version "TLS14": expected TLS12 or TLS13'],
  },
  {
    name: "an unknown suite",
    text: `${PAIR}  cipher_suites:\n    - TLS_MADE_UP\n`,
    problems: [
      '5:7: tls_server_config.cipher_suites: unknown name "TLS_MADE_UP": expected a name of Go\'s crypto/tls',
    ],
  },
  {
    name: "an unknown curve",
    text: `${PAIR}  curve_preferences: [CurveP257]\n`,
    problems: [
      '4:23: tls_server_config.curve_preferences: unknown name "CurveP257": expected a name of Go\'s crypto/tls',
    ],
  },
  {
    name: "a mapping instead of a list",
    text: `${PAIR}  curve_preferences: {a: b}\n`,
    problems: ['4:22: tls_server_config.curve_preferences: expected a list, one "- VALUE" per line'],
  },
  {
    name: "an invalid switch",
    text: "http_server_config:\n  http2: perhaps\n",
    problems: ["2:10: http_server_config.http2: expected true or false"],
  },
  {
    name: "a header that cannot be set",
    text: "http_server_config:\n  headers:\n    X-Powered-By: us\n",
    problems: [
      '3:5: unknown key "X-Powered-By" in http_server_config.headers, expected one of Content-Security-Policy, X-Frame-Options, ' +
      "X-Content-Type-Options, X-XSS-Protection, Strict-Transport-Security",
    ],
  },
  {
    name: "a value that a header does not allow",
    text: "http_server_config:\n  headers:\n    X-Frame-Options: never\n",
    problems: [
      '3:22: http_server_config.headers.X-Frame-Options: "never" is not allowed: expected deny or sameorigin',
    ],
  },
  {
    name: "a password in plain text",
    text: "basic_auth_users:\n  alice: hunter2\n",
    problems: [
      '2:10: basic_auth_users: the password of user "alice" is not a bcrypt hash: create one with htpasswd -nBC 10 ""',
    ],
  },

  {
    name: "a rate limit",
    text: "rate_limit:\n  interval: 1s\n  burst: 20\n",
    problems: [],
    differs: NEWER,
  },
  {
    name: "a rate limit without burst",
    text: "rate_limit:\n  interval: 1s\n",
    problems: ["2:3: rate_limit.burst: expected at least 1: how many requests may come at once"],
  },
  {
    name: "versions in the wrong order",
    text: `${PAIR}  min_version: TLS13\n  max_version: TLS12\n`,
    problems: ["5:16: tls_server_config.max_version: lower than min_version: no client could connect"],
    differs: STRICTER,
  },
  {
    name: "only an old version",
    text: `${PAIR}  max_version: TLS11\n`,
    problems: [
      "4:16: tls_server_config.max_version: TLS11, but versions below TLS 1.2 are not supported: expected TLS12 or TLS13",
    ],
    differs: STRICTER,
  },
  {
    name: "TLS settings without TLS",
    text: "tls_server_config:\n  min_version: TLS13\n",
    problems: [
      "2:3: tls_server_config: cert_file is missing (or cert, the certificate itself)",
      "2:3: tls_server_config: key_file is missing (or key, the key itself)",
    ],
    differs: STRICTER,
  },
  {
    name: "client verification without an authority",
    text: `${PAIR}  client_auth_type: RequireAndVerifyClientCert\n`,
    problems: [
      "4:21: tls_server_config.client_auth_type: RequireAndVerifyClientCert needs client_ca_file: the authorities to trust",
    ],
    differs: STRICTER,
  },
  {
    name: "a key as authority",
    text: `${PAIR}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: server.key\n`,
    problems: ["5:19: client_ca_file DIRserver.key contains no certificate: expected PEM"],
    differs: STRICTER,
  },
  {
    name: "a narrower set of suites",
    text: `${PAIR}  cipher_suites: [${SUITES.slice(1).join(", ")}]\n`,
    problems: [
      `4:19: tls_server_config.cipher_suites: the list cannot be narrowed: the exporter's TLS always offers ${
        SUITES[0]
      } ` +
      "too. Add the missing names or remove the list, or set min_version to TLS13, which uses none of them",
    ],
    differs: RUSTLS,
  },
  {
    name: "a narrower set of curves",
    text: `${PAIR}  curve_preferences: [X25519]\n`,
    problems: [
      "4:23: tls_server_config.curve_preferences: the list cannot be narrowed: the exporter's TLS always offers CurveP256, " +
      "CurveP384 too. Add the missing names or remove the list",
    ],
    differs: RUSTLS,
  },
];
