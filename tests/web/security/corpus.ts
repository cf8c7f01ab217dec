/**
 * Web configuration files, good and bad.
 *
 * @module
 */

/** One file, and what is to be said of it. */
export interface Sample {
  /** What it shows. */
  readonly name: string;
  /** Its text; `server`, `other` and `ca` with `.crt` and `.key` lie beside it. */
  readonly text: string;
  /** The problems in it, without the file's name; empty when it is good. */
  readonly problems: readonly string[];
  /** Why promtool's verdict is another; absent when it is the same. */
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
const RUSTLS =
  "our TLS cannot be narrowed down, and a file that asks for it must not be taken for one that got it";
const NEWER = "promtool is older than this key";
const STRICTER = "we refuse what would not do what it says";

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
    name: "the old name of a policy",
    text: `${PAIR}  client_auth_type: RequireClientCert\n`,
    problems: [],
  },
  { name: "versions", text: `${PAIR}  min_version: TLS12\n  max_version: TLS13\n`, problems: [] },
  { name: "a version of old", text: `${PAIR}  min_version: TLS10\n`, problems: [] },
  {
    name: "all suites and curves",
    text: `${PAIR}  cipher_suites: [${[...SUITES, "TLS_RSA_WITH_AES_128_CBC_SHA"].join(", ")}]\n` +
      "  curve_preferences: [X25519, CurveP256, CurveP384, CurveP521]\n  prefer_server_cipher_suites: false\n",
    problems: [],
  },
  {
    name: "suites where none is chosen",
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
    name: "text that is no YAML",
    text: "tls_server_config: [\n",
    problems: [
      "2:1: Cannot parse the YAML: the indentation does not fit the lines above: expected that of the other keys of this mapping",
    ],
  },
  { name: "no mapping", text: "- a\n", problems: ["1:1: The file must be a mapping of keys to values"] },
  {
    name: "an unknown section",
    text: "tls_config:\n  cert_file: server.crt\n",
    problems: [
      '1:1: Unknown key "tls_config": expected one of tls_server_config, http_server_config, basic_auth_users, rate_limit',
    ],
  },
  {
    name: "a misspelt key",
    text: "tls_server_config:\n  cert_fil: server.crt\n  key_file: server.key\n",
    problems: [
      '2:3: Unknown key "cert_fil" in tls_server_config, did you mean "cert_file"?',
      "2:3: tls_server_config needs cert_file, or the certificate itself as cert",
    ],
  },
  {
    name: "a line without its colon, which goes on the path above",
    text: "tls_server_config:\n  cert_file: server.crt\n    key |\n      -----BEGIN PRIVATE KEY-----\n",
    problems: [
      "2:3: tls_server_config needs cert_file, or the certificate itself as cert",
      "2:3: tls_server_config needs key_file, or the key itself as key",
      "2:14: cert_file is no path: expected one line without quotes; is a colon missing below it?",
    ],
  },
  {
    name: "keys that are no texts, which take long to write out",
    text: `${"? ".repeat(40)}a`,
    problems: [
      "1:3: Unknown key: expected one of tls_server_config, http_server_config, basic_auth_users, rate_limit",
    ],
  },
  {
    name: "a key twice",
    text: `${PAIR}  cert_file: server.crt\n`,
    problems: ["4:3: Cannot parse the YAML: a key is given twice in one mapping: remove one of them"],
  },
  {
    name: "a certificate without key",
    text: "tls_server_config:\n  cert_file: server.crt\n",
    problems: ["2:3: tls_server_config needs key_file, or the key itself as key"],
  },
  {
    name: "a key without certificate",
    text: "tls_server_config:\n  key_file: server.key\n",
    problems: ["2:3: tls_server_config needs cert_file, or the certificate itself as cert"],
  },
  {
    name: "files that are not there",
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
      "3:13: key_file DIRserver.crt is no private key that can be used: expected PEM without a passphrase",
    ],
  },
  {
    name: "a key where a certificate should be",
    text: "tls_server_config:\n  cert_file: server.key\n  key_file: server.key\n",
    problems: ["2:14: cert_file DIRserver.key holds no certificate: expected PEM"],
  },
  {
    name: "an authority without policy",
    text: `${PAIR}  client_ca_file: ca.crt\n`,
    problems: [
      "4:19: client_ca_file is of no use without client_auth_type, e.g. RequireAndVerifyClientCert",
    ],
  },
  ...["RequestClientCert", "VerifyClientCertIfGiven"].map((policy) => ({
    name: `names of clients that may come without a certificate: ${policy}`,
    text:
      `${PAIR}  client_auth_type: ${policy}\n  client_ca_file: ca.crt\n  client_allowed_sans:\n    - a.example.org\n`,
    problems: [
      `7:7: client_allowed_sans needs client_auth_type RequireAndVerifyClientCert, with client_ca_file: with ${policy} ` +
      "a client may come without a certificate",
    ],
  })),
  {
    name: "an authority that is not there",
    text: `${PAIR}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: no.crt\n`,
    problems: ["5:19: Cannot read client_ca_file DIRno.crt: there is no such file"],
  },
  {
    name: "an unknown policy",
    text: `${PAIR}  client_auth_type: Sometimes\n`,
    problems: [
      '4:21: Unknown client_auth_type "Sometimes": expected one of NoClientCert, RequestClientCert, ' +
      "RequireAnyClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert",
    ],
  },
  {
    name: "an unknown version",
    text: `${PAIR}  min_version: TLS14\n`,
    problems: ['4:16: Unknown TLS version "TLS14": expected TLS12 or TLS13'],
  },
  {
    name: "an unknown suite",
    text: `${PAIR}  cipher_suites:\n    - TLS_MADE_UP\n`,
    problems: ['5:7: Unknown cipher suite "TLS_MADE_UP": expected a name of Go\'s crypto/tls'],
  },
  {
    name: "an unknown curve",
    text: `${PAIR}  curve_preferences: [CurveP257]\n`,
    problems: ['4:23: Unknown curve "CurveP257": expected a name of Go\'s crypto/tls'],
  },
  {
    name: "a list that is none",
    text: `${PAIR}  curve_preferences: {a: b}\n`,
    problems: ['4:22: tls_server_config.curve_preferences must be a list, one "- VALUE" a line'],
  },
  {
    name: "a switch that is none",
    text: "http_server_config:\n  http2: perhaps\n",
    problems: ["2:10: http_server_config.http2 must be true or false"],
  },
  {
    name: "a header that cannot be set",
    text: "http_server_config:\n  headers:\n    X-Powered-By: us\n",
    problems: [
      '3:5: Header "X-Powered-By" cannot be set: expected one of Content-Security-Policy, X-Frame-Options, ' +
      "X-Content-Type-Options, X-XSS-Protection, Strict-Transport-Security",
    ],
  },
  {
    name: "a value that a header cannot have",
    text: "http_server_config:\n  headers:\n    X-Frame-Options: never\n",
    problems: ['3:22: Header "X-Frame-Options" is "never", expected deny or sameorigin'],
  },
  {
    name: "a password in the clear",
    text: "basic_auth_users:\n  alice: hunter2\n",
    problems: ['2:10: The password of user "alice" is no bcrypt hash: make one with htpasswd -nBC 10 ""'],
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
    problems: ["2:3: rate_limit needs burst, at least 1: how many requests may come at once"],
  },
  {
    name: "versions the wrong way round",
    text: `${PAIR}  min_version: TLS13\n  max_version: TLS12\n`,
    problems: ["5:16: max_version is below min_version: no client could connect"],
    differs: STRICTER,
  },
  {
    name: "only a version of old",
    text: `${PAIR}  max_version: TLS11\n`,
    problems: ["4:16: max_version is TLS11, but nothing below TLS 1.2 is spoken: expected TLS12 or TLS13"],
    differs: STRICTER,
  },
  {
    name: "TLS settings without TLS",
    text: "tls_server_config:\n  min_version: TLS13\n",
    problems: [
      "2:3: tls_server_config needs cert_file, or the certificate itself as cert",
      "2:3: tls_server_config needs key_file, or the key itself as key",
    ],
    differs: STRICTER,
  },
  {
    name: "clients to be checked against nobody in particular",
    text: `${PAIR}  client_auth_type: RequireAndVerifyClientCert\n`,
    problems: [
      "4:21: client_auth_type RequireAndVerifyClientCert needs client_ca_file: whose certificates are to be trusted",
    ],
    differs: STRICTER,
  },
  {
    name: "an authority that is none",
    text: `${PAIR}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: server.key\n`,
    problems: ["5:19: client_ca_file DIRserver.key holds no certificate: expected PEM"],
    differs: STRICTER,
  },
  {
    name: "a narrower set of suites",
    text: `${PAIR}  cipher_suites: [${SUITES.slice(1).join(", ")}]\n`,
    problems: [
      `4:19: The cipher suites cannot be narrowed down: this program's TLS always offers ${
        SUITES[0]
      } too. Add what ` +
      "is missing, or remove the list, or set min_version to TLS13, which has none of them",
    ],
    differs: RUSTLS,
  },
  {
    name: "a narrower set of curves",
    text: `${PAIR}  curve_preferences: [X25519]\n`,
    problems: [
      "4:23: The curves cannot be narrowed down: this program's TLS always offers CurveP256, CurveP384 too. Add what " +
      "is missing, or remove the list",
    ],
    differs: RUSTLS,
  },
];
