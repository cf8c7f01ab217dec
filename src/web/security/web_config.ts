import { z } from "zod";
import type { TlsVersion } from "../../config/libpq_settings.ts";
import { parseDuration } from "../../config/units.ts";
import { readYaml, type YamlFile } from "../../config/yaml/yaml_file.ts";
import { configWarnings } from "./config_warnings.ts";
import { judgeCipherSuites, judgeCurves, type NamesVerdict } from "./tls_names.ts";
import { errorMessage } from "../../domain/thrown.ts";

/** Authentication types of clients, by the names of Go's crypto/tls. */
export const CLIENT_AUTH = [
  "NoClientCert",
  "RequestClientCert",
  "RequireAnyClientCert",
  "VerifyClientCertIfGiven",
  "RequireAndVerifyClientCert",
] as const;

/** One of {@linkcode CLIENT_AUTH}. */
export type ClientAuth = (typeof CLIENT_AUTH)[number];

/** TLS as the file has it: certificates by path or inline. */
export interface TlsConfig {
  /** Certificate chain. */
  readonly certificate: PemSource;
  /** Its key. */
  readonly key: PemSource;
  /** Certificate authorities of clients; null when there are none. */
  readonly clientCa: PemSource | null;
  /** How clients are authenticated. */
  readonly clientAuth: ClientAuth;
  /** Names of which a client certificate must have one; null: any certificate will do. */
  readonly allowedSans: readonly string[] | null;
  /** Lowest version. */
  readonly minVersion: TlsVersion;
  /** Highest version. */
  readonly maxVersion: TlsVersion;
}

/** A PEM text or the path of its file, and the key in `tls_server_config` that has it. */
export type PemSource =
  | { readonly key: string; readonly text: string }
  | { readonly key: string; readonly path: string };

/** A token bucket: it has room for `burst` requests and gains one every `intervalSeconds`. */
export interface RateLimit {
  /** Seconds between two requests in the long run. */
  readonly intervalSeconds: number;
  /** Requests that may come at once. */
  readonly burst: number;
}

/** A valid web configuration; the files it names have not been read. */
export interface WebConfig {
  /** TLS; null for plain HTTP. */
  readonly tls: TlsConfig | null;
  /** bcrypt hashes by user; empty: no login is required. */
  readonly users: ReadonlyMap<string, string>;
  /** Headers that every response gets. */
  readonly headers: ReadonlyMap<string, string>;
  /** Limit of all requests together; null when there is none. */
  readonly rateLimit: RateLimit | null;
  /** Settings that are accepted but do not work as they may seem to. */
  readonly warnings: readonly string[];
}

/** A bcrypt hash, as htpasswd and Go write it. */
const BCRYPT = /^\$2[aby]?\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;
/** What no intended path has: a line without its colon continues the line above, and may be a private key. */
const NOT_A_PATH = /[\r\n"|]|-----|: |^.{1024}/;
/** Unknown keys that a message may repeat; anything else may be a misplaced value, even a password. */
const SHOWN_KEYS = /^(?:[a-z][a-z0-9_]{0,39}|[A-Z][A-Za-z]{0,19}(?:-[A-Z][A-Za-z]{0,19})+)$/;

const MAPPING = { error: "expected a mapping of keys to values" };
const SCALAR = z.string({ error: "expected text" });
const FILE_PATH = SCALAR.refine((path) => !NOT_A_PATH.test(path), {
  error: "not a path: expected one line without quotes; is a colon missing on the next line?",
});
const TEXT_LIST = z.array(SCALAR, { error: 'expected a list, one "- VALUE" per line' });
/** A switch, with the words of YAML 1.1, which exporter-toolkit reads. */
const SWITCH = z.stringbool({
  truthy: ["true", "yes", "on", "y"],
  falsy: ["false", "no", "off", "n"],
  error: "expected true or false",
});
const COUNT = SCALAR.regex(/^(?:0|-?[1-9]\d{0,14})$/, { error: "expected a whole number" })
  .transform(Number);
const INTERVAL = SCALAR.transform((text, context) => {
  try {
    return parseDuration(text);
  } catch (error) {
    context.addIssue(errorMessage(error));
    return z.NEVER;
  }
});
const TLS_VERSION = z.enum(["TLS10", "TLS11", "TLS12", "TLS13"], {
  error: ({ input }) => `unknown TLS version "${input}": expected TLS12 or TLS13`,
});
/** `RequireClientCert` is the former name of `RequireAnyClientCert`. */
const CLIENT_AUTH_TYPE = z.enum([...CLIENT_AUTH, "RequireClientCert"], {
  error: ({ input }) => `unknown type "${input}": expected one of ${CLIENT_AUTH.join(", ")}`,
}).transform((type) => type === "RequireClientCert" ? "RequireAnyClientCert" : type);

const TLS = z.strictObject({
  cert: SCALAR.optional(),
  cert_file: FILE_PATH.optional(),
  key: SCALAR.optional(),
  key_file: FILE_PATH.optional(),
  client_ca: SCALAR.optional(),
  client_ca_file: FILE_PATH.optional(),
  client_auth_type: CLIENT_AUTH_TYPE.optional(),
  client_allowed_sans: TEXT_LIST.optional(),
  min_version: TLS_VERSION.optional(),
  max_version: TLS_VERSION.refine((version) => version >= "TLS12", {
    error: ({ input }) => `${input}, but versions below TLS 1.2 are not supported: expected TLS12 or TLS13`,
  }).optional(),
  cipher_suites: TEXT_LIST.optional(),
  curve_preferences: TEXT_LIST.optional(),
  prefer_server_cipher_suites: SWITCH.optional(),
}, MAPPING);

const FIELD = SCALAR.regex(/^[\t\x20-\x7e]*$/, { error: "expected one line of plain ASCII" }).optional();

function headerWithValue(...values: readonly [string, ...string[]]) {
  return z.enum(values, {
    error: ({ input }) => `"${input}" is not allowed: expected ${values.join(" or ")}`,
  }).optional();
}

const HTTP = z.strictObject({
  http2: SWITCH.optional(),
  headers: z.strictObject({
    "Content-Security-Policy": FIELD,
    "X-Frame-Options": headerWithValue("deny", "sameorigin"),
    "X-Content-Type-Options": headerWithValue("nosniff"),
    "X-XSS-Protection": FIELD,
    "Strict-Transport-Security": FIELD,
  }, MAPPING).optional(),
}, MAPPING);

/** The value is not repeated: it may be a password in plain text, as may what follows a colon in the name. */
const NO_HASH = ({ path = [] }: z.core.$ZodRawIssue) =>
  `the password of user "${
    String(path.at(-1)).replace(/:.*/s, "")
  }" is not a bcrypt hash: create one with htpasswd ` +
  '-nBC 10 ""';
const USERS = z.record(
  z.string().regex(/^[^:]*$/, {
    error: "a user name cannot contain a colon, which ends it in basic authentication",
  }),
  z.string({ error: NO_HASH }).regex(BCRYPT, { error: NO_HASH }),
  MAPPING,
);

const RATE_LIMIT = z.strictObject({ interval: INTERVAL.optional(), burst: COUNT.optional() }, MAPPING);

/** The web configuration in the format of exporter-toolkit. */
const WEB_CONFIG = z.strictObject({
  tls_server_config: TLS.superRefine(checkTls, { when: isMapping }).optional(),
  http_server_config: HTTP.optional(),
  basic_auth_users: USERS.optional(),
  rate_limit: RATE_LIMIT.superRefine(checkRateLimit, { when: isMapping }).optional(),
});

/** Whether a value could be read as a mapping, whatever is wrong inside. */
function isMapping({ issues }: z.core.ParsePayload): boolean {
  return !issues.some(({ code, path = [] }) => code === "invalid_type" && path.length === 0);
}

type TlsSection = z.infer<typeof TLS>;

/** Checks the settings of TLS against one another. */
function checkTls(tls: TlsSection, context: z.core.$RefinementCtx): void {
  if (Object.keys(tls).length === 0) return;
  const report = (path: PropertyKey[], message: string) =>
    context.addIssue({ code: "custom", path, message });
  for (const key of ["cert", "key", "client_ca"] as const) {
    if (tls[key] && tls[`${key}_file`]) {
      report([key], `${key} and ${key}_file are both given: remove one of them`);
    }
  }
  if (!tls.cert && !tls.cert_file) report([], "cert_file is missing (or cert, the certificate itself)");
  if (!tls.key && !tls.key_file) report([], "key_file is missing (or key, the key itself)");
  const minVersion = spokenVersion(tls.min_version, "TLSv1.2");
  if (minVersion > spokenVersion(tls.max_version, "TLSv1.3")) {
    report(["max_version"], "lower than min_version: no client could connect");
  }
  const auth = tls.client_auth_type ?? "NoClientCert";
  const ca = tls.client_ca ? "client_ca" : tls.client_ca_file ? "client_ca_file" : null;
  if (ca === null && (auth === "VerifyClientCertIfGiven" || auth === "RequireAndVerifyClientCert")) {
    report(["client_auth_type"], `${auth} needs client_ca_file: the authorities to trust`);
  } else if (ca !== null && auth === "NoClientCert") {
    report([ca], "has no effect without client_auth_type, e.g. RequireAndVerifyClientCert");
  }
  if (tls.client_allowed_sans && auth !== "RequireAnyClientCert" && auth !== "RequireAndVerifyClientCert") {
    report(
      ["client_allowed_sans", 0],
      `needs client_auth_type RequireAndVerifyClientCert, with client_ca_file: with ${auth} a client may connect ` +
        "without a certificate",
    );
  }
  // A file cannot choose the cipher suites of TLS 1.3.
  const isMoot = minVersion === "TLSv1.3";
  checkNames("cipher_suites", { names: tls.cipher_suites, judge: judgeCipherSuites, isMoot, report });
  checkNames("curve_preferences", {
    names: tls.curve_preferences,
    judge: judgeCurves,
    isMoot: false,
    report,
  });
}

/** Reports names that are unknown, and lists that are narrower than what the TLS library offers. */
function checkNames(
  key: "cipher_suites" | "curve_preferences",
  { names, judge, isMoot, report }: {
    readonly names: unknown;
    readonly judge: (names: readonly string[]) => NamesVerdict;
    readonly isMoot: boolean;
    readonly report: (path: PropertyKey[], message: string) => void;
  },
): void {
  if (!Array.isArray(names) || names.length === 0) return;
  const texts = names.map(String);
  const { unknown, unwanted } = judge(texts);
  for (const [index, name] of texts.entries()) {
    if (unknown.includes(name)) {
      report([key, index], `unknown name "${name}": expected a name of Go's crypto/tls`);
    }
  }
  if (unknown.length > 0 || unwanted.length === 0 || isMoot) return;
  report(
    [key, 0],
    `the list cannot be narrowed: the exporter's TLS always offers ${
      unwanted.join(", ")
    } too. Add the missing ` +
      "names or remove the list" +
      (key === "cipher_suites" ? ", or set min_version to TLS13, which uses none of them" : ""),
  );
}

function checkRateLimit(
  { interval, burst }: z.infer<typeof RATE_LIMIT>,
  context: z.core.$RefinementCtx,
): void {
  if (!interval || (burst !== undefined && burst >= 1)) return;
  const message = "expected at least 1: how many requests may come at once";
  context.addIssue({ code: "custom", path: ["burst"], message });
}

function spokenVersion(version: TlsSection["min_version"], fallback: TlsVersion): TlsVersion {
  if (version === undefined) return fallback;
  return version === "TLS13" ? "TLSv1.3" : "TLSv1.2";
}

/**
 * Parses a web configuration file.
 *
 * @param text The file.
 * @param path Its path, for messages; paths inside are relative to its directory.
 * @returns The configuration, and the file, to which problems with the files it names are added.
 * @throws {ConfigError} With every problem, each with line and column.
 */
export function parseWebConfig(
  text: string,
  path: string,
): { readonly config: WebConfig; readonly file: YamlFile } {
  const { file, value } = readYaml(text, { path, schema: WEB_CONFIG, version: "1.1", shownKeys: SHOWN_KEYS });
  file.finish();
  const { tls_server_config: section, http_server_config: http, basic_auth_users, rate_limit } = value ?? {};
  const tls = section === undefined ? null : tlsConfig(section, path.replace(/[^/]*$/, ""));
  const users = new Map(Object.entries(basic_auth_users ?? {}));
  const headers = new Map<string, string>();
  for (const [name, header] of Object.entries(http?.headers ?? {})) if (header) headers.set(name, header);
  const { interval = 0, burst = 1 } = rate_limit ?? {};
  const oldVersion = section?.min_version?.match(/TLS1[01]/)?.[0];
  const config: WebConfig = {
    tls,
    users,
    headers,
    rateLimit: interval === 0 ? null : { intervalSeconds: interval, burst },
    warnings: [
      ...oldVersion === undefined
        ? []
        : [`min_version is ${oldVersion}, but versions below TLS 1.2 are not supported`],
      ...configWarnings({ tls, users }),
    ],
  };
  return { config, file };
}

function tlsConfig(section: TlsSection, directory: string): TlsConfig | null {
  const source = (key: "cert" | "key" | "client_ca"): PemSource | null => {
    const { [key]: text, [`${key}_file` as const]: path } = section;
    if (path !== undefined) {
      return { key: `${key}_file`, path: path.startsWith("/") ? path : directory + path };
    }
    return text === undefined ? null : { key, text };
  };
  const [certificate, key] = [source("cert"), source("key")];
  // Both are there unless the section is empty.
  if (certificate === null || key === null) return null;
  return {
    certificate,
    key,
    clientCa: source("client_ca"),
    clientAuth: section.client_auth_type ?? "NoClientCert",
    allowedSans: section.client_allowed_sans ?? null,
    minVersion: spokenVersion(section.min_version, "TLSv1.2"),
    maxVersion: spokenVersion(section.max_version, "TLSv1.3"),
  };
}
